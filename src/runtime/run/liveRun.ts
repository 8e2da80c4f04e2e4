/**
 * A run at work: prepared, on an executor, telling what it does and keeping it. When it takes its steps is a group's to say (group.ts). Everything
 * here is told under the run's id.
 */

import type { ExecutorInfo } from "../../contracts/catalogue";
import { configAt, heldConfig } from "../../contracts/changes";
import type { CheckpointKind, RunId } from "../../contracts/run";
import type { RunConfig, TaskId } from "../../contracts/runConfig";
import type { EventOfRun, RunInputs, RunState, SamplePictures, TaskMetrics } from "../../contracts/runEvent";
import type { RunState as Checkpoint } from "../../core/checkpoint/runState";
import { DeviceError } from "../../core/exec/executor";
import type { RunRecord } from "./artefacts";
import { BestSoFar } from "./bestSoFar";
import type { Checkpoints } from "./checkpoints";
import type { MetricsByTask } from "./evaluation";
import { NonFiniteSteps } from "./nonFiniteSteps";
import type { PreparedRun, Shown } from "./prepare/preparedRun";

/** Warps and pictures are told at most this often while training. */
const WARPS_EVERY_MS = 250;
const PICTURES_EVERY_MS = 4000;

/** What is told of a run, without its id. */
type Told = EventOfRun extends infer E ? (E extends EventOfRun ? Omit<E, "run"> : never) : never;

export interface LiveRunParts {
  readonly run: RunId;
  readonly prepared: PreparedRun;
  readonly info: ExecutorInfo;
  readonly inputs: RunInputs;
  readonly baseline: MetricsByTask;
  /** What it told so far: its exports and its checkpoints take it from there. */
  readonly record: RunRecord;
  /** Absent: nothing of it is kept. */
  readonly checkpoints?: Checkpoints;
  /** Steps between checkpoints; 0: only where it rests; null: none. */
  keepEvery(): number | null;
  /** Pictures of what it predicts. */
  draw(shown: readonly Shown[]): readonly SamplePictures[];
  /** Whether its record wants the warps after this step. */
  wantsWarps(step: number): boolean;
  tell(event: EventOfRun): void;
  log(level: "info" | "warning", message: string): void;
  now(): number;
  /** Lets go of what the run held beside its plans. */
  onDispose(): Promise<void>;
}

export class LiveRun {
  /** Of the last step, without what overlapped it. */
  lastStepMs = 0;
  /** The step after which early stopping ended it; null: it takes further steps. */
  endedAt: number | null = null;
  /** It is told no further. */
  failed = false;
  /** The step whose states were stored last; -1: none. */
  keptAt = -1;
  private lastDone: number;
  private lastWarps = Number.NEGATIVE_INFINITY;
  private lastPictures = Number.NEGATIVE_INFINITY;
  private toldWarps = -1;
  private toldPictures = -1;
  private failure: Error | null = null;
  private readonly nonFinite: NonFiniteSteps;
  private readonly best: BestSoFar;

  constructor(readonly parts: LiveRunParts) {
    this.lastDone = parts.now();
    this.nonFinite = new NonFiniteSteps(parts.prepared.config.training.onNonFinite);
    this.best = new BestSoFar(parts.prepared.parts.model.tasks, parts.baseline, parts.record.measured());
  }

  get run(): RunId {
    return this.parts.run;
  }

  get prepared(): PreparedRun {
    return this.parts.prepared;
  }

  get config(): RunConfig {
    return this.prepared.config;
  }

  /** What is to be said of what it starts from. */
  get notes(): readonly string[] {
    return this.prepared.parts.adapted?.notes ?? [];
  }

  /** Whether it is known as it was before its first step: not where it began from an adapter that was not there when it went on. */
  get isResettable(): boolean {
    return !this.failed && (!this.config.adapter || this.prepared.parts.adapted !== undefined);
  }

  /** Another run at its first step, with what this one has prepared; this one is not to be used any more. */
  restarted(
    as: Pick<LiveRunParts, "run" | "record" | "wantsWarps" | "onDispose"> & Partial<Pick<LiveRunParts, "checkpoints">>,
  ): LiveRun {
    this.prepared.reset(heldConfig(this.config));
    const { checkpoints: _, ...parts } = this.parts;
    return new LiveRun({ ...parts, ...as });
  }

  tell(event: Told): void {
    this.parts.tell({ ...event, run: this.run } as EventOfRun);
  }

  tellState(state: RunState, message = "", progress?: number): void {
    this.tell({ type: "state", state, message, ...(progress !== undefined && { progress }) });
  }

  tellPrepared(): void {
    const { prepared, info, baseline, inputs } = this.parts;
    this.tell({
      type: "prepared",
      config: this.config,
      executor: info,
      sites: prepared.sites(),
      parameters: prepared.parameterCounts(),
      stepsPerEpoch: prepared.stepsPerEpoch,
      dispatches: prepared.dispatches(),
      memoryBytes: prepared.memoryBytes(),
      baseline,
      inputs,
    });
  }

