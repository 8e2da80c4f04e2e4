/** The workers of a session. */
import type { SamplePool } from "./samples/samplePool";
import type { SvdPool } from "./svd/svdPool";

export interface Workers {
  readonly svd: SvdPool;
  /** Prepare images; absent: the session's own thread does. */
  readonly samples?: SamplePool;
}
