import { describe, expect, it } from "vitest";
import type { RunConfig } from "../../src/contracts/runConfig";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import type { RunFile } from "../../src/runtime/run/artefacts";
import { readRunFile, setupOfRunFile } from "../../src/store/setup/runFile";
import { createStudioStore } from "../../src/store/studio";
import { created, FIRST, prepared, state } from "./runEvents";

const catalogue = buildCatalogue([], null, []);
const preset = catalogue.presets[0]!;
const other: RunConfig = {
  ...catalogue.presets.find(({ id }) => id === "micro")!.config,
  device: "wasm",
  decoder: catalogue.decoders.at(-1)!.id,
  tasks: ["semseg", "depth"],
};
const file = (config: RunConfig, inputs?: RunFile["inputs"]): string =>
  JSON.stringify({
    ...{ format: 1, outcome: "finished", config, device: "CPU", parameters: [], steps: 9 },
    ...(inputs && { inputs }),
  } satisfies RunFile);
const here = { catalogue, preset: preset.id, config: preset.config, adapter: undefined };

describe("a run file", () => {
  it("is what a finished run wrote, or its configuration alone", () => {
    for (const text of [file(other), JSON.stringify(other)])
      expect(setupOfRunFile(readRunFile(text), here)).toEqual({ preset: preset.id, config: other, notices: [] });
  });

  it("of an older version is brought to today's", () => {
    const { decoder, method, data, training, ...rest } = other;
    const { unfreeze: free, ...own } = method;
    const { labelEncodings: readings, augment, ...source } = data;
    const { method: adapter, ...rates } = training.learningRate;
    const old = {
      ...rest,
      ...{ version: 3, head: decoder, method: { ...own, free } },
      data: { ...source, readings, augment: { flip: augment.horizontalFlip } },
      training: { ...training, learningRate: { ...rates, adapter } },
    };
    expect(readRunFile(JSON.stringify(old)).config).toMatchObject({ version: 4, decoder, method });
  });

  it("names data, weights and an adapter that are not here, and takes the rest", () => {
    const config: RunConfig = {
      ...other,
      backbone: "file",
      adapter: { name: "mine.safetensors", sha256: "a".repeat(64) },
      data: { ...other.data, source: "folder", train: 5, augment: { ...other.data.augment, horizontalFlip: false } },
    };
    const own = (label: string) => ({ label, identity: "1".repeat(64) });
    const content = readRunFile(file(config, { data: own("street-photos"), weights: own("swin.pth") }));
    const { config: taken, notices } = setupOfRunFile(content, here);
    expect(notices).toHaveLength(3);
    for (const name of ["street-photos", "swin.pth", "mine.safetensors"])
      expect(notices.filter((notice) => notice.includes(`“${name}”, which is not open here`))).toHaveLength(1);
    expect(taken.data).toEqual({ ...preset.config.data, augment: config.data.augment });
    expect([taken.backbone, taken.adapter]).toEqual([preset.config.backbone, undefined]);
    expect([taken.decoder, taken.tasks, taken.training]).toEqual([other.decoder, other.tasks, other.training]);
  });

  it("that is something else is refused with what it lacks", () => {
    expect(() => readRunFile("steps: 5")).toThrow("no JSON");
    expect(() => readRunFile('{"total": 3}')).toThrow("The run configuration is not usable");
  });

  it("dropped beside a run changes the set-up and nothing of the run", () => {
    const store = createStudioStore();
    store.apply({ type: "catalogue", catalogue });
    store.begin({ preset: preset.id, config: preset.config, notices: [] });
    for (const event of [created(FIRST), prepared(FIRST), state(FIRST, "running")]) store.apply(event);
    const { runs } = store.getState();
    store.takeRunFile(file(other));
    expect(store.getState().runs).toBe(runs);
    expect(store.getState().setup.config).toEqual(other);
    expect(() => store.takeRunFile("{}")).toThrow("not usable");
    expect(store.getState().setup.config).toEqual(other);
  });
});
