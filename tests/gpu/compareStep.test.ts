/** One training step on WebGPU, every operation compared with TensorFlow.js: as it is, and with a kernel that computes something else. */
import { readFile } from "node:fs/promises";
import { afterAll, describe, expect, it, vi } from "vitest";
import { create } from "webgpu";
import type { DeviceChoice } from "../../src/contracts/runConfig";
import type { ReferenceChoice, StepComparison } from "../../src/contracts/stepComparison";
import { executors, type Probed, probeExecutors } from "../../src/core/exec/registry";
import { createWebGpuExecutor } from "../../src/core/exec/webgpu/executor";
import { Builder } from "../../src/core/graph/builder";
import type { Value } from "../../src/core/graph/node";
import { scenesSource } from "../../src/data/scenes";
import type { Platform } from "../../src/runtime/platform/platform";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { chooseReference, compareStep } from "../../src/runtime/products/conformance/step";
import { createSvdPool } from "../../src/runtime/workers/svd/svdPool";
import { normals } from "../reference/data";
import { dawnFlags, getTestDevice } from "./device";

// Compiling the kernels of a training step takes SwiftShader ten seconds, and many more on a busy machine.
vi.setConfig({ testTimeout: 300_000 });

await getTestDevice();
const gpu = create(dawnFlags);
const svd = createSvdPool();
afterAll(() => svd.close());
const micro = presets.find(({ id }) => id === "micro")!.config;
/** Of one task: fewer kernels for SwiftShader to compile. */
const smaller = { ...micro, tasks: ["semseg"] };

/** The same GPU, whose compiler reads another text than it was given. */
function withShaders(change: (code: string) => string): GPU {
  const requestAdapter: GPU["requestAdapter"] = async (options) => {
    const adapter = (await gpu.requestAdapter(options))!;
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await requestDevice(descriptor);
      const make = device.createShaderModule.bind(device);
      device.createShaderModule = (shader) => make({ ...shader, code: change(shader.code) });
      return device;
    };
    return adapter;
  };
  return { requestAdapter } as GPU;
}

async function compared(
  device: DeviceChoice,
  reference: ReferenceChoice,
  config = micro,
  on: GPU = gpu,
): Promise<StepComparison[]> {
  const platform: Platform = {
    executorHost: { gpu: on, isNode: true, hasWebgl: false, threads: 1 },
    readAsset: async (path) => new Uint8Array(await readFile(`public/${path}`)),
    now: () => performance.now(),
  };
  const told: StepComparison[] = [];
  await compareStep(
    { config, device, reference },
    {
      platform,
      workers: { svd },
      inputs: {},
      probed: await probeExecutors(platform.executorHost),
      source: async () => scenesSource({ size: 32, train: 4, val: 4, seed: 0 }),
      tell: (comparison) => told.push(comparison),
      signal: new AbortController().signal,
    },
  );
  return told;
}

const failing = ({ ops }: StepComparison): string[] => ops.filter(({ failed }) => failed > 0).map(({ op }) => op);

describe("a traced run", () => {
  it("leaves the states of a plain run, bit for bit, and shows what its outputs hold", async () => {
    const b = new Builder();
    const [x, old] = [b.input("x", [4, 64]), b.state("moments", [8, 64])];
    const halves = b.concat([b.exp(x), b.mul(b.add(x, 1), x)], 0);
    const next = b.add(b.mul(old, 0.5), b.matmul(b.matmul(halves, x, false, true), x));
    b.update(old, next);
    b.output("first", b.reshape(b.slice(halves, [4, 0], [4, 64]), [256]));
    b.output("sum", b.sum(next, [1]));
    const executor = createWebGpuExecutor(await getTestDevice());
    const plan = await executor.compile(b.build());
    const feeds = { x: normals([4, 64], "x") };
    const start = normals([8, 64], "moments");
    executor.writeState("moments", start);
    const outputs = await plan.run(feeds);
    const plain = await executor.readState("moments");
    executor.writeState("moments", start);
    const { graph, nodes } = plan.trace(feeds);
    const seen = new Map<Value, Float32Array | undefined>();
    for await (const { node, outputs } of nodes) for (const [i, v] of node.outputs.entries()) seen.set(v, outputs[i]);
    expect(await executor.readState("moments")).toEqual(plain);
    for (const { name, value } of graph.outputs) expect(seen.get(value), name).toEqual(outputs[name]);
    const held = executor.memory();
    for await (const _ of plan.trace(feeds).nodes) break;
    expect(executor.memory()).toEqual(held);
    await executor.dispose();
  });
});

describe("the reference of a comparison", () => {
  const probed = (hardware: boolean, available: readonly string[]): Probed[] =>
    executors.map((entry) => ({
      entry,
      reason: "scripted",
      available: available.includes(entry.choice),
      automatic: entry.choice === "webgpu" && hardware,
    }));
  const all = executors.map(({ choice }) => choice);

  it("is TensorFlow.js on a hardware GPU, else on the processor, and never the device itself", () => {
    const chosen = (hardware: boolean, device: DeviceChoice): string =>
      chooseReference(probed(hardware, all), device, "auto").entry.choice;
    expect(chosen(true, "webgpu")).toBe("tf-webgpu");
    expect(chosen(true, "tf-webgpu")).toBe("tf");
    expect(chosen(false, "webgpu")).toBe("tf");
    expect(chosen(false, "tf")).toBe("tf-webgpu");
    expect(chooseReference(probed(true, all), "webgpu", "tf").entry.choice).toBe("tf");
  });

  it("says so where there is none", () => {
    expect(() => chooseReference(probed(false, ["tf"]), "tf", "auto")).toThrow('Device "tf-webgpu" cannot run');
  });
});

describe("the comparison of a step", () => {
  it.each([
    ["webgpu", "tf"],
    ["tf-webgpu", "tf"],
    ["wasm", "tf-webgpu"],
  ] as const)("finds every operation of %s within rounding of %s", async (device, reference) => {
    const told = await compared(device, reference);
    const last = told.at(-1)!;
    expect(last.problem).toBeUndefined();
    expect(last).toMatchObject({ finished: true, done: last.total, message: "" });
    expect(failing(last)).toEqual([]);
    // Forward, backward and update all were looked at.
    expect(last.ops.map(({ op }) => op)).toEqual(
      expect.arrayContaining(["matmul", "layerNorm", "layerNormGrad", "windowAttentionGrad", "adamw", "update"]),
    );
    expect(last.ops.reduce((sum, op) => sum + op.compared, 0)).toBeGreaterThanOrEqual(last.total);
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).sort((a, b) => a - b));
  });

  it("names the operation whose kernel is wrong, and only that one", async () => {
    const mean = "let mean = sumLanes(sum, local) / f32(channels);";
    const damaged = withShaders((code) => code.replace(mean, "let mean = sumLanes(sum, local) / f32(channels + 1u);"));
    const last = (await compared("webgpu", "tf", smaller, damaged)).at(-1)!;
    expect(last).toMatchObject({ finished: true, done: last.total });
    expect(failing(last)).toEqual(["layerNorm"]);
    expect(last.ops[0]).toMatchObject({ op: "layerNorm", worst: { plan: "train", passed: false } });
    expect(last.ops[0]!.worst.error).toBeGreaterThan(1e-3);
    expect(last.worst[0]).toMatchObject({ op: "layerNorm", name: expect.stringMatching(/^backbone\./) });
  });

  it("refuses to compare a device with itself", async () => {
    const [last] = (await compared("tf", "tf")).slice(-1);
    expect(last).toMatchObject({ finished: true, done: 0, problem: expect.stringMatching(/compared with itself/) });
  });
});
