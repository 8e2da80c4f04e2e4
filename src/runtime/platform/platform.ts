/** What a session needs of its platform; the page's worker and Node each give their own. */
import type { ExecutorHost } from "../../core/exec/registry";
import type { Rasterise } from "./rasterise";
import type { CheckpointStore } from "./storage";

export interface Platform {
  readonly executorHost: ExecutorHost;
  /** A file of public/, for example "models/swin-embedded.safetensors". */
  readAsset(path: string): Promise<Uint8Array>;
  /** Where runs are stored; absent: nowhere. */
  readonly checkpoints?: CheckpointStore;
  /** Whether the platform promises to delete nothing of it by itself, after asking for that where `ask` is true. */
  persisted?(ask: boolean): Promise<boolean>;
  /** Draws charts as pictures; absent: they are drawings alone. */
  readonly rasterise?: Rasterise;
  /** Milliseconds of a clock that does not go back. */
  now(): number;
}
