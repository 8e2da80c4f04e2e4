/**
 * The training loop as a state machine. It knows no executor, no task and no clock of its own: steps and evaluations are
 * functions handed in, so it can be tested without a model.
 *
 * Commands act between steps. Up to `depth` steps are in flight, so that a GPU never waits for the page; a pause lets those
 * in flight finish and starts no other ("stops within a step": depth is 1 where steps are long). Where one fails, those in flight behind it
 * are waited for, what is good is kept, and the first error is told.
 */
import { DeviceError } from "../exec/executor";

export type LoopState = "ready" | "running" | "paused" | "evaluating" | "finished" | "failed";

export interface LoopParts {
  /** Optimiser steps of the whole run. */
  readonly steps: number;
  /** Steps between evaluations, asked before each step is issued and after; 0: only before the first step and after the last. */
  evaluateEvery(): number;
  /**
   * Issues optimiser step `index` (0-based); resolves when its numbers are back. Calls are made in order. Where a step fails, those that were
   * issued behind it must fail too, so that the states are those of the last step that is done.
   */
  step(index: number): Promise<void>;
  /** Measures after `done` steps. No step is in flight while it runs. */
  evaluate(done: number): Promise<void>;
  onState(state: LoopState, message: string): void;
  onError(error: Error): void;
  /** Most steps in flight, asked before each is issued. */
  depth(): number;
  /** Where a run goes on: steps done, and after which step it was last measured. */
  readonly from?: { readonly done: number; readonly evaluatedAt: number };
  /** Steps between two calls of `keep` while running, asked after each step; 0: none. */
  keepEvery?(): number;
  /** Keeps the run after `done` steps, also wherever it comes to rest or fails by no fault of the device. No step is in flight while it runs. */
  keep?(done: number): Promise<void>;
  /** Called where the run comes to rest after `done` steps, before that is told: what is shown is to be of this step. */
  settle?(done: number): Promise<void>;
}

type Wish = "run" | "one" | "pause" | "stop";

export class Loop {
  private wish: Wish = "pause";
  private done: number;
  private issued: number;
  private evaluatedAt: number;
  private keptAt: number;
  private driving: Promise<void> | null = null;
  private disposed = false;
  private readonly inFlight: Promise<void>[] = [];
  private evaluation: Promise<void> | null = null;
  /** Asides that wait or are under way, and the last of them. */
  private asides = 0;
  private lastAside: Promise<unknown> = Promise.resolve();
  /** What the loop does once no aside is left; null: it rests. */
  private afterwards: Exclude<Wish, "pause"> | null = null;
  state: LoopState;

  constructor(private readonly parts: LoopParts) {
    const { done, evaluatedAt } = parts.from ?? { done: 0, evaluatedAt: -1 };
    this.state = parts.from ? "paused" : "ready";
    this.done = done;
    this.issued = done;
    this.keptAt = done;
    this.evaluatedAt = evaluatedAt;
  }

  /** Steps done. */
  get position(): number {
    return this.done;
  }

  /** The first step that has not begun, 0-based: what is changed now feeds it. */
  get next(): number {
    return this.issued;
  }

  start(): Promise<void> {
    return this.drive("run");
  }

  /** One step, then paused. */
  step(): Promise<void> {
    return this.drive("one");
  }

  /** Resolves once no step is in flight. */
  async pause(): Promise<void> {
    this.afterwards = null;
    await this.hold();
  }

  /** Ends the run early: evaluates and finishes. */
  stop(): Promise<void> {
    if (this.state === "finished" || this.state === "failed") return Promise.resolve();
    return this.drive("stop");
  }

  /**
   * Does something between two steps; a run that is going goes on afterwards, unless it is paused meanwhile, and one that is started meanwhile
   * begins afterwards. One after the other. Rejects as soon as `work` does; else it resolves when the run rests again.
   */
  async aside(work: () => Promise<void>): Promise<void> {
    this.asides++;
    const turn = this.lastAside.then(() => this.between(work));
    this.lastAside = turn.catch(() => {});
    const { goingOn } = await turn;
    await goingOn;
  }

  /** Evaluates now, as `aside` does its work. Asked for twice at once, it is done once. */
  evaluate(): Promise<void> {
    this.evaluation ??= this.aside(() => this.measureNow());
    return this.evaluation;
  }

