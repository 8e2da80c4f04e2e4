/** The loop of a prepared run, and what it tells while it goes: steps, warps, pictures, evaluations. */
import type { SamplePictures } from "../../contracts/runEvent";
import type { RunState } from "../../core/checkpoint/runState";
import { Loop } from "../../core/train/loop";
import { nextTask } from "../platform/nextTask";
import type { Host } from "../session/host";
import type { PreparedRun } from "./prepare/preparedRun";

/** Warps and pictures are sent at most this often while training. */
const WARPS_EVERY_MS = 250;
const PICTURES_EVERY_MS = 4000;
/** Steps longer than this are not queued behind each other, so that a pause comes within one step. */
const LONG_STEP_MS = 200;

export interface RunLoopParts {
  readonly host: Host;
  readonly run: PreparedRun;
  /** Where the run goes on; null: from its first step. */
  readonly kept: RunState | null;
  keepEvery(): number;
  keep(done: number): Promise<void>;
}

const lastMeasured = ({ history }: RunState): number =>
  history.findLast(({ type }) => type === "evaluation")?.step ?? -1;

export function runLoop(parts: RunLoopParts): Loop {
  const { host, run, kept, keepEvery, keep } = parts;
  const { steps, evaluateEvery } = run.parts.config.training;
  const telling = new Telling(host, run);
  return new Loop({
    steps,
    evaluateEvery,
    depth: () => (telling.lastStepMs > LONG_STEP_MS ? 1 : 2),
    step: async (index) => {
      await telling.step(index, steps);
      await nextTask();
    },
    evaluate: (done) => telling.evaluate(done),
    ...(kept && { from: { done: kept.step, evaluatedAt: lastMeasured(kept) } }),
    keepEvery,
    keep,
    rest: (done) => telling.rest(done),
    onState: (state, message) => host.tell({ type: "state", state, message }),
    onError: (error) => host.fail(error),
  });
}

class Telling {
  lastStepMs = 0;
  private lastDone: number;
  private lastWarps = 0;
  private lastPictures = 0;
  /** Steps whose warps and pictures were told last. */
  private readonly told = { warps: -1, pictures: -1 };

  constructor(
    private readonly host: Host,
    private readonly run: PreparedRun,
  ) {
    this.lastDone = this.now();
  }

  private now(): number {
    return this.host.platform.now();
  }

  async step(index: number, steps: number): Promise<void> {
    const issued = this.now();
    const withTheta = issued - this.lastWarps > WARPS_EVERY_MS || index + 1 === steps;
    if (withTheta) this.lastWarps = issued;
    const { theta, ...numbers } = await this.run.step(index, withTheta);
    const done = this.now();
    // Steps overlap: what came before is not this one's time.
    this.lastStepMs = done - Math.max(issued, this.lastDone);
    this.lastDone = done;
    this.host.tell({ type: "step", ...numbers, stepMs: this.lastStepMs });
    if (!Number.isFinite(numbers.total))
      throw new Error(`The loss of step ${numbers.step} is ${numbers.total}. Lower the learning rates, then Reset.`);
    if (theta) this.tellWarps(numbers.step, theta);
    if (this.now() - this.lastPictures > PICTURES_EVERY_MS + 10 * this.lastStepMs) {
      this.lastPictures = this.now();
      this.tellPictures(numbers.step, await this.run.predictions());
    }
  }

  /** A page at rest shows one step: what is older than the last one is told anew. */
  async rest(step: number): Promise<void> {
    if (step === 0) return;
    if (this.told.warps !== step) this.tellWarps(step, await this.run.theta());
    if (this.told.pictures !== step) this.tellPictures(step, await this.run.predictions());
  }

  private tellWarps(step: number, theta: Float32Array): void {
    this.told.warps = step;
    this.host.tell({ type: "warps", step, theta });
  }

  private tellPictures(step: number, samples: readonly SamplePictures[]): void {
    this.told.pictures = step;
    this.host.tell({ type: "predictions", step, samples });
  }

  async evaluate(step: number): Promise<void> {
    const started = this.now();
    const { metrics, images, samples } = await this.run.evaluate((progress) =>
      this.host.tell({ type: "state", state: "evaluating", message: "Evaluating", progress }),
    );
    this.host.tell({ type: "evaluation", step, metrics, images, ms: this.now() - started });
    this.tellWarps(step, await this.run.theta());
    this.tellPictures(step, samples);
    this.lastPictures = this.now();
  }
}
