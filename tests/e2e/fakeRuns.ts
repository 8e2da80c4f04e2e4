/** Runs that compute nothing: plausible events in the order of the real session, for one run, for groups in lock-step and for groups in a row. */
import type { Catalogue } from "../../src/contracts/catalogue";
import type { Command } from "../../src/contracts/command";
import type { RunId, RunParent, RunRequest, StepColumns, StudyKind, StudyPlace } from "../../src/contracts/run";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { ParameterGroup, RunEvent, RunState, RunSummary } from "../../src/contracts/runEvent";
import { withField } from "../../src/store/setup/paths";
import { finalMetric, firstLoss, noise } from "./fakeNumbers";
import { pictures, sitesOf } from "./fakePictures";
import { fakeEvidence } from "./fakeReports";

type Of<Type extends Command["type"]> = Extract<Command, { type: Type }>;

/** How soon each method learns, and how far it comes. */
const paces: Readonly<Record<string, readonly [pace: number, end: number]>> = {
  full: [5, 1.02],
  ditask: [4, 1],
  lora: [3.2, 0.94],
  mtlora: [3.4, 0.96],
  normsOnly: [2.4, 0.8],
  bitfit: [2.2, 0.78],
  decoderOnly: [1.8, 0.66],
};

interface FakeRun {
  readonly id: RunId;
  config: RunConfig;
  name: string;
  note: string;
  readonly created: number;
  readonly parent?: RunParent;
  readonly place?: StudyPlace;
  state: RunState;
  step: number;
  /** Everything it told, for whoever opens it again. */
  readonly told: RunEvent[];
  metrics: RunSummary["metrics"];
  readonly random: () => number;
}

export interface FakeRunsHost {
  tell(event: RunEvent): void;
  readonly catalogue: Catalogue;
  readonly stepMs: number;
  readonly breakAt: number | undefined;
  parametersOf(config: RunConfig): readonly ParameterGroup[];
  /** A run of the library as an earlier visit left it. */
  kept(run: RunId): RunSummary | undefined;
  /** The run has come to rest, or done a step that checkpoints fall on. */
  checkpoint(summary: RunSummary, rests: boolean): void;
}

type Handled =
  | "prepare"
  | "study"
  | "end-study"
  | "start"
  | "pause"
  | "step"
  | "stop"
  | "evaluate"
  | "restart"
  | "change"
  | "branch"
  | "open-run"
  | "import-run"
  | "rename-run"
  | "remove-run"
  | "resume"
  | "update-analysis";

interface FakeStudy {
  readonly study: string;
  readonly kind: StudyKind;
  readonly groups: readonly (readonly RunRequest[])[];
  group: number;
}

export interface FakeRuns {
  readonly act: { [Type in Handled]: (command: Of<Type>) => void };
  dispose(): void;
}

