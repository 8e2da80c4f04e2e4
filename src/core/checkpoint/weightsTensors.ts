/** What importing needs of a file with weights, whatever its format: shapes at once, numbers when they are asked for. */
import type { Shape } from "../graph/node";

export interface ReadableTensor {
  readonly shape: Shape;
  /** How the file holds the numbers. */
  readonly dtype?: string;
  /** The numbers, row-major, as an array of the caller's own. */
  read(): Promise<Float32Array>;
}

export type ReadableTensors = ReadonlyMap<string, ReadableTensor>;
