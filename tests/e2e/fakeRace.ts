/** A race that computes nothing: plausible events in the order of the real one. */
import type { Catalogue } from "../../src/contracts/catalogue";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { RaceContestant, RunEvent, RunState } from "../../src/contracts/runEvent";
import { finalMetric, firstLoss, noise } from "./fakeNumbers";

interface FakeRace {
  prepare(config: RunConfig, ids: readonly string[]): void;
  start(): void;
  pause(): void;
  stop(): void;
  end(): void;
}

/** Every contestant of a race learns at a pace of its own; the last of four or more diverges at step 30. */
const DIVERGES_AT = 30;

function contestant(catalogue: Catalogue, config: RunConfig, id: string, index: number): RaceContestant {
  const trained = [2_300_000, 61_000, 118_000, 240_000, 4_032, 900_000][index]!;
  return {
    id,
    label: catalogue.contestants.find((entry) => entry.id === id)!.label,
    parameters: [{ id: "norm", label: "layer norms", trained: 4032, total: 4032 }],
    trainedBackbone: trained,
    trainedDecoders: 61_440,
    learningRates: config.training.learningRate,
    memoryBytes: (80 + 9 * index) * 2 ** 20,
  };
}

export function fakeRace(catalogue: Catalogue, tell: (event: RunEvent) => void, stepMs: number): FakeRace {
  let config: RunConfig | null = null;
  let ids: readonly string[] = [];
  let step = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  const random = noise(3);
  const become = (state: RunState, message = "", progress?: number): void =>
    tell({ type: "race-state", state, message, ...(progress === undefined ? {} : { progress }) });
  const done = (): number => step / config!.training.steps;
  const pace = (index: number): number => 4 - 0.6 * index;

  const evaluate = (): void => {
    const contestants = ids.map((id, index) => ({
      id,
      metrics: Object.fromEntries(
        config!.tasks.map((task) => {
          const [from, to] = finalMetric[task]!;
          const value = from + (to - from) * (1 - Math.exp(-pace(index) * done())) * (1 + 0.04 * random());
          return [task, { [catalogue.tasks.find((entry) => entry.id === task)!.metric]: value }];
        }),
      ),
    }));
    tell({ type: "race-evaluation", step, images: config!.data.val, contestants, ms: 2400 });
  };
  const takeStep = (): void => {
    step++;
    const contestants = ids.map((id, index) => {
      const broken = index >= 3 && index === ids.length - 1 && step >= DIVERGES_AT;
      const fall = 0.2 + 0.8 * Math.exp(-pace(index) * done());
      const losses = Object.fromEntries(
        config!.tasks.map((task) => [task, broken ? Number.NaN : firstLoss[task]! * fall * (1 + 0.2 * random())]),
      );
      const total = Object.values(losses).reduce((sum, loss) => sum + loss, 0);
      return { id, losses, total, stepMs: stepMs * (1 + 0.3 * index + 0.1 * random()) };
    });
    tell({ type: "race-step", step, contestants });
    const { steps, evaluateEvery } = config!.training;
    if (step >= steps) finish("");
    else if (evaluateEvery > 0 && step % evaluateEvery === 0) evaluate();
  };
  const finish = (message: string): void => {
    clearInterval(timer);
    evaluate();
    become("finished", message);
  };
  return {
    prepare(next, chosen) {
      clearInterval(timer);
      config = next;
      ids = chosen;
      step = 0;
      become("preparing", `Preparing ${chosen[0]}`, 0.3);
      setTimeout(() => {
        tell({
          type: "race-prepared",
          config: next,
          executor: { ...catalogue.devices[0]!, active: true },
          contestants: chosen.map((id, index) => contestant(catalogue, next, id, index)),
          baseline: Object.fromEntries(
            next.tasks.map((task) => [
              task,
              { [catalogue.tasks.find((entry) => entry.id === task)!.metric]: finalMetric[task]![2] },
            ]),
          ),
        });
        become("ready");
      }, 150);
    },
    start() {
      if (step === 0) evaluate();
      become("running");
      timer = setInterval(takeStep, stepMs);
    },
    pause() {
      clearInterval(timer);
      become("paused");
    },
    stop: () => finish(`Stopped after ${step} of ${config!.training.steps} steps.`),
    end: () => clearInterval(timer),
  };
}
