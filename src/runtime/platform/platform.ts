/** What a session needs of its platform; the page's worker and Node each give their own. */
import type { ExecutorHost } from "../../core/exec/registry";
import type { Rasterise } from "../products/pictures/rasterise";
import type { CheckpointStore } from "../run/checkpoints";
import type { OpenedAdapter } from "../run/prepare/openedAdapter";
import type { OpenedBackbone } from "../run/prepare/openedBackbone";
import type { SamplePool } from "../workers/samples/samplePool";
import type { SvdPool } from "../workers/svd/svdPool";

export interface Platform {
  readonly executorHost: ExecutorHost;
  readonly svd: SvdPool;
  /** Workers that prepare images; absent: the session's own thread does. */
  readonly rows?: SamplePool;
  /** A file of public/, for example "models/swin-embedded.safetensors". */
  readAsset(path: string): Promise<Uint8Array>;
  /** Where runs are kept; absent: nowhere. */
  readonly keeping?: CheckpointStore;
  /** Why that is nowhere, for people. */
  readonly whyNothingKept?: string;
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
