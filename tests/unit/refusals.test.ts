/**
 * What cannot run is refused before anything is allocated: the message names the field, the value that came and what is allowed, and no
 * device was opened, no weight made, no decomposition asked for and no picture drawn.
 */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { RunEvent } from "../../src/contracts/runEvent";
import type { Platform } from "../../src/runtime/platform/platform";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { methodChoice } from "../../src/runtime/run/prepare/modelSpec";
import { Session } from "../../src/runtime/session/session";
import type { SvdPool } from "../../src/runtime/workers/svd/svdPool";

const touched = vi.hoisted(() => ({
  open: vi.fn<() => Promise<never>>(() => Promise.reject(new Error("The device was opened."))),
  weights: vi.fn<() => never>(() => {
    throw new Error("Weights were made.");
  }),
  load: vi.fn<() => Promise<never>>(() => Promise.reject(new Error("A picture was drawn."))),
}));

vi.mock("../../src/core/exec/registry", async (original) => {
  const device = { choice: "tf", label: "a device that must not be opened", open: touched.open } as never;
  const probed = { entry: device, available: true, reason: "" };
  return { ...(await original<object>()), probeExecutors: async () => [probed], chooseExecutor: () => probed };
});
vi.mock(import("../../src/core/nn/weights"), async (original) => ({
  ...(await original()),
  initialWeights: touched.weights,
}));
vi.mock(import("../../src/data/scenes"), async (original) => {
  const scenes = await original();
  return { ...scenes, scenesSource: (options) => ({ ...scenes.scenesSource(options), load: touched.load }) };
});

const micro = presets.find(({ id }) => id === "micro")!.config;
const decompose = vi.fn<SvdPool["decompose"]>(() => Promise.reject(new Error("A weight was decomposed.")));
const readAsset = vi.fn<Platform["readAsset"]>(() => Promise.reject(new Error("A file was read.")));

/** What a session says to a configuration: its "failed" event. */
async function answer(config: unknown): Promise<Extract<RunEvent, { type: "failed" }> | undefined> {
  const events: RunEvent[] = [];
  const svd = { decompose, close: () => {} } as unknown as SvdPool;
  const session = new Session({ executorHost: {} as never, readAsset, now: () => 0 }, { svd }, (event) =>
    events.push(event),
  );
  await session.open();
  await session.send({ type: "prepare", run: "one", config: config as RunConfig });
  await session.dispose();
  return events.find((event) => event.type === "failed");
}

beforeEach(() => vi.clearAllMocks());

const method = (id: string, settings: RunConfig["method"]["settings"]) => ({
  method: { ...methodChoice(id), settings },
});
const own = {
  id: "own",
  label: "Own",
  kind: "binary",
  loss: "balanced_bce",
  metric: "iou",
  colours: "grey",
  weight: 1,
};

interface Refused {
  readonly title: string;
  /** What differs from a configuration that runs. */
  readonly change: object;
  readonly field: string;
  readonly value: string;
  readonly allowed: RegExp;
}

