/** What a session needs of its platform; the page's worker and Node each give their own. */
import type { Surroundings } from "../core/exec/registry";
import type { SvdPool } from "./svdPool";

export interface Environment {
  readonly surroundings: Surroundings;
  readonly svd: SvdPool;
  /** A file of public/, for example "models/swin-embedded.safetensors". */
  readAsset(path: string): Promise<Uint8Array>;
  /** Milliseconds of a clock that does not go back. */
  now(): number;
}