  /** Optimiser step `index`, 0-based. Steps in flight behind one that ended the run were skipped with it, and are not told. @throws where the run is to stop. */
  async step(index: number): Promise<void> {
    const issued = this.parts.now();
    const withTheta =
      issued - this.lastWarps > WARPS_EVERY_MS ||
      index + 1 === this.config.training.steps ||
      this.parts.wantsWarps(index + 1);
    if (withTheta) this.lastWarps = issued;
    const { theta, ...numbers } = await this.prepared.step(index, withTheta);
    const done = this.parts.now();
    // Steps overlap: what came before is not this one's time.
    this.lastStepMs = done - Math.max(issued, this.lastDone);
    this.lastDone = done;
    if (this.failure) throw this.failure;
    this.tell({ type: "step", ...numbers, stepMs: this.lastStepMs });
    this.judge(numbers);
    if (theta) this.tellWarps(numbers.step, theta);
    if (done - this.lastPictures > PICTURES_EVERY_MS + 10 * this.lastStepMs) await this.tellPictures(numbers.step);
  }

  /** A run that skips waits for the verdict on each step, so that none is in flight when it stops. */
  get skips(): boolean {
    return this.nonFinite.inARow > 0;
  }

  private judge(numbers: Parameters<NonFiniteSteps["judge"]>[0]): void {
    try {
      const message = this.nonFinite.judge(numbers);
      if (message !== null) this.parts.log("warning", message);
    } catch (error) {
      this.failure = error as Error;
      throw error;
    }
  }

  /** Measures after `done` steps; keeps the best checkpoint, and ends a run that has not become better for as long as its setting says. */
  async evaluate(done: number): Promise<void> {
    const started = this.parts.now();
    const { metrics, images, shown } = await this.prepared.evaluate((progress) =>
      this.tellState("evaluating", "Evaluating", progress),
    );
    this.tell({ type: "evaluation", step: done, metrics, images, ms: this.parts.now() - started });
    this.tellWarps(done, await this.prepared.theta());
    this.tell({ type: "predictions", step: done, samples: this.parts.draw(shown) });
    this.toldPictures = done;
    this.lastPictures = this.parts.now();
    await this.judgeProgress(done, metrics);
  }

  private async judgeProgress(done: number, metrics: Readonly<Partial<Record<TaskId, TaskMetrics>>>): Promise<void> {
    const { bestMetric, earlyStopping, steps } = configAt(this.config, done).training;
    const isBest = this.best.take({ step: done, metrics }, bestMetric);
    if (isBest && done > 0) await this.keep(done, "best");
    if (earlyStopping === 0 || this.best.evaluationsSince < earlyStopping || done >= steps) return;
    this.endedAt = done;
    this.parts.log(
      "info",
      `Stopped early: none of the last ${this.best.evaluationsSince} evaluations was better than that of step ${this.best.step}.`,
    );
  }

  /** Tells the warps and pictures of the step where the run rests, where they are of an older one. */
  async settle(done: number): Promise<void> {
    if (this.toldWarps !== done) this.tellWarps(done, await this.prepared.theta());
    if (this.toldPictures !== done) await this.tellPictures(done);
  }

  async tellWarpsNow(done: number): Promise<void> {
    this.tellWarps(done, await this.prepared.theta());
  }

  private tellWarps(step: number, theta: Float32Array): void {
    this.toldWarps = step;
    this.tell({ type: "warps", step, theta });
  }

  /** The step is done: an image that cannot be read costs its pictures alone. */
  private async tellPictures(step: number): Promise<void> {
    this.lastPictures = this.parts.now();
    try {
      this.tell({ type: "predictions", step, samples: this.parts.draw(await this.prepared.predictions()) });
      this.toldPictures = step;
    } catch (error) {
      if (error instanceof DeviceError) throw error;
      this.parts.log("warning", `No predictions are shown after step ${step}: ${(error as Error).message}`);
    }
  }

  /** A live field feeds the steps from `step` on, 0-based. @throws where the field is not live or its value is none. */
  change(step: number, field: string, value: unknown): void {
    this.prepared.change({ step, field, value });
    this.tell({ type: "changed", step, field, value });
  }

  /** Never rejects: a disk that is full must not end a run. */
  async keep(done: number, kind: CheckpointKind = "newest"): Promise<void> {
    const { checkpoints, keepEvery } = this.parts;
    if (!checkpoints || keepEvery() === null) return;
    try {
      const bytes = await checkpoints.keep(await this.checkpoint(done), kind);
      if (kind === "newest") this.keptAt = done;
      this.tell({ type: "checkpoint", kind, step: done, bytes });
    } catch (error) {
      this.parts.log(
        "warning",
        `The checkpoint could not be kept (${(error as Error).message}) Training goes on; make room in the library.`,
      );
    }
  }

  /** What its next step depends on. No step may be in flight. */
  async checkpoint(done: number): Promise<Omit<Checkpoint, "sequence">> {
    const { baseHash, batches, executor } = this.prepared.parts;
    return {
      config: this.config,
      baseHash,
      device: executor.description,
      images: batches.size,
      needs: this.parts.inputs,
      step: done,
      states: await this.prepared.states(),
      history: this.parts.record.history().filter((event) => event.step <= done),
    };
  }

  async dispose(): Promise<void> {
    await this.prepared.dispose();
    await this.parts.onDispose();
  }
}
