/** What a session needs of its platform; the page's worker and Node each give their own. */
import type { ExecutorHost } from "../../core/exec/registry";
import type { Rasterise } from "./rasterise";
import type { RunStorage } from "./storage";

export interface Platform {
  readonly executorHost: ExecutorHost;
  /** A file of public/, for example "models/swin-embedded.safetensors". */
  readAsset(path: string): Promise<Uint8Array>;
  /** Where runs are stored; absent: nowhere. */
  readonly runs?: RunStorage;
  /** Why that is nowhere, for people. */
  readonly whyNothingKept?: string;
  /** Whether the platform promises to delete nothing of it by itself, after asking for that where `ask` is true. */
  persisted?(ask: boolean): Promise<boolean>;
  /**
   * Takes hold of what only one tab may use at a time; undefined where another has it. Returns what lets go of it. Absent: nobody else is there.
   */
  lock?(name: string): Promise<(() => void) | undefined>;
  /** The names of what other tabs have taken hold of. */
  lockedElsewhere?(): Promise<readonly string[]>;
  /** Draws charts as pictures; absent: they are drawings alone. */
  readonly rasterise?: Rasterise;
  /** Milliseconds of a clock that does not go back. */
  now(): number;
}

/** @throws where nothing is kept, saying why. */
export function needRuns({
  runs,
  whyNothingKept = "this session was opened without a place for runs",
}: Platform): RunStorage {
  if (runs) return runs;
  throw new Error(
    `Nothing is kept here: ${whyNothingKept}. Training works all the same, but runs, data sets and weights last no longer than this page. Save as files what matters.`,
  );
}
