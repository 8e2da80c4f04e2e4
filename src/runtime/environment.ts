/** What a session needs of its platform; the page's worker and Node each give their own. */
import type { Surroundings } from "../core/exec/registry";
import type { Rasterise } from "./pictures/rasterise";
import type { OpenedAdapter } from "./prepare/openedAdapter";
import type { OpenedBackbone } from "./prepare/openedBackbone";
import type { RowPool } from "./rows/rowPool";
import type { Keeping } from "./storage/checkpoints";
import type { SvdPool } from "./svd/svdPool";

export interface Environment {
  readonly surroundings: Surroundings;
  readonly svd: SvdPool;
  /** Workers that prepare images; absent: the session's own thread does. */
  readonly rows?: RowPool;
  /** A file of public/, for example "models/swin-embedded.safetensors". */
  readAsset(path: string): Promise<Uint8Array>;
  /** Where runs are kept; absent: nowhere. */
  readonly keeping?: Keeping;
  /** Whether the platform promises to delete nothing of it by itself, after asking for that where `ask` is true. */
  persisted?(ask: boolean): Promise<boolean>;
  /** The backbone that a session has opened from the user's files; absent where it has none. */
  readonly opened?: OpenedBackbone;
  /** Draws charts as pictures; absent: they are drawings alone. */
  readonly rasterise?: Rasterise;
  /** The adapter that a session has opened; absent where it has none. */
  readonly adapter?: OpenedAdapter;
  /** Milliseconds of a clock that does not go back. */
  now(): number;
}
