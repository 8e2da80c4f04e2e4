/**
 * A session that computes nothing: plausible events in the order of the real one, for looking at the page and for tests of its wiring.
 * Theta is random but real, so the warps that the page shows are true CPAB flows.
 */
import type { Command } from "../../src/contracts/command";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { Picture, RunEvent, RunState, SamplePictures, SiteInfo } from "../../src/contracts/runEvent";
import type { BuiltInTask } from "../../src/contracts/taskIds";
import { taskOf } from "../../src/core/tasks/custom";
import { renderScene, sceneClasses, scenePartClasses } from "../../src/data/scenes";
import { buildCatalogue } from "../../src/runtime/catalogue";
import type { StudioClient } from "../../src/runtime/client";

const palettes: Partial<Record<string, readonly (readonly [number, number, number])[]>> = {
  semseg: sceneClasses.map(({ color }) => color),
  human_parts: scenePartClasses.map(({ color }) => color),
};

const firstLoss: Record<BuiltInTask, number> = {
  semseg: 2.6,
  human_parts: 1.9,
  sal: 0.69,
  normals: 0.72,
  depth: 1.4,
  edge: 0.6,
};
const finalMetric: Record<BuiltInTask, [start: number, end: number, constant: number]> = {
  semseg: [0.03, 0.41, 0.07],
  human_parts: [0.05, 0.32, 0.13],
  sal: [0.2, 0.62, 0.31],
  normals: [58, 21.4, 38.2],
  depth: [2.1, 0.61, 1.32],
  edge: [0.1, 0.44, 0.19],
};

/** A small generator of its own: the same script gives the same screenshots. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

function sitesOf(config: RunConfig): { sites: SiteInfo[]; thetaLength: number } {
  const sites: SiteInfo[] = [];
  let offset = 0;
  const random = noise(5);
  for (let stage = 0; stage < 4; stage++)
    for (let block = 0; block < 2; block++)
      for (const [column, parts, tall] of [
        ["attn.qkv", 3, 1],
        ["attn.proj", 1, 1],
        ["mlp.fc1", 1, 4],
        ["mlp.fc2", 1, 1],
      ] as const) {
        const width = 32 * 2 ** stage;
        const streams = block === 1 && parts === 1 ? ["shared" as const, ...config.tasks] : ["shared" as const];
        const rows = streams.map((stream) => {
          const cells =
            stream === "shared"
              ? Number(config.method.settings["sharedCells"] ?? 16)
              : Number(config.method.settings["taskCells"] ?? 16);
          offset += cells - 1;
          return { stream, thetaOffset: offset - cells + 1, cells, trained: true };
        });
        for (let part = 0; part < parts; part++) {
          const top = 2.4 + random();
          const sigma = Float32Array.from({ length: width }, (_, i) => top * (1 - i / width) ** 1.4 + 0.02);
          const name = `layers.${stage}.blocks.${block}.${column}`;
          sites.push({
            name,
            part: parts === 3 ? "qkv"[part]! : "",
            shape: [tall * width, width],
            sigma,
            reading: "value",
            boundary: "zero",
            rows,
          });
        }
      }
  return { sites, thetaLength: offset };
}

function pictures(config: RunConfig, done: number, size: number): SamplePictures[] {
  return Array.from({ length: 6 }, (_, seed) => {
    const { id, image, labels } = renderScene(seed + 3, "val", size, size);
    const rgba = new Uint8ClampedArray(4 * size * size).fill(255);
    for (let i = 0; i < size * size; i++) for (let c = 0; c < 3; c++) rgba[4 * i + c] = image.data[3 * i + c]!;
    return {
      id,
      image: { width: size, height: size, rgba },
      tasks: config.tasks.map((task) => {
        const truth = {
          width: size,
          height: size,
          rgba: taskOf(task).paintLabel(labels[task]!.data, palettes[task]),
        };
        return { task, truth, prediction: coarse(truth, Math.max(1, Math.round(12 * (1 - done)))) };
      }),
    };
  });
}

/** The picture as if it had been predicted in blocks of `block` pixels. */
function coarse({ width, height, rgba }: Picture, block: number): Picture {
  const out = new Uint8ClampedArray(rgba.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = Math.min(height - 1, y - (y % block)) * width + Math.min(width - 1, x - (x % block));
      out.set(rgba.subarray(4 * from, 4 * from + 4), 4 * (y * width + x));
      out[4 * (y * width + x) + 3] = 255;
    }
  return { width, height, rgba: out };
}

export interface FakeOptions {
  readonly stepMs?: number;
  /** A step whose loss is NaN, after which the run fails. */
  readonly breakAt?: number;
}

