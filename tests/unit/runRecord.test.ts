import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/contracts/runEvent";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { eventForJson, pictureFiles, RunRecord } from "../../src/runtime/run/artefacts";

const config = presets.find((p) => p.id === "micro")!.config;
const prepared: RunEvent = {
  type: "prepared",
  run: "one",
  config,
  executor: { choice: "wasm", description: "wasm", reason: "", available: true, active: true },
  sites: [],
  parameters: [],
  stepsPerEpoch: 8,
  dispatches: 1,
  memoryBytes: 1,
  baseline: {},
};
const evaluation = (mIoU: number, mean: number): RunEvent => ({
  type: "evaluation",
  run: "one",
  step: 5,
  metrics: { semseg: { mIoU }, normals: { mean } },
  images: 8,
  ms: 1,
});
const recordOf = (...events: RunEvent[]): RunRecord => {
  const record = new RunRecord();
  for (const event of events) record.add(event);
  return record;
};

describe("the record of a run", () => {
  it("Δm is the mean relative gain, smaller being better for normals", () => {
    const record = recordOf(prepared, evaluation(0.44, 18));
    record.compareWith([
      recordOf(evaluation(0.4, 99)).metrics(),
      { evaluations: [{ metrics: { normals: { mean: 20 } } }] },
    ]);
    // semseg +10 %, normals -10 % (an improvement): mean 10.
    expect(record.deltaM()).toBeCloseTo(10, 10);
    expect(record.metrics().deltaM).toBeCloseTo(10, 10);
  });

  it("has no Δm while a task lacks its single-task score, and refuses what is no metrics file", () => {
    const record = recordOf(prepared, evaluation(0.4, 20));
    record.compareWith([{ evaluations: [{ metrics: { semseg: { mIoU: 0.3 } } }] }]);
    expect(record.deltaM()).toBeUndefined();
    expect(() => record.compareWith([{ nothing: 1 }])).toThrow(/metrics\.json/);
  });

  it("a run that goes on from a checkpoint forgets what it told of later steps and keeps its configuration", () => {
    const record = recordOf(prepared, evaluation(0.4, 20), { type: "resumed", run: "one", step: 4 });
    expect(record.metrics().evaluations).toEqual([]);
    expect(record.run()).toMatchObject({ config, steps: 0, outcome: "running" });
  });

  it("a run that is prepared again after its end is not finished", () => {
    const record = recordOf(prepared);
    record.finish("finished");
    record.add(prepared);
    expect(record.run().outcome).toBe("running");
  });

  it("number arrays become lists in JSON, pictures become names", () => {
    expect(eventForJson({ type: "warps", run: "one", step: 1, theta: Float32Array.of(0.5, -1) })).toEqual({
      type: "warps",
      run: "one",
      step: 1,
      theta: [0.5, -1],
    });
    const picture = { width: 1, height: 1, rgba: new Uint8ClampedArray([1, 2, 3, 255]) };
    const samples = [
      { id: "a/../b", image: picture, tasks: [{ task: "sal" as const, truth: null, prediction: picture }] },
    ];
    expect(eventForJson({ type: "predictions", run: "one", step: 1, samples })).toEqual({
      type: "predictions",
      run: "one",
      step: 1,
      samples: [{ id: "a/../b", tasks: ["sal"] }],
    });
    const names = pictureFiles(samples).map((file) => file.name);
    expect(names).toHaveLength(2);
    for (const name of names) expect(name).not.toContain("/");
  });
});
