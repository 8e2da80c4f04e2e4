/** The same run on every executor: the micro preset, 20 steps. */
import { beforeAll, describe, expect, it } from "vitest";
import type { RunConfig } from "../../src/contracts/runConfig";
import { hasOrtNative } from "../../src/core/exec/onnx/loadOrtNative";
import { preset, runToEnd, type Watched } from "./open";

const STEPS = 20;
/** Relative, of each loss at each step: float32 rounding, carried through 20 updates. */
const TOLERANCE = 1e-3;

const micro = preset("micro");
const config = (device: RunConfig["device"]): RunConfig => ({
  ...micro,
  device,
  training: { ...micro.training, steps: STEPS },
});

const devices: RunConfig["device"][] = ["wasm", "webgpu", ...((await hasOrtNative()) ? (["cpu"] as const) : [])];

describe("the micro preset on every executor", () => {
  let oracle: Watched;
  beforeAll(async () => {
    oracle = await runToEnd(config("tf"));
  });

  it("learns on the oracle: both losses fall", () => {
    const steps = oracle.of("step");
    expect(steps).toHaveLength(STEPS);
    for (const task of micro.tasks) expect(steps.at(-1)!.losses[task]!).toBeLessThan(steps[0]!.losses[task]!);
  });

  it.each(devices)("%s agrees with TensorFlow.js on every loss of every step", async (device) => {
    const steps = (await runToEnd(config(device))).of("step");
    expect(steps).toHaveLength(STEPS);
    const worst = Math.max(
      ...steps.flatMap((step, i) =>
        micro.tasks.map((task) => {
          const truth = oracle.of("step")[i]!.losses[task]!;
          return Math.abs(step.losses[task]! - truth) / Math.abs(truth);
        }),
      ),
    );
    expect(worst).toBeLessThan(TOLERANCE);
  });

  it("two runs of one seed give identical numbers", async () => {
    const [a, b] = [await runToEnd(config("wasm")), await runToEnd(config("wasm"))];
    const numbers = (run: Watched) => [
      run.of("step").map((s) => [s.losses, s.gradientNorm]),
      run.of("evaluation").map((e) => e.metrics),
    ];
    expect(numbers(a)).toEqual(numbers(b));
  });

  it("another seed gives other numbers", async () => {
    const other = { ...config("wasm"), training: { ...config("wasm").training, seed: 5, steps: 2 } };
    expect((await runToEnd(other)).of("step")[0]!.total).not.toBe(oracle.of("step")[0]!.total);
  });
});