export function fakeClient({ stepMs = 60, breakAt }: FakeOptions = {}): StudioClient {
  const listeners = new Set<(event: RunEvent) => void>();
  let config: RunConfig | null = null;
  let thetaLength = 0;
  let step = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  const random = noise(1);
  const tell = (event: RunEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const become = (state: RunState, message = "", progress?: number): void =>
    tell({ type: "state", state, message, ...(progress === undefined ? {} : { progress }) });
  const done = (): number => (config ? step / config.training.steps : 0);

  const sendTheta = (): void => {
    const wander = noise(9);
    const theta = Float32Array.from({ length: thetaLength }, (_, i) => {
      const smooth = Math.sin(i * 0.21 + wander()) + 0.7 * Math.sin(i * 0.045);
      return 1.6 * smooth * Math.sin((Math.PI / 2) * Math.sqrt(done()));
    });
    tell({ type: "warps", step, theta });
  };
  const evaluate = (): void => {
    const metrics = Object.fromEntries(
      config!.tasks.map((task) => {
        const [start, end] = finalMetric[task as BuiltInTask];
        const value = start + (end - start) * (1 - (1 - done()) ** 2) * (1 + 0.04 * random());
        return [task, { [catalogue.tasks.find(({ id }) => id === task)!.metric]: value, other: 0.5 * value }];
      }),
    );
    tell({ type: "evaluation", step, metrics, images: config!.data.val, ms: 812 });
    tell({ type: "predictions", step, samples: pictures(config!, done(), 64) });
  };
  const takeStep = (): void => {
    step++;
    const fall = 0.2 + 0.8 * Math.exp(-4 * done());
    const losses = Object.fromEntries(
      config!.tasks.map((task) => [task, firstLoss[task as BuiltInTask] * fall * (1 + 0.25 * random())]),
    ) as Record<string, number>;
    if (step === breakAt) losses[config!.tasks[0]!] = Number.NaN;
    const total = Object.values(losses).reduce((sum, loss) => sum + loss, 0);
    tell({
      type: "step",
      step,
      epoch: step / 64,
      losses,
      total,
      gradientNorm: 1,
      learningRates: { theta: 0.05 },
      stepMs: stepMs * (1 + 0.1 * random()),
    });
    if (step % 4 === 0) sendTheta();
    if (step === breakAt) {
      clearInterval(timer);
      tell({
        type: "failed",
        message: `The loss of step ${step} is NaN. Lower the learning rates, then Reset.`,
        detail: "at Session.trainStep",
        recoverable: true,
      });
      return;
    }
    if (step >= config!.training.steps) {
      clearInterval(timer);
      evaluate();
      sendTheta();
      become("finished");
    } else if (config!.training.evaluateEvery > 0 && step % config!.training.evaluateEvery === 0) evaluate();
  };
  const prepare = (next: RunConfig): void => {
    clearInterval(timer);
    config = next;
    step = 0;
    const layout = sitesOf(next);
    thetaLength = layout.thetaLength;
    become("preparing", "Decomposing weights, 12 of 32", 0.4);
    setTimeout(() => {
      tell({
        type: "prepared",
        config: next,
        executor: { ...catalogue.devices[0]!, active: true },
        sites: next.method.id === "ditask" ? layout.sites : [],
        parameters: [
          { id: "theta", label: "warps (theta)", trained: thetaLength, total: thetaLength },
          { id: "norm", label: "layer norms", trained: 4032, total: 4032 },
          { id: "patch_merging", label: "patch merging", trained: 43008, total: 43008 },
          { id: "linear", label: "backbone weights", trained: 0, total: 2_180_736 },
          { id: "head", label: "decoders: heads", trained: 61_440, total: 61_440 },
        ],
        stepsPerEpoch: 64,
        dispatches: 540,
        memoryBytes: 93 * 2 ** 20,
        baseline: Object.fromEntries(
          next.tasks.map((task) => [
            task,
            { [catalogue.tasks.find(({ id }) => id === task)!.metric]: finalMetric[task as BuiltInTask][2] },
          ]),
        ),
      });
      sendTheta();
      become("ready");
    }, 150);
  };
  const run = (): void => {
    if (step === 0) {
      become("evaluating", "Evaluating", 0.5);
      evaluate();
    }
    become("running");
    timer = setInterval(takeStep, stepMs);
  };
  const act: { [Type in Command["type"]]: (command: Extract<Command, { type: Type }>) => void } = {
    prepare: (command) => prepare(command.config),
    start: run,
    pause() {
      clearInterval(timer);
      become("paused");
    },
    step() {
      takeStep();
      become("paused");
    },
    stop() {
      clearInterval(timer);
      evaluate();
      become("finished", `Stopped after ${step} of ${config!.training.steps} steps.`);
    },
    reset() {
      clearInterval(timer);
      step = 0;
      tell({ type: "reset" });
      sendTheta();
      become("ready");
    },
    evaluate,
    "open-folder"(command) {
      const entry = {
        id: "folder",
        label: command.name,
        help: "Your own images.",
        tasks: ["semseg" as const],
        legends: {},
        train: 30,
        val: 14,
      };
      tell({ type: "data", entry, report: [{ path: "semseg/odd.png", reason: "has no image of that name" }] });
      tell({ type: "catalogue", catalogue: { ...catalogue, data: [...catalogue.data, entry] } });
    },
    export(command) {
      tell({ type: "artefact", name: `${command.what}.json`, mime: "application/json", bytes: new Uint8Array(2) });
    },
  };
  return {
    send: (command) => (act[command.type] as (command: Command) => void)(command),
    subscribe(listener) {
      listeners.add(listener);
      queueMicrotask(() => listener({ type: "catalogue", catalogue }));
      return () => listeners.delete(listener);
    },
    dispose: () => clearInterval(timer),
  };
}

const catalogue = {
  ...buildCatalogue([], null, []),
  devices: [
    {
      choice: "webgpu",
      description: "WebGPU on a scripted device",
      reason: "The fastest one here.",
      available: true,
      active: true,
    },
    {
      choice: "wasm",
      description: "ONNX Runtime, wasm, 2 threads",
      reason: "Runs everywhere.",
      available: true,
      active: false,
    },
    {
      choice: "webgl",
      description: "TensorFlow.js, WebGL",
      reason: "This browser has no WebGL 2.",
      available: false,
      active: false,
    },
  ] as const,
};
