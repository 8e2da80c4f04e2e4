import { describe, expect, it } from "vitest";
import { parseRunConfig } from "../../src/contracts/runConfig";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { version3 } from "./oldRunFiles";

const standard = presets[0]!.config;
const oldData = { source: "scenes", train: 1024, val: 128, flip: true };

describe("a run file", () => {
  it("of version 1 becomes one of today with the same meaning", () => {
    const { head: _head, input: _input, customTasks: _tasks, ...rest } = version3;
    const old = {
      ...rest,
      version: 1,
      data: oldData,
      method: {
        id: "ditask",
        warp: "index",
        streams: "shared",
        cellsShared: 64,
        cellsTask: 4,
        init: "reference",
        free: version3.method.free,
      },
      training: { ...standard.training, learningRate: { theta: 0.5, backbone: 0.1, decoders: 0.2 } },
    };
    const parsed = parseRunConfig(old);
    expect(parsed.method.settings).toEqual({
      reading: "index",
      streams: "shared",
      sharedCells: 64,
      taskCells: 4,
      start: "reference",
    });
    expect(parsed.training.learningRate).toEqual({ method: 0.5, backbone: 0.1, decoders: 0.2 });
    expect([parsed.version, parsed.decoder, parsed.input]).toEqual([
      4,
      "hrnet",
      { imageSize: 0, window: 0, normalisation: "imagenet" },
    ]);
  });

  it("of version 1 loses the settings of DiTASK where its method has none", () => {
    const { head: _head, input: _input, ...rest } = version3;
    const old = {
      ...rest,
      version: 1,
      data: oldData,
      method: { id: "full", warp: "value", free: version3.method.free },
    };
    expect(parseRunConfig(old).method.settings).toEqual({});
  });

  it("of version 2 keeps its mirroring and changes images in no other way", () => {
    const parsed = parseRunConfig({ ...version3, version: 2, data: oldData });
    expect(parsed).toEqual({ ...standard, customTasks: [] });
    const still = parseRunConfig({ ...version3, version: 2, data: { ...oldData, flip: false } });
    expect(still.data.augment).toEqual({ ...standard.data.augment, horizontalFlip: false });
  });

  it("of version 3 is the same under today's names", () => {
    expect(parseRunConfig(version3)).toEqual(standard);
    const readings = { sal: { ignore: [255] } };
    const told = { ...version3.data, readings, augment: { ...version3.data.augment, shift: 0.5, jitter: 0.25 } };
    const { data } = parseRunConfig({ ...version3, data: told });
    expect(data.labelEncodings).toEqual(readings);
    expect(data.augment).toMatchObject({ cropShift: 0.5, colourJitter: 0.25 });
  });

  it("of before colours were a choice has ImageNet's, and refuses what is none", () => {
    const { normalisation: _, ...input } = standard.input;
    expect(parseRunConfig({ ...standard, input }).input).toEqual(standard.input);
    const chosen = { ...standard, input: { ...input, normalisation: "half" } };
    expect(parseRunConfig(chosen).input.normalisation).toBe("half");
    expect(() => parseRunConfig({ ...standard, input: { ...input, normalisation: "none" } })).toThrow(
      /input\.normalisation/,
    );
  });

  it("comes back as it went in", () => {
    for (const { config } of presets)
      expect(parseRunConfig(JSON.parse(JSON.stringify(config)))).toEqual({ ...config, customTasks: [] });
  });

  it("whose smallest zoom exceeds the largest is refused, unless it lists its zooms", () => {
    const zoomed = (augment: object): object => ({
      ...standard,
      data: { ...standard.data, augment: { ...standard.data.augment, ...augment } },
    });
    expect(() => parseRunConfig(zoomed({ scaleMin: 1.5, scaleMax: 1.2 }))).toThrow(
      "data.augment: scaleMin is 1.5, but scaleMax is 1.2; the smallest zoom must not exceed the largest.",
    );
    const listed = { scaleMin: 1.5, scaleMax: 1.2, scales: [1, 1.2] };
    expect(parseRunConfig(zoomed(listed)).data.augment).toMatchObject(listed);
    expect(() => parseRunConfig(zoomed({ zoom: 2 }))).toThrow(
      /data\.augment\.zoom: unknown field; known here: horizontalFlip, sc/,
    );
  });

  it("takes labelEncodings of label files, and refuses those that mean nothing", () => {
    const config = presets[0]!.config;
    const withEncoding = (reading: unknown) => () =>
      parseRunConfig({ ...config, data: { ...config.data, labelEncodings: { sal: reading } } });
    const reading = {
      range: [1, 0],
      colours: [
        [0, 0, 0],
        [128, 0, 0],
      ],
      ignore: [255],
      signs: [1, -1, 1],
    };
    expect(withEncoding(reading)().data.labelEncodings).toEqual({ sal: reading });
    expect(withEncoding({ range: [1, 1] })).toThrow(/labelEncodings.sal.range: range needs two different values/);
    expect(withEncoding({ colours: [[0, 0, 256]] })).toThrow(/labelEncodings.sal.colours.0.2/);
    expect(withEncoding({ unit: "mm" })).toThrow(/unknown field; known here/);
  });

  it("with an unknown field is refused, naming it and those that exist there", () => {
    const wrong = { ...standard, training: { ...standard.training, stepz: 3 } };
    expect(() => parseRunConfig(wrong)).toThrow(/training\.stepz: unknown field; known here: steps, batchSize, /);
    expect(() => parseRunConfig({ ...standard, metod: 1 })).toThrow(/metod: unknown field; known here: .*method/);
  });
});

describe("the adapter that a run starts from", () => {
  const config = presets[0]!.config;
  const adapter = { name: "adapter_model.safetensors", sha256: "0a".repeat(32) };

  it("is named by content, and absent in every older file", () => {
    expect(parseRunConfig({ ...config, adapter }).adapter).toEqual(adapter);
    expect(parseRunConfig(config)).not.toHaveProperty("adapter");
  });

  it("is refused without a whole hash", () => {
    expect(() => parseRunConfig({ ...config, adapter: { ...adapter, sha256: "0a" } })).toThrow(
      /adapter\.sha256: expected a SHA-256 of 64/,
    );
    expect(() => parseRunConfig({ ...config, adapter: "here" })).toThrow(/adapter: /);
  });

  it("may be evaluated alone: a run of no steps", () => {
    expect(parseRunConfig({ ...config, training: { ...config.training, steps: 0 } }).training.steps).toBe(0);
  });
});
