/**
 * A session: one executor, at most one prepared run, and the commands that act on them. Everything it has to say goes out as events, in
 * order; a command's promise resolves when its effect has happened ("start" when the run pauses or ends).
 */
import type { ByteSource } from "../contracts/byteSource";
import type { DataEntry } from "../contracts/catalogue";
import type { Command, FolderFile } from "../contracts/command";
import { type DeviceChoice, parseRunConfig, type RunConfig } from "../contracts/runConfig";
import type { ExecutorInfo, RunEvent } from "../contracts/runEvent";
import type { DataSource } from "../contracts/sample";
import { resolveBackbone } from "../core/backbones/registry";
import { describeRecognised } from "../core/checkpoint/recognise";
import { type RunState, readRunState } from "../core/checkpoint/runState";
import type { Executor } from "../core/exec/executor";
import { chooseExecutor, type Probed, probeExecutors } from "../core/exec/registry";
import { groupEntries } from "../core/model/accounting";
import { classColour } from "../core/tasks/paint";
import { Loop } from "../core/train/loop";
import type { FileTree } from "../data/fileTree";
import { openData } from "../data/layouts";
import { scenesSource } from "../data/scenes";
import { isZip, zipTree } from "../data/zipTree";
import { RunRecord } from "./artefacts";
import { blobSource } from "./blobSource";
import { browserFiles } from "./browserFiles";
import { buildCatalogue, openedEntry, scenesEntry } from "./catalogue";
import { RunKeeper } from "./checkpoints";
import { diagnose } from "./diagnose";
import type { Environment } from "./environment";
import { constantScores } from "./evaluation";
import { checkExport, exportFiles } from "./export/registry";
import { libraryEvent, removeFromLibrary } from "./library";
import { withOwnTasks } from "./modelSpec";
import { nextTask } from "./nextTask";
import { openBackbone } from "./openedBackbone";
import { prepareRun } from "./prepare";
import type { PreparedRun } from "./preparedRun";
import { Race, type RaceHost, raceContestants } from "./race";
import { checkedModel, Refusal, refusing } from "./refusal";
import { chosenBackbone } from "./startingPoints";

/** Warps and pictures are sent at most this often while training. */
const WARPS_EVERY_MS = 250;
const PICTURES_EVERY_MS = 4000;
/** Steps longer than this are not queued behind each other, so that a pause comes within one step. */
const LONG_STEP_MS = 200;

const parsed = (config: RunConfig): RunConfig => refusing(() => parseRunConfig(config));

const replaced = (): Error => Object.assign(new Error("Replaced by a newer configuration."), { name: "AbortError" });

const lastMeasured = ({ history }: RunState): number =>
  history.findLast(({ type }) => type === "evaluation")?.step ?? -1;

interface Active {
  readonly run: PreparedRun;
  loop: Loop;
}

export class Session {
  private probed: readonly Probed[] = [];
  private executor: { readonly choice: Probed["entry"]["choice"]; readonly engine: Executor } | null = null;
  private folder: { readonly source: DataSource; readonly entry: DataEntry } | null = null;
  private active: Active | null = null;
  private race: Race | null = null;
  private preparing: AbortController | null = null;
  /** Settles when no preparation is under way. */
  private prepared: Promise<void> = Promise.resolve();
  private readonly record = new RunRecord();
  private readonly keeper: RunKeeper;
  private lastStepMs = 0;
  private lastWarps = 0;
  private lastPictures = 0;

  constructor(
    private environment: Environment,
    private readonly listener: (event: RunEvent) => void,
  ) {
    this.keeper = new RunKeeper(environment.keeping, (event) => this.tell(event));
  }

  /** Finds out what can run and tells the catalogue. */
  async open(): Promise<void> {
    this.probed = await probeExecutors(this.environment.surroundings);
    this.tellCatalogue();
  }

