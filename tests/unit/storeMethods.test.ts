import { describe, expect, it } from "vitest";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { editablePaths } from "../../src/store/setup/checkField";
import { settingsOf, valueAt, withMethod, withValue } from "../../src/store/setup/methodSettings";
import { readLink, readPlace, writeLink, writePlace } from "../../src/store/setup/urlState";
import { createStudioStore } from "../../src/store/studio";

const catalogue = buildCatalogue([], null, []);
const standard = catalogue.presets[0]!;
const methods = catalogue.methods;

function begun() {
  const store = createStudioStore();
  store.apply({ type: "catalogue", catalogue });
  store.begin(readLink(catalogue, "", ""));
  return store;
}
const configOf = (store: ReturnType<typeof begun>) => store.getState().setup.config!;

it("numbers of images are offered up to what the data has, and accepted beyond", () => {
  const data = [{ ...catalogue.data[0]!, id: "folder", train: 6000, val: 70 }];
  const own = { ...catalogue, data: [...catalogue.data, ...data] };
  const offered = (source: string) =>
    settingsOf(own, { ...standard.config, data: { ...standard.config.data, source } }).flatMap((setting) =>
      setting.kind === "number" && setting.images ? [setting.suggested!.max] : [],
    );
  expect(offered("folder")).toEqual([6000, 70]);
  expect(offered("scenes")).toEqual([4096, 1024]);
  const store = begun();
  store.setField("data.train", 6000);
  expect(configOf(store).data.train).toBe(6000);
});

it("a value out of range is said, and changes nothing", () => {
  const store = begun();
  store.setField("training.seed", 2 ** 31);
  expect(configOf(store)).toEqual(standard.config);
  expect(store.getState().setup.notices).toEqual([
    "training.seed stays as it is: 2147483648 is not within 0 and 2147483647.",
  ]);
});

describe("the rates of the set-up", () => {
  const ratesOf = (store: ReturnType<typeof begun>) => configOf(store).training.learningRate;

  it("follow the method, and come back with it", () => {
    const store = begun();
    store.setField("method.id", "mtlora");
    expect(ratesOf(store)).toEqual({ method: 3e-3, backbone: 3e-4, decoders: 5e-3 });
    store.setField("method.id", "vpt");
    expect(ratesOf(store)).toEqual({ method: 0.01, backbone: 1e-3, decoders: 5e-3 });
    store.setField("method.id", "ditask");
    expect(configOf(store)).toEqual(standard.config);
  });

  it("stay where a person set them", () => {
    const store = begun();
    store.setField("training.learningRate.method", 0.5);
    store.setField("method.id", "mtlora");
    expect(ratesOf(store)).toEqual({ method: 0.5, backbone: 3e-4, decoders: 5e-3 });
  });

  it("come with the method of a link, unless the link sets them", () => {
    const read = (link: string) => readLink(catalogue, "", link).config.training.learningRate.method;
    expect(read("#method=lora")).toBe(3e-3);
    expect(read("#method=lora&training.learningRate.method=0.02")).toBe(0.02);
    const lora = withMethod(catalogue, standard.config, "lora");
    expect(writeLink(catalogue, { preset: standard.id, config: lora })).toBe("method.id=lora");
  });
});

describe.each(methods)("the method $id in the set-up", (method) => {
  const config = withMethod(catalogue, standard.config, method.id);

  it("starts without settings of its own and with what it unfreezes", () => {
    expect(config.method.settings).toEqual({});
    const { unfreeze } = config.method;
    expect(method.unfreeze ?? Object.fromEntries(Object.keys(unfreeze).map((key) => [key, false]))).toEqual(unfreeze);
  });

  it("offers its own controls, each at its default, and groups to unfreeze only where it has them", () => {
    const paths = settingsOf(catalogue, config).map(({ path }) => path);
    expect(paths.filter((path) => path.startsWith("method.settings."))).toEqual(
      method.settings.map(({ path }) => path),
    );
    expect(paths.some((path) => path.startsWith("method.unfreeze."))).toBe(method.unfreeze !== null);
    for (const { path } of method.settings)
      expect(valueAt(catalogue, config, path)).toEqual(method.defaults[path.split(".")[2]!]);
  });

  it("is repeated by its link, with every setting at the ends of its range", () => {
    for (const setting of method.settings) {
      const values =
        setting.kind === "number"
          ? [setting.min, setting.max]
          : setting.kind === "flag"
            ? [true, false]
            : setting.kind === "choice"
              ? setting.choices.map(({ id }) => id)
              : [[setting.choices[0]!.id], setting.choices.map(({ id }) => id)];
      for (const value of values) {
        const changed = withValue(catalogue, config, setting.path, value);
        const read = readLink(catalogue, "", `#${writeLink(catalogue, { preset: standard.id, config: changed })}`);
        expect(read.notices).toEqual([]);
        // A preset may name a setting that stands at its default.
        const settings = { ...method.defaults, ...read.config.method.settings };
        expect(settings).toEqual({ ...method.defaults, ...changed.method.settings });
        expect(read.config).toEqual({
          ...changed,
          method: { ...changed.method, settings: read.config.method.settings },
        });
      }
    }
  });
});