  private async between(work: () => Promise<void>): Promise<{ readonly goingOn: Promise<void> | null }> {
    if (this.wish === "run" && this.driving) this.afterwards = "run";
    await this.hold();
    let goingOn: Promise<void> | null = null;
    try {
      await work();
    } finally {
      this.asides--;
      const wish = this.afterwards;
      if (this.asides === 0 && !wish) await this.settle();
      if (this.asides === 0 && wish) {
        this.afterwards = null;
        goingOn = this.drive(wish);
      }
    }
    return { goingOn };
  }

  private async measureNow(): Promise<void> {
    const rests = this.is("finished") ? "finished" : "paused";
    await this.guard(() => this.measure(true));
    this.evaluation = null;
    if (!this.is("failed") && this.afterwards === null) this.become(rests, "");
  }

  private async hold(): Promise<void> {
    if (this.wish === "run" || this.wish === "one") this.wish = "pause";
    await this.driving;
  }

  /** No further event comes from this loop; resolves once nothing is in flight. */
  async dispose(): Promise<void> {
    this.disposed = true;
    await this.pause();
    await this.lastAside;
  }

  private is(state: LoopState): boolean {
    return this.state === state;
  }

  private async drive(wish: Exclude<Wish, "pause">): Promise<void> {
    if (this.is("finished") || this.is("failed") || this.disposed) return;
    if (this.asides > 0) {
      this.afterwards = wish;
      await this.lastAside;
      await this.driving;
      return;
    }
    this.wish = wish;
    this.driving ??= this.guard(() => this.work()).finally(() => {
      this.driving = null;
    });
    await this.driving;
  }

  private async guard(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      await this.fail(error as Error);
    }
  }

  private async fail(error: Error): Promise<void> {
    await Promise.allSettled(this.inFlight.splice(0));
    this.issued = this.done;
    // A disk that fails too must not hide the first error.
    if (!this.disposed && !(error instanceof DeviceError)) await this.keep().catch(() => {});
    this.become("failed", error.message);
    if (!this.disposed) this.parts.onError(error);
  }

  private async work(): Promise<void> {
    if (this.isDue(this.parts.evaluateEvery()) && this.wish !== "stop") await this.measure(false);
    this.become("running", "");
    await this.runSteps();
    if (this.done >= this.parts.steps || this.wish === "stop") {
      await this.measure(false);
      await this.rest();
      this.become(
        "finished",
        this.done < this.parts.steps ? `Stopped after ${this.done} of ${this.parts.steps} steps.` : "",
      );
    } else {
      await this.rest();
      this.become("paused", "");
    }
  }

  private async rest(): Promise<void> {
    await this.keep();
    await this.settle();
  }

  /** An aside is no rest: the loop may go on after it. */
  private async settle(): Promise<void> {
    if (this.asides === 0 && !this.disposed && !this.is("failed")) await this.parts.settle?.(this.done);
  }

  private isDue(every: number): boolean {
    return this.issued === 0 || (every > 0 && this.issued % every === 0 && this.issued < this.parts.steps);
  }

  private async keep(): Promise<void> {
    if (this.keptAt === this.done) return;
    this.keptAt = this.done;
    await this.parts.keep?.(this.done);
  }

  private async runSteps(): Promise<void> {
    const { steps } = this.parts;
    while (this.wants() && this.issued < steps) {
      while (this.inFlight.length >= Math.max(1, this.parts.depth())) await this.takeOne();
      if (!this.wants()) break;
      this.issue();
      if (this.wish === "one") this.wish = "pause";
      const [measures, keeps] = [this.isDue(this.parts.evaluateEvery()), this.isDue(this.parts.keepEvery?.() ?? 0)];
      if (!measures && !keeps) continue;
      await this.takeAll();
      if (measures) {
        await this.measure(false);
        this.become("running", "");
      }
      if (keeps) await this.keep();
    }
    await this.takeAll();
  }

  private issue(): void {
    const step = this.parts.step(this.issued++);
    // Its failure is heard when its turn comes; until then it must not end the program.
    step.catch(() => {});
    this.inFlight.push(step);
  }

  private async takeOne(): Promise<void> {
    await this.inFlight.shift();
    this.done++;
  }

  private async takeAll(): Promise<void> {
    while (this.inFlight.length > 0) await this.takeOne();
  }

  private wants(): boolean {
    return !this.disposed && (this.wish === "run" || this.wish === "one");
  }

  private async measure(again: boolean): Promise<void> {
    if (this.disposed || (this.evaluatedAt === this.done && !again)) return;
    this.become("evaluating", "");
    await this.parts.evaluate(this.done);
    this.evaluatedAt = this.done;
  }

  private become(state: LoopState, message: string): void {
    this.state = state;
    if (!this.disposed) this.parts.onState(state, message);
  }
}
