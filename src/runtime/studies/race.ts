/**
 * A race: several methods in lock-step on the same images. Each has an executor of its own, since executors keep states by name; a step is
 * one step of each in turn, and all are measured after the same steps.
 */

import type { ExecutorInfo } from "../../contracts/catalogue";
import { RACE_LIMIT } from "../../contracts/command";
import type { RunConfig } from "../../contracts/runConfig";
import type { RaceContestant, RaceStep, RunEvent } from "../../contracts/runEvent";
import type { DataSource } from "../../contracts/sample";
import type { Executor } from "../../core/exec/executor";
import { accounting } from "../../core/model/accounting";
import { Loop } from "../../core/train/loop";
import { nextTask } from "../platform/nextTask";
import type { Platform } from "../platform/platform";
import { constantScores } from "../run/evaluation";
import { prepareRun } from "../run/prepare/prepare";
import type { PreparedRun } from "../run/prepare/preparedRun";
import { checkedModel } from "../run/prepare/refusal";
import { type Contestant, contestantConfig, findContestants } from "./compare/contestants";
import { keepSamples } from "./compare/views";

/** What a race needs of its session. */
export interface RaceHost {
  readonly platform: Platform;
  /** One that nobody else uses. */
  openExecutor(): Promise<{ readonly engine: Executor; readonly info: ExecutorInfo }>;
  tell(event: RunEvent): void;
  fail(error: Error): void;
}

interface Racer {
  readonly contestant: Contestant;
  readonly executor: Executor;
  readonly info: ExecutorInfo;
  readonly run: PreparedRun;
  /** The loss has stopped being a number: no further step, no metrics. */
  diverged: boolean;
}

/** @throws where there are none or too many, an id is unknown or named twice, or one is several models. */
export function raceContestants(ids: readonly string[]): readonly Contestant[] {
  if (ids.length === 0 || ids.length > RACE_LIMIT)
    throw new Error(
      `A race has 1 to ${RACE_LIMIT} contestants, since each holds a model in memory; ${ids.length} came${ids.length === 0 ? "" : `: ${ids.join(", ")}`}. Take ${ids.length === 0 ? "some" : `${ids.length - RACE_LIMIT} away`}.`,
    );
  const found = findContestants(ids);
  const several = found.find(({ perTask }) => perTask);
  if (several)
    throw new Error(
      `"${several.id}" is one model for each task and cannot race; npm run compare trains such models one after the other.`,
    );
  return found;
}

export class Race {
  private readonly loop: Loop;
  private disposed = false;

  private constructor(
    private readonly host: RaceHost,
    private readonly racers: readonly Racer[],
    { steps, evaluateEvery }: RunConfig["training"],
  ) {
    this.loop = new Loop({
      steps,
      evaluateEvery,
      depth: () => 1,
      step: (index) => this.step(index),
      evaluate: (done) => this.evaluate(done),
      onState: (state, message) => host.tell({ type: "race-state", state, message }),
      onError: (error) => host.fail(error),
    });
    for (const { contestant, executor } of racers)
      void executor.lost.then((reason) => {
        if (this.disposed) return;
        void this.dispose();
        host.tell({ type: "race-state", state: "failed", message: "The GPU device was lost." });
        host.fail(new Error(`${contestant.label} lost its GPU device (${reason}). Prepare the race again.`));
      });
  }

  /** @throws where a contestant cannot be prepared, by its name; what was prepared before it is let go. */
  static async prepare(
    host: RaceHost,
    config: RunConfig,
    contestants: readonly Contestant[],
    source: DataSource,
    signal: AbortSignal,
  ): Promise<Race> {
    for (const contestant of contestants)
      checkedModel(contestantConfig(config, contestant), source, host.platform.opened);
    const racers: Racer[] = [];
    try {
      const kept = keepSamples(source);
      for (const [i, contestant] of contestants.entries()) {
        const say = (message: string, fraction: number): void =>
          host.tell({
            type: "race-state",
            state: "preparing",
            message: `${contestant.label}: ${message}`,
            progress: (i + fraction) / contestants.length,
          });
        racers.push(await prepareRacer(host, contestant, contestantConfig(config, contestant), kept, say, signal));
      }
      const { batches, model } = racers[0]!.run.parts;
      const baseline = await constantScores(batches, model.tasks);
      signal.throwIfAborted();
      const told = { config, executor: racers[0]!.info, contestants: racers.map(describe), baseline };
      host.tell({ type: "race-prepared", ...told });
      host.tell({ type: "race-state", state: "ready", message: "" });
      return new Race(host, racers, config.training);
    } catch (error) {
      await dispose(racers);
      throw error;
    }
  }

  /** Resolves when the race pauses or ends. */
  start(): Promise<void> {
    return this.loop.start();
  }

  pause(): Promise<void> {
    return this.loop.pause();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    await this.loop.dispose();
    await dispose(this.racers);
  }

  private async step(index: number): Promise<void> {
    const contestants: RaceStep[] = [];
    for (const racer of this.racers) {
      contestants.push(await this.stepOf(racer, index));
      await nextTask();
    }
    this.host.tell({ type: "race-step", step: index + 1, contestants });
    if (this.racers.every(({ diverged }) => diverged))
      throw new Error(`The losses of all contestants have diverged at step ${index + 1}. Lower the learning rates.`);
  }

  private async stepOf(racer: Racer, index: number): Promise<RaceStep> {
    const { contestant, run } = racer;
    if (racer.diverged) return { id: contestant.id, losses: {}, total: Number.NaN, stepMs: 0 };
    const started = this.host.platform.now();
    const { losses, total } = await run.step(index, false);
    racer.diverged = !Number.isFinite(total);
    return { id: contestant.id, losses, total, stepMs: this.host.platform.now() - started };
  }

  private async evaluate(step: number): Promise<void> {
    const { now } = this.host.platform;
    const started = now();
    const contestants = [];
    for (const [i, { contestant, run, diverged }] of this.racers.entries()) {
      const onProgress = (fraction: number): void =>
        this.host.tell({
          type: "race-state",
          state: "evaluating",
          message: `Evaluating ${contestant.label}`,
          progress: (i + fraction) / this.racers.length,
        });
      contestants.push({ id: contestant.id, metrics: diverged ? {} : (await run.evaluate(onProgress)).metrics });
    }
    const images = this.racers[0]!.run.parts.batches.size.val;
    this.host.tell({ type: "race-evaluation", step, images, contestants, ms: now() - started });
  }
}

async function prepareRacer(
  { platform, openExecutor }: RaceHost,
  contestant: Contestant,
  config: RunConfig,
  source: DataSource,
  say: (message: string, fraction: number) => void,
  signal: AbortSignal,
): Promise<Racer> {
  signal.throwIfAborted();
  say("opening the device", 0);
  const { engine, info } = await openExecutor();
  try {
    const run = await prepareRun(config, source, engine, platform, say, signal);
    return { contestant, executor: engine, info, run, diverged: false };
  } catch (error) {
    await engine.dispose();
    throw error;
  }
}

function describe({ contestant, run }: Racer): RaceContestant {
  const { model, config } = run.parts;
  const { trainedBackbone, trainedDecoders } = accounting(model.layout);
  return {
    id: contestant.id,
    label: contestant.label,
    parameters: run.parameterCounts(),
    trainedBackbone,
    trainedDecoders,
    learningRates: config.training.learningRate,
    memoryBytes: run.memoryBytes(),
  };
}

async function dispose(racers: readonly Racer[]): Promise<void> {
  for (const { run, executor } of racers) {
    await run.dispose();
    await executor.dispose();
  }
}
