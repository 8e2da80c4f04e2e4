/**
 * A session that computes nothing: plausible events in the order of the real one, for looking at the page and for tests of its wiring.
 * Theta is random but real, so the warps that the page shows are true CPAB flows.
 */
import type { Command } from "../../src/contracts/command";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { ParameterGroup, RunEvent, RunState } from "../../src/contracts/runEvent";
import { groupEntries } from "../../src/core/model/accounting";
import { buildModel } from "../../src/core/model/model";
import { scenesSource } from "../../src/data/scenes";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { modelSpec } from "../../src/runtime/run/prepare/modelSpec";
import type { StudioClient } from "../../src/runtime/session/browser/client";
import { type FakeDataOptions, fakeData } from "./fakeData";
import { interrupted } from "./fakeInput";
import { fakeKeeping } from "./fakeKeeping";
import { finalMetric, firstLoss, noise } from "./fakeNumbers";
import { pictures, sitesOf } from "./fakePictures";
import { fakeRace } from "./fakeRace";
import { fakeCases, fakeEvidence } from "./fakeReports";

/** True counts: no weights are needed to know them. The user's own are counted as the embedded ones. */
function parametersOf(config: RunConfig): readonly ParameterGroup[] {
  const known = config.backbone === "file" ? { ...config, backbone: "embedded" } : config;
  return groupEntries(buildModel(modelSpec(known, scenesSource({ size: 64, train: 8, val: 8, seed: 0 }))).layout);
}

export interface FakeOptions {
  readonly stepMs?: number;
  /** A step whose loss is NaN, after which the run fails. */
  readonly breakAt?: number;
  /** The library holds what a few visits left. */
  readonly full?: boolean;
  readonly data?: FakeDataOptions;
}

export function fakeClient({ stepMs = 60, breakAt, full = false, data: shown = {} }: FakeOptions = {}): StudioClient {
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
        const [start, end] = finalMetric[task]!;
        const value = start + (end - start) * (1 - (1 - done()) ** 2) * (1 + 0.04 * random());
        return [task, { [catalogue.tasks.find(({ id }) => id === task)!.metric]: value }];
      }),
    );
    tell({ type: "evaluation", step, metrics, images: config!.data.val, ms: 812 });
    tell({ type: "predictions", step, samples: pictures(config!, done(), 64) });
  };
  const takeStep = (): void => {
    step++;
    const fall = 0.2 + 0.8 * Math.exp(-4 * done());
    const losses = Object.fromEntries(
      config!.tasks.map((task) => [task, firstLoss[task]! * fall * (1 + 0.25 * random())]),
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
      learningRates: { method: 0.05, backbone: 1e-3, decoders: 5e-3 },
      stepMs: stepMs * (1 + 0.1 * random()),
    });
    if (step % 4 === 0) sendTheta();
    keeping.checkpoint(step, false);
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
      keeping.checkpoint(step, true);
      become("finished");
    } else if (config!.training.evaluateEvery > 0 && step % config!.training.evaluateEvery === 0) evaluate();
  };
  const race = fakeRace(catalogue, tell, stepMs);
  const data = fakeData(catalogue, tell, shown);
  const keeping = fakeKeeping({
    tell,
    catalogue: () => catalogue,
    openFolder: data.openFolder,
    identity: data.identity,
    full,
  });
  const prepare = (next: RunConfig, goesOn: string | null = null): void => {
    clearInterval(timer);
    race.end();
    config = next;
    step = 0;
    keeping.begin(goesOn);
    const layout = sitesOf(next);
    thetaLength = layout.thetaLength;
    become("preparing", "Decomposing weights, 12 of 32", 0.4);
    setTimeout(() => {
      tell({
        type: "prepared",
        config: next,
        executor: { ...catalogue.devices[0]!, active: true },
        sites: next.method.id === "ditask" ? layout.sites : [],
        parameters: parametersOf(next),
        stepsPerEpoch: 64,
        dispatches: 540,
        memoryBytes: 93 * 2 ** 20,
        baseline: Object.fromEntries(
          next.tasks.map((task) => [
            task,
            { [catalogue.tasks.find(({ id }) => id === task)!.metric]: finalMetric[task]![2] },
          ]),
        ),
      });
      if (goesOn !== null) tellHistory(goesOn);
      sendTheta();
      become(goesOn === null ? "ready" : "paused");
    }, 150);
  };
  const tellHistory = (folder: string): void => {
    tell({ type: "resumed", run: folder, step: interrupted.step });
    evaluate();
    while (step < interrupted.step) takeStep();
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
    count(command) {
      tell({ type: "counted", config: command.config, parameters: parametersOf(command.config), problem: "" });
    },
    start: run,
    pause() {
      clearInterval(timer);
      keeping.checkpoint(step, true);
      become("paused");
    },
    step() {
      takeStep();
      keeping.checkpoint(step, true);
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
      keeping.begin(null);
      tell({ type: "reset" });
      sendTheta();
      become("ready");
    },
    evaluate,
    ...data.act,
    resume({ from }) {
      if (!("run" in from) || from.run !== interrupted.id) {
        const message =
          'backbone is "file", but no weights were opened. Choose or drop the file that the run began with.';
        tell({ type: "failed", message, detail: "", recoverable: true, of: "resume" });
        return become("failed", message);
      }
      const { config: usual } = catalogue.presets[0]!;
      prepare({ ...usual, training: { ...usual.training, seed: 7, evaluateEvery: 40 } }, from.run);
    },
    "update-analysis"() {
      const updateAnalysis = fakeEvidence(step, config!.tasks, sitesOf(config!).sites);
      setTimeout(() => tell({ type: "update-analysis", updateAnalysis }), 200);
    },
    diagnose(command) {
      const { description } =
        catalogue.devices.find(({ choice }) => choice === command.device) ?? catalogue.devices[0]!;
      for (let n = 0; n <= fakeCases.length; n++)
        setTimeout(() => {
          tell({ type: "diagnosis", device: description, total: fakeCases.length, cases: fakeCases.slice(0, n) });
        }, 80 * n);
    },
    "race-prepare"(command) {
      clearInterval(timer);
      race.prepare(command.config, command.contestants);
    },
    "race-start": race.start,
    "race-pause": race.pause,
    "race-stop": race.stop,
    ...keeping.act,
  };
  return {
    send: (command) => (act[command.type] as (command: Command) => void)(command),
    subscribe(listener) {
      listeners.add(listener);
      queueMicrotask(() => listener({ type: "catalogue", catalogue }));
      return () => listeners.delete(listener);
    },
    dispose() {
      clearInterval(timer);
      race.end();
    },
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
