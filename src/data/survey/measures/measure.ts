/** What all measures of a task's files answer. */
import type { LabelMap } from "../../../contracts/sample";
import type { Raster } from "../../io/raster";

/** Something counted beside the values. It looks only at files that it is about. */
export interface Measure {
  /** `label`: what the file says under the reading in force; absent where it cannot be read so. */
  look(file: Raster, label: LabelMap | undefined): void;
}
