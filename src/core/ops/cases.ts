/**
 * Edge-case inputs of every op, stated beside the op. One suite over the registry runs each case on all executors and checks the
 * derivative against central differences.
 */
import type { Builder } from "../graph/builder";
import { type Shape, sizeOf, type Value } from "../graph/node";
import { type Random, random } from "../math/random";

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

/** The numbers of one input of a case; equal arguments give equal numbers on every machine. */
export function caseData(input: CaseInput, ...words: readonly (string | number)[]): Float32Array {
  const size = sizeOf(input.shape);
  const data = input.data ?? "normal";
  const stream = random(20250101, "op case", ...words);
  if (typeof data === "object" && "values" in data) {
    if (data.values.length !== size)
      throw new Error(`A case gives ${data.values.length} values for [${input.shape.join(",")}], which holds ${size}.`);
    return Float32Array.from(data.values);
  }
  const draw = drawOf(data, stream);
  return Float32Array.from({ length: size }, (_, i) => draw(i));
}

function drawOf(
  data: Exclude<CaseData, { readonly values: readonly number[] }>,
  stream: Random,
): (i: number) => number {
  if (data === "normal") return () => stream.normal();
  if (data === "positive") return () => 0.5 + stream.uniform();
  if (data === "unit") return () => stream.uniform();
  const classes = data === "labels" ? 2 : data.classes;
  return (i) => (i % 7 === 6 ? 255 : stream.int(classes));
}
