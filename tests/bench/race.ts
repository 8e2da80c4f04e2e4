/** Several contestants take turns: after a warm-up, every round asks each for one step, so that a busy moment of the machine hits all. */
import type { EnginePort } from "./enginePort";
import { median } from "./median";

export interface Entrant {
  readonly id: string;
  /** Timed steps at most; an engine that has used up its time takes fewer, but one at least. */
  readonly rounds: number;
  open(): Promise<EnginePort>;
}

export interface Result {
  readonly id: string;
  readonly engine: string;
  /** Milliseconds. */
  readonly median: number;
  readonly min: number;
  readonly times: readonly number[];
  /** The first step, which compiles whatever the engine compiles lazily. */
  readonly firstMs: number;
  /** Of the first step. */
  readonly loss: number;
  readonly norms: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, number>>;
}

export interface Skipped {
  readonly id: string;
  readonly reason: string;
}

export interface Outcome {
  readonly results: readonly Result[];
  readonly skipped: readonly Skipped[];
}

/** Milliseconds after which an engine takes no further step, its first one included. */
const timeLimitMs = 150_000;

interface Runner {
  readonly entrant: Entrant;
  readonly port: EnginePort;
  readonly firstMs: number;
  readonly times: number[];
  readonly loss: number;
}

/** Executors that cannot start or fail on the way are listed with the reason. `say` is told what happens. */
export async function race(entrants: readonly Entrant[], say: (line: string) => void): Promise<Outcome> {
  const runners: Runner[] = [];
  const skipped: Skipped[] = [];
  const drop = (id: string, error: unknown): void => {
    skipped.push({ id, reason: (error as Error).message });
    say(`  ${id}: skipped, ${(error as Error).message}`);
  };
  for (const entrant of entrants) {
    let port: EnginePort | undefined;
    try {
      port = await entrant.open();
      const first = await port.step();
      runners.push({ entrant, port, firstMs: first.ms, times: [], loss: first.loss });
      // Fast engines warm up once more; one that takes seconds has nothing to gain from it.
      if (first.ms < 3000) await port.step();
      say(`  ${entrant.id}: ${port.engine}, first step ${Math.round(first.ms)} ms, loss ${first.loss}`);
    } catch (error) {
      port?.close();
      drop(entrant.id, error);
    }
  }
  const most = Math.max(0, ...runners.map(({ entrant }) => entrant.rounds));
  for (let round = 0; round < most; round++)
    for (const runner of [...runners]) {
      const { entrant, firstMs, times } = runner;
      const used = times.reduce((sum, time) => sum + time, firstMs);
      if (round >= entrant.rounds || (round > 0 && used > timeLimitMs)) continue;
      try {
        times.push((await runner.port.step()).ms);
      } catch (error) {
        runners.splice(runners.indexOf(runner), 1);
        drop(entrant.id, error);
      }
    }
  const results: Result[] = [];
  for (const { entrant, port, firstMs, times, loss } of runners) {
    try {
      const { norms, figures } = await port.report();
      const { id } = entrant;
      const { engine } = port;
      results.push({
        id,
        engine,
        median: median(times),
        min: Math.min(...times),
        times,
        firstMs,
        loss,
        norms,
        figures,
      });
    } catch (error) {
      drop(entrant.id, error);
    }
    port.close();
  }
  return { results, skipped };
}

/** Largest relative difference of losses and gradient norms from the first result's, by id. */
export function disagreement(results: readonly Result[]): Readonly<Record<string, number>> {
  const [first] = results;
  if (!first) return {};
  const relative = (a: number, b: number): number => Math.abs(a - b) / Math.max(Math.abs(b), 1e-12);
  return Object.fromEntries(
    results.map(({ id, loss, norms }) => {
      const names = Object.keys(norms).filter((name) => name in first.norms);
      return [id, Math.max(relative(loss, first.loss), ...names.map((n) => relative(norms[n]!, first.norms[n]!)))];
    }),
  );
}