export function fakeRuns(host: FakeRunsHost): FakeRuns {
  const { tell, catalogue, stepMs } = host;
  const runs = new Map<RunId, FakeRun>();
  /** Those that take steps in turn. */
  let group: readonly FakeRun[] = [];
  let study: FakeStudy | null = null;
  let timer: ReturnType<typeof setInterval> | undefined;
  const halt = (): void => clearInterval(timer);

  const tellOf = (run: FakeRun, event: RunEvent): void => {
    if (event.type !== "state") run.told.push(event);
    tell(event);
  };
  const become = (run: FakeRun, state: RunState, message = "", progress?: number): void => {
    run.state = state;
    tell({ type: "state", run: run.id, state, message, ...(progress === undefined ? {} : { progress }) });
  };
  const done = ({ step, config }: FakeRun): number => step / config.training.steps;
  const metricOf = (task: string): string => catalogue.tasks.find(({ id }) => id === task)!.metric;
  const summaryOf = ({ id, told: _, random: __, ...about }: FakeRun): RunSummary => ({
    ...about,
    run: id,
    resumable: about.step > 0,
  });

  const sendTheta = (run: FakeRun): void => {
    const { thetaLength } = sitesOf(run.config);
    const wander = noise(9);
    const theta = Float32Array.from({ length: thetaLength }, (_, i) => {
      const smooth = Math.sin(i * 0.21 + wander()) + 0.7 * Math.sin(i * 0.045);
      return 1.6 * smooth * Math.sin((Math.PI / 2) * Math.sqrt(done(run)));
    });
    tellOf(run, { type: "warps", run: run.id, step: run.step, theta });
  };
  const evaluate = (run: FakeRun): void => {
    const { config, step, random } = run;
    const [pace, end] = paces[config.method.id] ?? [3, 0.9];
    run.metrics = Object.fromEntries(
      config.tasks.map((task) => {
        const [from, to] = finalMetric[task]!;
        const value = from + end * (to - from) * (1 - Math.exp(-pace * done(run))) * (1 + 0.03 * random());
        return [task, { [metricOf(task)]: value }];
      }),
    );
    tellOf(run, { type: "evaluation", run: run.id, step, metrics: run.metrics, images: config.data.val, ms: 812 });
    tellOf(run, { type: "predictions", run: run.id, step, samples: pictures(config, done(run), 64) });
  };
  const lossesOf = (run: FakeRun): Record<string, number> => {
    const [pace] = paces[run.config.method.id] ?? [3, 0.9];
    const fall = 0.2 + 0.8 * Math.exp(-pace * done(run));
    return Object.fromEntries(
      run.config.tasks.map((task) => [task, firstLoss[task]! * fall * (1 + 0.25 * run.random())]),
    );
  };
  const takeStep = (run: FakeRun): void => {
    run.step++;
    const { step, config } = run;
    const losses = lossesOf(run);
    if (step === host.breakAt) losses[config.tasks[0]!] = Number.NaN;
    const total = Object.values(losses).reduce((sum, loss) => sum + loss, 0);
    const numbers = { losses, total, gradientNorm: 1, learningRates: { ...config.training.learningRate } };
    tellOf(run, {
      type: "step",
      run: run.id,
      step,
      epoch: step / 64,
      ...numbers,
      stepMs: stepMs * (1 + 0.1 * run.random()),
    });
    if (step % 4 === 0) sendTheta(run);
    host.checkpoint(summaryOf(run), false);
    const { evaluateEvery, steps } = config.training;
    if (step === host.breakAt) fail(run, `The loss of step ${step} is NaN. Lower the learning rates, then Reset.`);
    else if (step >= steps) finish(run);
    else if (evaluateEvery > 0 && step % evaluateEvery === 0) evaluate(run);
  };
  const fail = (run: FakeRun, message: string): void => {
    halt();
    tell({ type: "failed", run: run.id, message, detail: "at Session.trainStep", recoverable: true });
  };
  const finish = (run: FakeRun, message = ""): void => {
    evaluate(run);
    sendTheta(run);
    become(run, "finished", message);
    host.checkpoint(summaryOf(run), true);
  };
  const round = (): void => {
    for (const run of group) if (run.state === "running") takeStep(run);
    if (group.some(({ state }) => state === "running")) return;
    halt();
    if (study && group.every(({ state }) => state === "finished")) nextGroup();
  };
  const start = (): void => {
    halt();
    for (const run of group) {
      if (run.step === 0) {
        become(run, "evaluating", "Evaluating", 0.5);
        evaluate(run);
      }
      become(run, "running");
    }
    timer = setInterval(round, stepMs);
  };

  const make = (request: RunRequest, place?: StudyPlace): FakeRun => {
    const { run: id, config, name = "", parent } = request;
    const seed = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_521, config.training.seed);
    const run: FakeRun = {
      ...{ id, config, name, note: "", created: Date.now(), state: "preparing", step: 0, told: [], metrics: {} },
      ...(parent && { parent }),
      ...(place && { place }),
      random: noise(seed),
    };
    runs.set(id, run);
    const { created } = run;
    tellOf(run, {
      type: "created",
      run: id,
      config,
      name,
      note: "",
      created,
      ...(parent && { parent }),
      ...(place && { place }),
    });
    return run;
  };
  const prepared = (run: FakeRun): void => {
    const { config } = run;
    const baseline = Object.fromEntries(
      config.tasks.map((task) => [task, { [metricOf(task)]: finalMetric[task]![2] }]),
    );
    tellOf(run, {
      ...{ type: "prepared", run: run.id, config, executor: { ...catalogue.devices[0]!, active: true } },
      ...{ sites: config.method.id === "ditask" ? sitesOf(config).sites : [], parameters: host.parametersOf(config) },
      ...{ stepsPerEpoch: 64, dispatches: 540, memoryBytes: 93 * 2 ** 20, baseline },
    });
  };
  /** Takes the engine: what works is paused. */
  const take = (next: readonly FakeRun[]): void => {
    halt();
    for (const run of group) if (run.state === "running" && !next.includes(run)) become(run, "paused");
    group = next;
  };
  const prepare = (requests: readonly RunRequest[], place?: StudyPlace, then = (_: FakeRun): void => {}): void => {
    const made = requests.map((request) => make(request, place));
    take(made);
    for (const run of made) become(run, "preparing", "Decomposing weights, 12 of 32", 0.4);
    setTimeout(() => {
      for (const run of made.filter(({ id }) => runs.has(id))) {
        prepared(run);
        then(run);
        sendTheta(run);
        become(run, run.step > 0 ? "paused" : "ready");
      }
      if (study && place) tellStudy(study, requests.length);
    }, 150);
  };
  const tellStudy = ({ study: id, kind, groups, group: at }: FakeStudy, timed = 0): void => {
    const ids = groups.map((requests) => requests.map(({ run }) => run));
    const steps = groups.flat().reduce((sum, { config }) => sum + config.training.steps, 0);
    const estimate = timed > 0 ? { estimateMs: steps * stepMs } : {};
    tell({ type: "study", study: id, kind, groups: ids, group: at, ...estimate });
  };
  const prepareGroup = (of: FakeStudy): void => {
    tellStudy(of);
    prepare(of.groups[of.group]!, { study: of.study, kind: of.kind, group: of.group });
  };
  const nextGroup = (): void => {
    const of = study!;
    of.group++;
    if (of.group >= of.groups.length) {
      study = null;
      tellStudy(of);
      return;
    }
    prepareGroup(of);
    setTimeout(start, 250);
  };

  /** The run that a command names: one of this visit, or of the library, whose record is told. */
  const open = (id: RunId): FakeRun | undefined => {
    const summary = runs.has(id) ? undefined : host.kept(id);
    if (!summary) return runs.get(id);
    const { run: _, resumable: __, metrics: ___, step, state, ...about } = summary;
    const run: FakeRun = { ...about, id, state, step: 0, told: [], metrics: {}, random: noise(7) };
    runs.set(id, run);
    const { config, name, note, created, place } = run;
    tellOf(run, { type: "created", run: id, config, name, note, created, ...(place && { place }) });
    prepared(run);
    tellOf(run, { type: "steps", run: id, columns: columnsOf(run, step) });
    run.step = step;
    evaluate(run);
    sendTheta(run);
    return run;
  };
  const columnsOf = (run: FakeRun, steps: number): StepColumns => {
    const told = Array.from({ length: steps }, (_, i) => {
      run.step = i + 1;
      return lossesOf(run);
    });
    const column = (of: (losses: Record<string, number>, i: number) => number): Float64Array =>
      Float64Array.from(told, of);
    return {
      step: column((_, i) => i + 1),
      epoch: column((_, i) => i / 64),
      losses: Object.fromEntries(run.config.tasks.map((task) => [task, column((losses) => losses[task]!)])),
      total: column((losses) => Object.values(losses).reduce((sum, loss) => sum + loss, 0)),
      gradientNorm: column(() => 1),
      learningRates: {},
      stepMs: column(() => stepMs),
    };
  };

  const act: FakeRuns["act"] = {
    prepare(command) {
      study = null;
      prepare([command]);
    },
    study({ study: id, kind, groups }) {
      study = { study: id, kind, groups, group: 0 };
      prepareGroup(study);
    },
    "end-study"() {
      if (!study) return;
      halt();
      study.group = study.groups.length;
      for (const run of group) if (run.step > 0 && run.state !== "finished") finish(run, "Ended with its study.");
      tellStudy(study);
      study = null;
    },
    start({ run: id }) {
      const run = open(id);
      if (run && !group.includes(run)) take([run]);
      start();
    },
    pause() {
      halt();
      for (const run of group) {
        host.checkpoint(summaryOf(run), true);
        become(run, "paused");
      }
    },
    step() {
      for (const run of group) {
        takeStep(run);
        host.checkpoint(summaryOf(run), true);
        if (run.state !== "finished") become(run, "paused");
      }
    },
    stop() {
      halt();
      for (const run of group) finish(run, `Stopped after ${run.step} of ${run.config.training.steps} steps.`);
    },
    evaluate({ run }) {
      evaluate(runs.get(run)!);
    },
    restart({ run, of }) {
      study = null;
      prepare([{ run, config: runs.get(of)!.config }]);
    },
    change({ run: id, field, value }) {
      const run = runs.get(id)!;
      run.config = withField(run.config, field, value);
      tellOf(run, { type: "changed", run: id, step: run.step, field, value });
    },
    branch({ run, from, config, name }) {
      const old = open(from.run)!;
      const parent = { run: from.run, step: old.step };
      prepare(
        [{ run, config: config ?? old.config, parent, ...(name !== undefined && { name }) }],
        undefined,
        (made) => {
          if (config) return;
          tellOf(made, { type: "steps", run, columns: columnsOf(made, old.step) });
          tellOf(made, { type: "resumed", run, step: old.step });
        },
      );
    },
    "open-run"({ run }) {
      const opened = open(run);
      if (opened) become(opened, opened.step >= opened.config.training.steps ? "finished" : "paused");
    },
    "import-run"({ run: id, files }) {
      const config = catalogue.presets[0]!.config;
      const run = make({ run: id, config, name: files[0]!.path.split("/")[0]! });
      prepared(run);
      tellOf(run, { type: "steps", run: id, columns: columnsOf(run, config.training.steps) });
      evaluate(run);
      become(run, "finished");
    },
    "rename-run"({ run: id, name, note }) {
      const run = runs.get(id);
      if (run) Object.assign(run, { name, note });
      tell({ type: "renamed", run: id, name, note });
    },
    "remove-run"({ run: id }) {
      if (group.some((run) => run.id === id)) halt();
      group = group.filter((run) => run.id !== id);
      runs.delete(id);
      tell({ type: "removed", run: id });
    },
    resume({ run: id }) {
      const summary = host.kept(id);
      if (!runs.has(id) && summary?.config.backbone === "file") {
        const message =
          'backbone is "file", but no weights were opened. Choose or drop the file that the run began with.';
        tell({ type: "failed", run: id, message, detail: "", recoverable: true, of: "resume" });
        return tell({ type: "state", run: id, state: "failed", message });
      }
      tell({ type: "state", run: id, state: "preparing", message: "Decomposing weights, 12 of 32", progress: 0.4 });
      setTimeout(() => {
        const run = open(id)!;
        take([run]);
        tell({ type: "resumed", run: id, step: run.step });
        become(run, "paused");
      }, 150);
    },
    "update-analysis"({ run: id }) {
      const { step, config } = runs.get(id)!;
      const updateAnalysis = fakeEvidence(step, config.tasks, sitesOf(config).sites);
      setTimeout(() => tell({ type: "update-analysis", run: id, updateAnalysis }), 200);
    },
  };
  return { act, dispose: halt };
}
