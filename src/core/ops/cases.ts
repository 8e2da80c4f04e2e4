/**
 * Edge-case inputs of every op, stated beside the op. One suite over the registry runs each case on all executors and checks the
 * derivative against central differences.
 */
import type { Builder } from "../graph/builder";
import type { Shape, Value } from "../graph/node";

/**
 * How an input is drawn: normal (mean 0, variance 1); positive (uniform in [0.5, 1.5)); unit (uniform in [0, 1)); labels (0 or 1, every
 * seventh is 255); `classes` (indices below `classes`, every seventh is 255); `values` (given in full, row major).
 */
export type CaseData =
  | "normal"
  | "positive"
  | "unit"
  | "labels"
  | { readonly classes: number }
  | { readonly values: readonly number[] };

export interface CaseInput {
  readonly shape: Shape;
  /** Absent: normal. */
  readonly data?: CaseData;
}

export interface OpCase {
  readonly name: string;
  readonly inputs: readonly CaseInput[];
  /** Builds the outputs that are compared between executors. */
  build(b: Builder, inputs: readonly Value[]): readonly Value[];
  /** The inputs that are differentiated, by position. */
  readonly wrt: readonly number[];
  /** Largest |difference| divided by max(1, largest |truth|); absent: the suite's own. */
  readonly tolerance?: { readonly forward?: number; readonly grad?: number };
}

export type OpCases = readonly OpCase[];
