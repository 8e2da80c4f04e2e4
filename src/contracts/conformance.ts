/** What a check against golden data reports: plain data for the terminal and the page. */

/** The largest error of one kind of quantity in a case, beside what is allowed. */
export interface CheckedQuantity {
  /** "phi", "gradient", "loss", "metric", ... */
  readonly name: string;
  /** Absolute or relative, as the tolerance is; infinite where a value is not a number or a shape is wrong. */
  readonly error: number;
  readonly tolerance: number;
  /** The tensor or value where the error is largest: "grad.theta.semseg". */
  readonly at: string;
  /** How many tensors or values were compared. */
  readonly compared: number;
  readonly passed: boolean;
}

export interface CaseReport {
  readonly name: string;
  readonly quantities: readonly CheckedQuantity[];
  /** What kept the case from being checked, in whole sentences: an unknown kind, a missing tensor, a damaged file. */
  readonly problems: readonly string[];
  /** What a reader should know although it is no failure. */
  readonly notes: readonly string[];
  readonly passed: boolean;
  readonly milliseconds: number;
}
