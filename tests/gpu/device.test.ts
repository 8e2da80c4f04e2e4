import { describe, expect, it } from "vitest";
import { getTestDevice, runKernel } from "./device";

const doubling = `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
override factor: f32 = 1.0;

@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < arrayLength(&y)) {
    y[id.x] = factor * x[id.x];
  }
}`;

describe("the WebGPU device of the tests", () => {
  it("is one device and offers what the kernels count on", async () => {
    const device = await getTestDevice();
    expect(await getTestDevice()).toBe(device);
    expect(device.limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(8);
  });

  it("runs a kernel and reads its output back", async () => {
    const [bytes] = await runKernel({
      code: doubling,
      constants: { factor: 2 },
      bindings: [new Float32Array([1, 2, 3]), 12],
      workgroups: [1],
    });
    expect([...new Float32Array(bytes!)]).toEqual([2, 4, 6]);
  });

  it("names the compiler's complaint", async () => {
    await expect(
      runKernel({ code: "@compute @workgroup_size(1) fn main() { nonsense(); }", bindings: [], workgroups: [1] }),
    ).rejects.toThrow(/nonsense/);
  });
});