const refused: readonly Refused[] = [
  {
    title: "one cell a warp",
    change: method("ditask", { sharedCells: 1 }),
    field: "method.settings.sharedCells",
    value: "1",
    allowed: /whole number from 2 to 256/,
  },
  {
    title: "one cell for one task",
    change: method("ditask", { taskCells: { semseg: 1, normals: 4 } }),
    field: "method.settings.taskCells.semseg",
    value: "1",
    allowed: /whole number from 2 to 256/,
  },
  {
    title: "cells of a task that the run does not have",
    change: method("ditask", { taskCells: { semseg: 4, normals: 4, edge: 8 } }),
    field: "method.settings.taskCells",
    value: "edge",
    allowed: /one for each of semseg, normals/,
  },
  {
    title: "cells for some tasks only",
    change: method("ditask", { taskCells: { semseg: 4 } }),
    field: "method.settings.taskCells",
    value: "semseg",
    allowed: /normals/,
  },
  {
    title: "a fraction of a cell",
    change: method("ditask", { sharedCells: 2.5 }),
    field: "method.settings.sharedCells",
    value: "2.5",
    allowed: /whole number from 2 to 256/,
  },
  {
    title: "a rank above the matrix (LoRA)",
    change: method("lora", { rank: 9 }),
    field: "method.settings.rank",
    value: "9",
    allowed: /1 to 8/,
  },
  {
    title: "a rank above the matrix (MTLoRA, shared)",
    change: method("mtlora", { rankShared: 9, rankTask: 4 }),
    field: "method.settings.rankShared",
    value: "9",
    allowed: /1 to 8/,
  },
  {
    title: "a rank above the matrix (MTLoRA, one task's)",
    change: method("mtlora", { rankShared: 4, rankTask: { semseg: 4, normals: 64 } }),
    field: "method.settings.rankTask",
    value: "64",
    allowed: /1 to 8/,
  },
  {
    title: "a kind of layer that does not exist",
    change: method("ditask", { sites: ["qkv", "mlp"] }),
    field: "method.settings.sites",
    value: "mlp",
    allowed: /qkv, proj, fc1, fc2, reduction/,
  },
  {
    title: "layers that this backbone does not have",
    change: { backbone: "micro-vit", ...method("lora", { sites: ["reduction"], rank: 2 }) },
    field: "method.settings.sites",
    value: "reduction",
    allowed: /qkv, proj, fc1, fc2/,
  },
  {
    title: "a choice that a setting does not have",
    change: method("ditask", { reading: "both" }),
    field: "method.settings.reading",
    value: "both",
    allowed: /value, index/,
  },
  {
    title: "settings of another method",
    change: method("lora", { sharedCells: 16 }),
    field: "method.settings.sharedCells",
    value: "16",
    allowed: /LoRA.*it has: rank, alpha, sites/,
  },
  {
    title: "settings of a method without any",
    change: method("full", { rank: 4 }),
    field: "method.settings.rank",
    value: "4",
    allowed: /it has: none/,
  },
  {
    title: "an unknown method",
    change: { method: { ...micro.method, id: "prompt" } },
    field: "method.id",
    value: "prompt",
    allowed: /known: ditask, .*full/,
  },
  {
    title: "a name that every object has",
    change: { method: { ...micro.method, id: "constructor" } },
    field: "method.id",
    value: "constructor",
    allowed: /known: ditask/,
  },
  {
    title: "an unknown decoder",
    change: { decoder: "unet" },
    field: "decoder",
    value: "unet",
    allowed: /hrnet, segformer, aspp/,
  },
  {
    title: "an unknown backbone",
    change: { backbone: "resnet" },
    field: "backbone",
    value: "resnet",
    allowed: /known: embedded, .*micro/,
  },
  {
    title: "an unknown task",
    change: { tasks: ["semseg", "flow"] },
    field: "tasks",
    value: "flow",
    allowed: /known: semseg, human_parts, sal, normals, depth, edge/,
  },
  {
    title: "a task without labels, so without a decoder to train",
    change: { tasks: ["semseg", "own"], customTasks: [own] },
    field: "tasks",
    value: "own",
    allowed: /allowed: semseg, human_parts, sal, normals, depth, edge/,
  },
  {
    title: "a task of the user's own with a loss for another kind of label",
    change: { tasks: ["own"], customTasks: [{ ...own, loss: "cross_entropy" }] },
    field: "customTasks.0.loss",
    value: "cross_entropy",
    allowed: /fitting: balanced_bce, edge_bce, bce/,
  },
  { title: "no task at all", change: { tasks: [] }, field: "tasks", value: "0", allowed: />=1/ },
  { title: "a task named twice", change: { tasks: ["sal", "sal"] }, field: "tasks", value: "sal", allowed: /twice/ },
  {
    title: "a window larger than the map",
    change: { input: { imageSize: 0, window: 9 } },
    field: "input.window",
    value: "9",
    allowed: /allowed: 1 to 8/,
  },
  {
    title: "a window on a backbone without windows",
    change: { backbone: "micro-vit", ...method("full", {}), input: { imageSize: 0, window: 2 } },
    field: "input.window",
    value: "2",
    allowed: /allowed: 0/,
  },
  {
    title: "an image that patches and windows do not tile",
    change: { input: { imageSize: 36, window: 0 } },
    field: "input.imageSize",
    value: "36",
    allowed: /multiple of 32/,
  },
  {
    title: "an image that patches do not tile",
    change: { backbone: "micro-vit", ...method("full", {}), input: { imageSize: 36, window: 0 } },
    field: "input.imageSize",
    value: "36",
    allowed: /multiple of 8/,
  },
  {
    title: "an unknown data source",
    change: { data: { ...micro.data, source: "imagenet" } },
    field: "data.source",
    value: "imagenet",
    allowed: /known: scenes, folder/,
  },
  {
    title: "a folder that was not opened",
    change: { data: { ...micro.data, source: "folder" } },
    field: "data.source",
    value: "folder",
    allowed: /Choose or drop one/,
  },
  { title: "an unknown device", change: { device: "tpu" }, field: "device", value: "tpu", allowed: /"webgpu"/ },
  {
    title: "a batch of no images",
    change: { training: { ...micro.training, batchSize: 0 } },
    field: "training.batchSize",
    value: "0",
    allowed: />=1/,
  },
];

describe("refused by name, and nothing was touched", () => {
  it.each(refused)("$title", async ({ change, field, value, allowed }) => {
    const failed = await answer({ ...micro, ...change });
    expect(failed?.refused).toBe(true);
    expect(failed?.message).toContain(field);
    expect(failed?.message).toContain(value);
    expect(failed?.message).toMatch(allowed);
    for (const spy of [...Object.values(touched), decompose, readAsset]) expect(spy).not.toHaveBeenCalled();
  });
});

describe("what can run", () => {
  it("gets as far as the device, which is not a refusal", async () => {
    const failed = await answer(micro);
    expect(failed).toMatchObject({ message: "The device was opened." });
    expect(failed).not.toHaveProperty("refused");
    expect(touched.open).toHaveBeenCalledOnce();
  });
});
