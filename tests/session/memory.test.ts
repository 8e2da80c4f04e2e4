/** The memory that a prepared run is said to take, beside what it must take and what the plan for WebGPU counts. */
import { expect, it } from "vitest";
import type { RunConfig } from "../../src/contracts/runConfig";
import { hasOrtNative } from "../../src/core/exec/onnx/loadOrtNative";
import { buildModel } from "../../src/core/model/model";
import { scenesSource } from "../../src/data/scenes";
import { plannedMemory } from "../../src/runtime/products/plan/planMemory";
import { modelSpec } from "../../src/runtime/run/prepare/modelSpec";
import { openSession, preset } from "./open";

const micro = preset("micro");
const devices: RunConfig["device"][] = ["webgpu", "wasm", "tf", ...((await hasOrtNative()) ? (["cpu"] as const) : [])];
/** Each session of ONNX Runtime has its own copy of the frozen weights; TensorFlow.js keeps every value of a step. */
const MOST: Partial<Record<RunConfig["device"], number>> = { webgpu: 1.6, wasm: 3, cpu: 3, tf: 12 };

it.each(devices)("on %s is more than weights, gradient and moments, and not far from the plan", async (device) => {
  const config = { ...micro, device, data: { ...micro.data, train: 4, val: 2 } };
  const watched = await openSession();
  await watched.send({ type: "prepare", config });
  const [{ parameters, memoryBytes }] = watched.of("prepared") as [ReturnType<typeof watched.of<"prepared">>[number]];
  await watched.session.dispose();
  const total = parameters.reduce((n, group) => n + group.total, 0);
  const trained = parameters.reduce((n, group) => n + group.trained, 0);
  const model = buildModel(modelSpec(config, scenesSource({ size: 32, train: 1, val: 1, seed: 0 })));
  const { arena, states, constants, inputs } = plannedMemory(model, config.training.batchSize);
  if (process.env["SHOW"]) console.log(device, memoryBytes, { total, trained, arena, states, constants, inputs });
  expect(memoryBytes).toBeGreaterThan(4 * (total + 3 * trained) + 0.5 * arena);
  expect(memoryBytes).toBeLessThan(MOST[device]! * (arena + states + constants + inputs));
});
