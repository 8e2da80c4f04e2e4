/** A file of weights, opened: what it lists, and the numbers of each tensor when they are asked for. */
import type { FileDtype } from "./fileNumbers";

export interface FileTensor {
  /** How the file holds the numbers. */
  readonly dtype: FileDtype;
  readonly shape: readonly number[];
  /**
   * The numbers row by row, the caller's own. Wider types are rounded to 32-bit floats, whole numbers converted.
   * @throws where the file cannot be read any more, a checksum differs, or the type cannot be converted (complex, 8-bit floats).
   */
  read(): Promise<Float32Array>;
}

export interface WeightsFile {
  readonly format: "safetensors" | "torch zip" | "torch legacy" | "torch tar";
  readonly tensors: ReadonlyMap<string, FileTensor>;
  /** The file's own words about itself, for example its epoch. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What a user should know: what was chosen, what was left aside. Whole sentences. */
  readonly notes: readonly string[];
}