  /** Never rejects: what goes wrong is told as a "failed" event. */
  async send(command: Command): Promise<void> {
    try {
      await this.act(command);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /** Headless: reads a data set from any tree of files. */
  async openTree(tree: FileTree, name: string): Promise<void> {
    try {
      await this.readTree(tree, name);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /** Headless: reads weights from any files. */
  async openWeights(sources: readonly ByteSource[]): Promise<void> {
    try {
      await this.readWeights(sources);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  async dispose(): Promise<void> {
    this.preparing?.abort(replaced());
    await this.prepared;
    await this.drop();
    await this.executor?.engine.dispose();
    this.executor = null;
    this.environment.svd.close();
  }

  private act(command: Command): Promise<void> {
    switch (command.type) {
      case "open-folder":
        return this.readFiles(command.files, command.name);
      case "open-weights":
        return this.readWeights(command.files.map(({ path, file }) => blobSource(path.replace(/^.*[\\/]/, ""), file)));
      case "survey":
      case "thumbnails":
      case "augment-preview":
      case "count-subset":
      case "library-keep":
      case "library-open":
      case "decompose":
        throw new Error(`This session does not answer "${command.type}" yet.`);
      case "prepare":
        return this.prepare(parsed(command.config));
      case "count":
        return this.count(command.config);
      case "start":
        return this.need().loop.start();
      case "pause":
        this.preparing?.abort(new Error("Stopped while preparing."));
        return this.active?.loop.pause() ?? Promise.resolve();
      case "step":
        return this.need().loop.step();
      case "stop":
        return this.need().loop.stop();
      case "reset":
        return this.reset();
      case "evaluate":
        return this.need().loop.evaluate();
      case "keep":
        return this.keepEvery(command.every);
      case "resume":
        return this.resume(command.from);
      case "library":
        return this.tellLibrary(command.persist ?? false);
      case "library-remove":
        return removeFromLibrary(this.keeper.need().store, command.id).then(() => this.tellLibrary(false));
      case "diagnose":
        return diagnose(command.device, this.probed, this.environment, (event) => this.tell(event));
      case "evidence":
        return this.measureEvidence();
      case "export":
        return this.export(command.what);
      case "race-prepare":
        return this.prepareRace(parsed(command.config), command.contestants);
      case "race-start":
        return this.needRace().start();
      case "race-pause":
        this.preparing?.abort(new Error("Stopped while preparing."));
        return this.race?.pause() ?? Promise.resolve();
      case "race-stop":
        return this.needRace().stop();
      default:
        return command satisfies never;
    }
  }

  private async count(config: RunConfig): Promise<void> {
    const told = { type: "counted", config, problem: "" } as const;
    try {
      const known = refusing(() => parseRunConfig(config));
      const source = refusing(() => this.source(known));
      this.tell({ ...told, parameters: groupEntries(checkedModel(known, source, this.environment.opened).layout) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.tell({ ...told, parameters: [], problem: error.message });
    }
  }

  private need(): Active {
    if (!this.active) throw new Error("No run is prepared. Choose a configuration and wait until it is ready.");
    return this.active;
  }

  private tell(event: RunEvent): void {
    this.record.add(event);
    this.listener(event);
  }

  private fail(error: Error): void {
    if (error.name === "AbortError") return;
    const refused = error instanceof Refusal ? ({ refused: true } as const) : {};
    this.tell({ type: "failed", message: error.message, detail: error.stack ?? "", recoverable: true, ...refused });
    this.tell({ type: "state", state: "failed", message: error.message });
  }

  private tellCatalogue(): void {
    this.tell({
      type: "catalogue",
      catalogue: buildCatalogue(
        this.probed,
        this.executor?.choice ?? null,
        this.folder ? [this.folder.entry] : [],
        this.environment.opened,
      ),
    });
  }

  /** One zip archive is read as the folder that it holds. */
  private async readFiles(files: readonly FolderFile[], name: string): Promise<void> {
    const [first, second] = files;
    const archive = first && !second && isZip(first.path) ? first : undefined;
    return this.readTree(archive ? await zipTree(blobSource(archive.path, archive.file)) : browserFiles(files), name);
  }

  private async readTree(tree: FileTree, name: string): Promise<void> {
    const { source, report } = await openData(tree, { name, seed: 0 });
    const entry: DataEntry = {
      id: "folder",
      label: source.name,
      help: "Your own images and labels. They stay on this machine.",
      tasks: source.tasks.map(({ task }) => task),
      legends: Object.fromEntries(
        source.tasks.map(({ task, classes = [] }) => [
          task,
          classes.map((name, i) => ({ name, color: classColour(i) })),
        ]),
      ),
      folders: source.folders ?? [],
      ...source.size,
    };
    this.folder = { source, entry };
    this.tell({ type: "data", entry, report });
    this.tellCatalogue();
  }

  private async readWeights(sources: readonly ByteSource[]): Promise<void> {
    const opened = await openBackbone(sources);
    this.environment = { ...this.environment, opened };
    const recognised = describeRecognised(opened.recognised);
    this.tell({ type: "weights", entry: openedEntry(opened), recognised, report: opened.report });
    this.tellCatalogue();
  }

  private source(config: RunConfig): DataSource {
    if (config.data.source === "folder") {
      if (!this.folder) throw new Error('data.source is "folder", but no folder was opened. Choose or drop one first.');
      return withOwnTasks(this.folder.source, config);
    }
    if (config.data.source !== "scenes")
      throw new Error(`data.source is "${config.data.source}"; known: scenes, folder.`);
    const size =
      config.input.imageSize || resolveBackbone(chosenBackbone(config.backbone, this.environment.opened)).imageSize;
    const { train, val } = scenesEntry;
    // Which scenes there are does not depend on the run's seed: runs of several seeds are measured on the same validation scenes.
    return scenesSource({
      size,
      train: Math.max(train, config.data.train),
      val: Math.max(val, config.data.val),
      seed: 0,
    });
  }

  private async openExecutor(choice: DeviceChoice): Promise<Executor> {
    const chosen = chooseExecutor(this.probed, choice);
    if (this.executor?.choice === chosen.entry.choice) return this.executor.engine;
    await this.executor?.engine.dispose();
    this.executor = null;
    const engine = await chosen.entry.open(this.environment.surroundings);
    this.executor = { choice: chosen.entry.choice, engine };
    void engine.lost.then((reason) => this.deviceLost(engine, reason));
    this.tellCatalogue();
    return engine;
  }

  private deviceLost(engine: Executor, reason: string): void {
    if (this.executor?.engine !== engine) return;
    this.executor = null;
    void this.active?.loop.dispose();
    this.active = null;
    this.fail(
      new Error(
        `The GPU device was lost (${reason}). Prepare again, or go on from the last checkpoint where one was kept.`,
      ),
    );
  }

  private executorInfo(choice: DeviceChoice): ExecutorInfo {
    const { choice: active, engine } = this.executor!;
    const probed = this.probed.find((p) => p.entry.choice === active)!;
    const reason = choice === "auto" ? probed.reason : "chosen by you";
    return { choice: active, description: engine.description, reason, available: true, active: true };
  }

  private async drop(): Promise<void> {
    const { active, race } = this;
    this.active = null;
    this.race = null;
    await active?.loop.dispose();
    await active?.run.dispose();
    await race?.dispose();
  }

  /** One at a time: a newer one stops the older and waits until it has let go of the executor. */
  private inTurn(build: (abort: AbortController) => Promise<void>): Promise<void> {
    this.preparing?.abort(replaced());
    const abort = new AbortController();
    this.preparing = abort;
    const work = this.prepared
      .then(async () => {
        abort.signal.throwIfAborted();
        await this.drop();
        await build(abort);
      })
      .finally(() => {
        if (this.preparing === abort) this.preparing = null;
      });
    this.prepared = work.catch(() => {});
    return work;
  }

  private needRace(): Race {
    if (!this.race) throw new Error("No race is prepared. Choose its contestants and wait until it is ready.");
    return this.race;
  }

  private prepareRace(config: RunConfig, ids: readonly string[]): Promise<void> {
    const contestants = refusing(() => raceContestants(ids));
    return this.inTurn(async ({ signal }) => {
      // The contestants' executors take the device's memory; the session's own is opened again by the next run.
      const idle = this.executor;
      this.executor = null;
      await idle?.engine.dispose();
      const source = refusing(() => this.source(config));
      const host: RaceHost = {
        environment: this.environment,
        openExecutor: () => this.openOwn(config.device),
        tell: (event) => {
          if (!signal.aborted) this.tell(event);
        },
        fail: (error) => this.fail(error),
      };
      try {
        this.race = await Race.prepare(host, config, contestants, source, signal);
      } catch (error) {
        const { message } = error as Error;
        if (!signal.aborted) this.tell({ type: "race-state", state: "failed", message });
        throw error;
      }
    });
  }

  private async openOwn(choice: DeviceChoice): ReturnType<RaceHost["openExecutor"]> {
    const { entry, reason } = chooseExecutor(this.probed, choice);
    const engine = await entry.open(this.environment.surroundings);
    const why = choice === "auto" ? reason : "chosen by you";
    const { description } = engine;
    return { engine, info: { choice: entry.choice, description, reason: why, available: true, active: true } };
  }

  private prepare(config: RunConfig): Promise<void> {
    return this.inTurn((abort) => {
      this.keeper.begin();
      return this.build({ config }, abort, null);
    });
  }

  private async keepEvery(every: number | null): Promise<void> {
    if (every !== null && !(Number.isSafeInteger(every) && every >= 0))
      throw new Error(`Checkpoints every ${every} steps: expected a whole number, 0 for only where the run rests.`);
    this.keeper.need();
    this.keeper.every = every;
  }

  private async tellLibrary(ask: boolean): Promise<void> {
    const persisted = (await this.environment.persisted?.(ask)) ?? true;
    this.tell(await libraryEvent(this.keeper.need().store, persisted));
  }

  private resume(from: Extract<Command, { type: "resume" }>["from"]): Promise<void> {
    return this.inTurn(async (abort) => {
      if ("run" in from) return this.build(await this.keeper.open(from.run), abort, from.run);
      this.keeper.begin();
      return this.build(
        refusing(() => readRunState(from.bytes)),
        abort,
        null,
      );
    });
  }

  /** `start`: the configuration of a new run, or the checkpoint of one that goes on, in the folder `folder`. */
  private async build(
    start: { readonly config: RunConfig } | RunState,
    abort: AbortController,
    folder: string | null,
  ): Promise<void> {
    const { config } = start;
    const kept = "states" in start ? start : null;
    const say = (message: string, progress: number): void => {
      if (!abort.signal.aborted) this.tell({ type: "state", state: "preparing", message, progress });
    };
    const source = refusing(() => this.source(config));
    checkedModel(config, source, this.environment.opened);
    say("Opening the device", 0);
    const executor = await this.openExecutor(config.device);
    const run = await prepareRun(config, source, executor, this.environment, say, abort.signal);
    say("Measuring a constant answer", 0.9);
    const baseline = await constantScores(run.parts.batches, run.parts.model.tasks);
    try {
      if (kept) run.restore(kept);
      abort.signal.throwIfAborted();
    } catch (error) {
      await run.dispose();
      throw error;
    }
    const theta = await run.theta();
    this.active = { run, loop: this.makeLoop(run, kept) };
    this.tell({
      type: "prepared",
      config,
      executor: this.executorInfo(config.device),
      sites: run.sites(),
      parameters: run.parameterCounts(),
      stepsPerEpoch: run.stepsPerEpoch,
      dispatches: run.dispatches(),
      memoryBytes: run.memoryBytes(),
      baseline,
    });
    if (kept) this.tellHistory(kept, folder, executor.description);
    this.tell({ type: "warps", step: kept?.step ?? 0, theta });
    this.tell({ type: "state", state: kept ? "paused" : "ready", message: "" });
  }

  private tellHistory({ step, history, device }: RunState, run: string | null, now: string): void {
    this.tell({ type: "resumed", run, step });
    if (device !== now) {
      const message = `This run was on ${device} so far and goes on on ${now}: from here on its numbers may differ in their last digits.`;
      this.tell({ type: "log", level: "warning", message });
    }
    for (const event of history) this.tell(event);
  }

  private async keep(run: PreparedRun, step: number): Promise<void> {
    const { config, baseHash, batches, executor } = run.parts;
    await this.keeper.keep(async () => ({
      config,
      baseHash,
      device: executor.description,
      images: batches.size,
      step,
      states: await run.states(),
      history: this.record.history(),
    }));
  }

  private makeLoop(run: PreparedRun, kept: RunState | null): Loop {
    const { steps, evaluateEvery } = run.parts.config.training;
    this.lastStepMs = 0;
    let lastDone = this.environment.now();
    return new Loop({
      steps,
      evaluateEvery,
      depth: () => (this.lastStepMs > LONG_STEP_MS ? 1 : 2),
      step: async (index) => {
        const issued = this.environment.now();
        await this.trainStep(run, index, steps, (now) => {
          const stepMs = now - Math.max(issued, lastDone);
          lastDone = now;
          return stepMs;
        });
        await nextTask();
      },
      evaluate: (done) => this.evaluate(run, done),
      ...(kept && { from: { done: kept.step, evaluatedAt: lastMeasured(kept) } }),
      keepEvery: () => this.keeper.every ?? 0,
      keep: (done) => this.keep(run, done),
      onState: (state, message) => this.tell({ type: "state", state, message }),
      onError: (error) => this.fail(error),
    });
  }

  private async trainStep(
    run: PreparedRun,
    index: number,
    steps: number,
    stepMs: (now: number) => number,
  ): Promise<void> {
    const { now } = this.environment;
    const withTheta = now() - this.lastWarps > WARPS_EVERY_MS || index + 1 === steps;
    if (withTheta) this.lastWarps = now();
    const { theta, ...numbers } = await run.step(index, withTheta);
    this.lastStepMs = stepMs(now());
    this.tell({ type: "step", ...numbers, stepMs: this.lastStepMs });
    if (!Number.isFinite(numbers.total))
      throw new Error(`The loss of step ${numbers.step} is ${numbers.total}. Lower the learning rates, then Reset.`);
    if (theta) this.tell({ type: "warps", step: numbers.step, theta });
    if (now() - this.lastPictures > PICTURES_EVERY_MS + 10 * this.lastStepMs) {
      this.lastPictures = now();
      this.tell({ type: "predictions", step: numbers.step, samples: await run.predictions() });
    }
  }

  private async evaluate(run: PreparedRun, step: number): Promise<void> {
    const started = this.environment.now();
    const { metrics, images, samples } = await run.evaluate((progress) =>
      this.tell({ type: "state", state: "evaluating", message: "Evaluating", progress }),
    );
    this.tell({ type: "evaluation", step, metrics, images, ms: this.environment.now() - started });
    this.tell({ type: "warps", step, theta: await run.theta() });
    this.tell({ type: "predictions", step, samples });
    this.lastPictures = this.environment.now();
  }

  private async reset(): Promise<void> {
    const active = this.need();
    await active.loop.dispose();
    active.run.reset();
    this.keeper.begin();
    active.loop = this.makeLoop(active.run, null);
    this.tell({ type: "reset" });
    this.tell({ type: "warps", step: 0, theta: await active.run.theta() });
    this.tell({ type: "state", state: "ready", message: "" });
  }

  /** Between steps; a run that was going goes on afterwards. */
  private async measureEvidence(): Promise<void> {
    const { run, loop } = this.need();
    const wasRunning = loop.state === "running";
    await loop.pause();
    const { state } = loop;
    this.tell({ type: "state", state: "evaluating", message: "Measuring what training did to the weights" });
    try {
      this.tell({ type: "evidence", evidence: await run.evidence(loop.position, this.environment.svd) });
    } finally {
      this.tell({ type: "state", state, message: "" });
    }
    if (wasRunning) await loop.start();
  }

  /** Between steps; a run that was going goes on afterwards. */
  private async export(what: string): Promise<void> {
    const { run, loop } = this.need();
    refusing(() => checkExport(what));
    const wasRunning = loop.state === "running";
    await loop.pause();
    if (loop.state === "finished") this.record.finish("finished");
    const { surroundings } = this.environment;
    const files = await exportFiles(what, { run, record: this.record, surroundings });
    for (const { path, mime, bytes } of files)
      this.tell({ type: "artefact", name: path, mime, bytes: new Uint8Array(bytes) });
    this.tell({ type: "exported", what, files: files.length });
    if (wasRunning) await loop.start();
  }
}
