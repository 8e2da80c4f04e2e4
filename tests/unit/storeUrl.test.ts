import { describe, expect, it } from "vitest";
import type { RunConfig } from "../../src/contracts/runConfig";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { fieldAt, sameValue, withField } from "../../src/store/setup/paths";
import { isOfLink, readLink, writeLink } from "../../src/store/setup/urlState";

const catalogue = buildCatalogue([], null, []);
const standard = catalogue.presets[0]!;

describe("the link of a set-up", () => {
  it("is empty for the first preset and reads back as it", () => {
    expect(writeLink(catalogue, { preset: standard.id, config: standard.config })).toBe("");
    expect(readLink(catalogue, "", "")).toEqual({ preset: standard.id, config: standard.config, notices: [] });
  });

  it("carries every field that was changed, and only those", () => {
    let config = withField(standard.config, "training.seed", 3);
    config = withField(config, "tasks", ["semseg", "normals"]);
    config = withField(config, "method.settings", { ...config.method.settings, reading: "index" });
    config = withField(config, "data.augment.horizontalFlip", false);
    config = withField(config, "training.learningRate.method", 0.012);
    config = withField(config, "device", "wasm");
    const link = writeLink(catalogue, { preset: standard.id, config });
    expect(link).toContain("training.seed=3");
    expect(link).toContain("tasks=semseg,normals");
    expect(link).not.toContain("training.steps");
    expect(readLink(catalogue, "", `#${link}`)).toEqual({ preset: standard.id, config, notices: [] });
  });

  const backAs = (config: RunConfig) => {
    const link = writeLink(catalogue, { preset: standard.id, config });
    return readLink(catalogue, "", `#${link}`, config.adapter?.sha256);
  };

  it("reads back the decoder", () => {
    const decoder = catalogue.decoders.find(({ id }) => id !== standard.config.decoder)!.id;
    const config = { ...standard.config, decoder };
    expect(backAs(config)).toEqual({ preset: standard.id, config, notices: [] });
  });

  it("reads back what has no control of its own: the adapter, chosen images, label encodings, listed scales", () => {
    const config: RunConfig = {
      ...standard.config,
      adapter: { name: "a, b.safetensors", sha256: "0".repeat(64) },
      data: {
        ...standard.config.data,
        select: { only: ["a", "b"], classes: { semseg: [1, 2] } },
        labelEncodings: { depth: { scale: 0.001 } },
        augment: { ...standard.config.data.augment, scales: [1, 1.2, 1.5], horizontalFlip: false },
      },
    };
    expect(backAs(config)).toEqual({ preset: standard.id, config, notices: [] });
  });

  it("is taken without an adapter that is not open, which is said", () => {
    const config = { ...standard.config, adapter: { name: "mine.zip", sha256: "0".repeat(64) } };
    const read = readLink(catalogue, "", writeLink(catalogue, { preset: standard.id, config }));
    expect(read.config).toEqual(standard.config);
    expect(read.notices).toEqual([expect.stringMatching(/adapter was refused: it is not open here/)]);
  });

  it("reads back numbers that a run file may hold beyond the ends of a control", () => {
    let config = withField(standard.config, "data.train", 6000);
    config = withField(config, "training.seed", 2_000_000);
    expect(backAs(config)).toEqual({ preset: standard.id, config, notices: [] });
  });

  it("owns a key of the query by each of its names", () => {
    for (const key of ["training.learningRate.adapter", "head", "method.theta", "show.layer", "data.flip", "open"])
      expect([key, isOfLink(catalogue, standard.config, key)]).toEqual([key, key !== "method.theta"]);
    expect(isOfLink(catalogue, standard.config, "utm_source")).toBe(false);
  });

  it("reads back every setting at both ends of its range", () => {
    for (const setting of catalogue.settings) {
      const values =
        setting.kind === "number"
          ? [setting.min, setting.max].map((end) => (setting.perTask === "always" ? { semseg: end } : end))
          : setting.kind === "flag"
            ? [true, false]
            : setting.choices.map(({ id }) => id);
      for (const value of values) {
        const config = withField(standard.config, setting.path, value);
        const read = readLink(catalogue, "", writeLink(catalogue, { preset: standard.id, config }));
        expect(fieldAt(read.config, setting.path)).toEqual(value);
      }
    }
  });

  it("starts from another preset, and lets the part behind # win over the query", () => {
    const micro = catalogue.presets.find(({ id }) => id === "micro")!;
    expect(readLink(catalogue, "?preset=micro&device=webgpu", "").config).toEqual({
      ...micro.config,
      device: "webgpu",
    });
    expect(readLink(catalogue, "?device=webgpu", "#device=wasm").config.device).toBe("wasm");
    expect(writeLink(catalogue, { preset: "micro", config: micro.config })).toBe("preset=micro");
  });

  it("ignores unknown keys and refuses values out of range, with a reason", () => {
    const read = readLink(
      catalogue,
      "?utm=x",
      "#nonsense=1&training.steps=1e9&training.batchSize=2.5&method.warp=other&tasks=semseg,cats&data.flip=maybe&preset=gone",
    );
    expect(read.config).toEqual(standard.config);
    expect(read.preset).toBe(standard.id);
    expect(read.notices).toHaveLength(5);
    expect(read.notices.join(" ")).toMatch(/training\.steps.*not within 0 and 10000000/);
  });

  it("opens with a seed and a number of images that no slider reaches, and names the decoder", () => {
    const read = readLink(catalogue, "", "#training.seed=2147483647&data.train=6000&decoder=segformer");
    expect(read.notices).toEqual([]);
    expect([read.config.training.seed, read.config.data.train, read.config.decoder]).toEqual([
      2147483647,
      6000,
      "segformer",
    ]);
    expect(writeLink(catalogue, read)).toBe("data.train=6000&decoder=segformer&training.seed=2147483647");
  });

  it("refuses a weight of a task that there is not, with a reason", () => {
    const read = readLink(catalogue, "", "#training.taskWeights=semseg:2,cats:1");
    expect(read.config).toEqual(standard.config);
    expect(read.notices).toEqual(["The link's training.taskWeights was refused: there is no task cats."]);
    expect(readLink(catalogue, "", "#training.taskWeights=semseg:2").config.training.taskWeights).toEqual({
      semseg: 2,
    });
  });

  it("orders tasks as the catalogue does, so that one set of tasks is one run", () => {
    expect(readLink(catalogue, "", "#tasks=normals,semseg").config.tasks).toEqual(["semseg", "normals"]);
  });
});

describe("fields by path", () => {
  it("change one place and share the rest", () => {
    const changed = withField(standard.config, "training.learningRate.method", 1);
    expect(fieldAt(changed, "training.learningRate.method")).toBe(1);
    expect(fieldAt(standard.config, "training.learningRate.method")).not.toBe(1);
    expect(changed.method).toBe(standard.config.method);
    expect(fieldAt(changed, "no.such.place")).toBeUndefined();
  });

  it("compare by what they hold, whatever the order of keys", () => {
    expect(sameValue({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 })).toBe(true);
    expect(sameValue({ a: 1 }, { a: 1, b: undefined })).toBe(false);
    expect(sameValue([1, 2], [2, 1])).toBe(false);
    expect(sameValue(Number.NaN, Number.NaN)).toBe(true);
  });
});
