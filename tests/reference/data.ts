import { type Shape, sizeOf } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";

/** Normal numbers for a test; equal arguments give equal numbers. */
export function normals(shape: Shape, ...words: readonly (string | number)[]): Float32Array {
  const stream = random(11, "test data", ...words);
  return Float32Array.from({ length: sizeOf(shape) }, () => stream.normal());
}
