/** The inputs of the cases that stand beside every op. */
import { sizeOf } from "../../src/core/graph/node";
import { type Random, random } from "../../src/core/math/random";
import type { CaseData, CaseInput } from "../../src/core/ops/cases";

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