describe("the method's settings in the store", () => {
  it("a setting at its default is not written down", () => {
    const lora = withMethod(catalogue, standard.config, "lora");
    const rank = methods.find(({ id }) => id === "lora")!.defaults["rank"];
    const other = withValue(catalogue, lora, "method.settings.rank", 3);
    expect(other.method.settings).toEqual({ rank: 3 });
    expect(withValue(catalogue, other, "method.settings.rank", rank).method.settings).toEqual({});
  });

  it("the preset's own method comes back as the preset has it", () => {
    const store = begun();
    store.setField("method.id", "full");
    expect(configOf(store).method.id).toBe("full");
    store.setField("method.id", standard.config.method.id);
    expect(configOf(store)).toEqual(standard.config);
  });

  it("refuses a method or a setting that does not exist", () => {
    const store = begun();
    store.setField("method.id", "magic");
    store.setField("method.settings.magic", 1);
    expect(configOf(store)).toEqual(standard.config);
  });

  it("keeps one number for each task of the run when tasks change", () => {
    const store = begun();
    store.setField("method.id", "mtlora");
    const setting = methods.find(({ id }) => id === "mtlora")!.settings.find(({ perTask }) => perTask)!;
    const key = setting.path.split(".")[2]!;
    store.setField("tasks", ["semseg", "normals"]);
    store.setField(setting.path, { semseg: 8, normals: 2 });
    expect(configOf(store).method.settings[key]).toEqual({ semseg: 8, normals: 2 });
    store.setField("tasks", ["semseg", "sal"]);
    const standardRank = methods.find(({ id }) => id === "mtlora")!.defaults[key];
    expect(configOf(store).method.settings[key]).toEqual({ semseg: 8, sal: standardRank });
    const link = writeLink(catalogue, { preset: standard.id, config: configOf(store) });
    expect(link).toContain(`${setting.path}=semseg:8,sal:${standardRank}`);
    expect(readLink(catalogue, "", link).config).toEqual(configOf(store));
  });
});

describe("links", () => {
  it("take ?method= for the method, before the settings that it brings", () => {
    const { config, notices } = readLink(catalogue, "?method=lora&method.settings.rank=6", "");
    expect(config.method).toEqual({ ...withMethod(catalogue, standard.config, "lora").method, settings: { rank: 6 } });
    expect(notices).toEqual([]);
  });

  it("made when settings were fields of DiTASK alone still mean the same", () => {
    const { config, notices } = readLink(
      catalogue,
      "",
      "#method.warp=index&method.cellsShared=8&training.learningRate.theta=0.1",
    );
    expect(valueAt(catalogue, config, "method.settings.reading")).toBe("index");
    expect(valueAt(catalogue, config, "method.settings.sharedCells")).toBe(8);
    expect(config.training.learningRate.method).toBe(0.1);
    expect(notices).toEqual([]);
  });

  it("name a method before its settings, and no path twice", () => {
    for (const { id } of methods) {
      const paths = editablePaths(catalogue, withMethod(catalogue, standard.config, id));
      expect(new Set(paths).size).toBe(paths.length);
    }
  });

  it("carry the open dialog and what is chosen to be looked at", () => {
    const place = { view: "data", race: [], open: "image train 12", shown: { layer: "layers.0.blocks.1" } } as const;
    const link = writePlace(place);
    expect(link).toBe("view=data&open=image%20train%2012&show.layer=layers.0.blocks.1");
    expect(readPlace("", `#${link}`)).toEqual(place);
  });

  it("carry the view; those of a race of earlier days open the runs and propose its methods", () => {
    const start = readPlace("", "");
    expect(writePlace({ ...start, race: ["full"] })).toBe("");
    expect(writePlace({ ...start, view: "runs" })).toBe("view=runs");
    expect(writePlace({ ...start, view: "runs", race: ["full"] })).toBe("view=runs");
    const proposing = { ...start, view: "runs", race: ["full", "ditask"], open: "study" } as const;
    expect(writePlace(proposing)).toBe("view=runs&race=full,ditask");
    expect(readPlace("?view=check", "#view=runs")).toEqual({ ...start, view: "runs" });
    expect(readPlace("?view=check", "#view=race&race=full,ditask")).toEqual(proposing);
    expect(readPlace("?view=elsewhere", "")).toEqual({ view: "train", race: [], open: "", shown: {} });
  });
});
