import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { create } from "webgpu";
import { createWebGpuExecutor, type WebGpuExecutor } from "../../src/core/exec/webgpu/executor";
import { Builder } from "../../src/core/graph/builder";
import { getTestDevice } from "./device";
import { bridgeToTensorFlow, type TfBridge } from "./tfDevice";

let executor: WebGpuExecutor;
let bridge: TfBridge;

beforeAll(async () => {
  const device = await getTestDevice();
  // TensorFlow.js asks the navigator whether WebGPU exists.
  if (!globalThis.navigator?.gpu) Object.defineProperty(globalThis, "navigator", { value: { gpu: create([]) } });
  executor = createWebGpuExecutor(device);
  bridge = await bridgeToTensorFlow(executor);
});
afterAll(async () => {
  bridge.dispose();
  expect(executor.memory().buffers).toBe(0);
  await executor.dispose();
});

describe("TensorFlow.js on our device", () => {
  it("computes on outputs of a plan where they lie, run after run, in flat memory", async () => {
    const b = new Builder();
    const x = b.input("x", [6, 5]);
    b.output("first", b.exp(x));
    b.output("logits", b.mul(x, -2));
    const plan = await executor.compile(b.build());
    const { tf } = bridge;
    expect(tf.getBackend()).toBe("webgpu");
    let [flat, handles] = [executor.memory(), tf.memory().numTensors];
    for (let step = 0; step < 20; step++) {
      const data = Float32Array.from({ length: 30 }, (_, i) => Math.sin(i * (step + 1)));
      void plan.run({ x: data }, []);
      const logits = bridge.tensorOf(plan, "logits");
      const best = tf.tidy(() => tf.argMax(logits as never, 1));
      const truth = Array.from({ length: 6 }, (_, row) => {
        const values = [...data.subarray(5 * row, 5 * row + 5)];
        return values.indexOf(Math.min(...values));
      });
      expect([...(await best.data())]).toEqual(truth);
      tf.dispose([logits, best]);
      if (step === 2) [flat, handles] = [executor.memory(), tf.memory().numTensors];
    }
    expect(executor.memory()).toEqual(flat);
    expect(tf.memory().numTensors).toBe(handles);
    plan.dispose();
  });
});
