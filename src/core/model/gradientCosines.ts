/** How the gradients of several tasks lie to each other, on the parameters that they share. */
import type { GradientCosines } from "../../contracts/updateAnalysis";
import { sizeOf } from "../graph/node";
import { isDecoder } from "../methods/method";
import type { Parameter, ParameterLayout } from "../nn/parameters";
import type { Model } from "./model";

/** Numbers of the flat array, [from, to). */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** gradients: [P] of each task's weighted loss, in the tasks' order. "all", each stage of the backbone, then each of its trained parts. */
export function gradientCosines(model: Model, gradients: readonly Float32Array[]): readonly GradientCosines[] {
  const shared = sharedParameters(model.layout, gradients);
  const places = new Map<string, Range[]>();
  for (const p of shared)
    for (const place of placesOf(p)) {
      const range = { from: p.offset, to: p.offset + sizeOf(p.shape) };
      places.set(place, [...(places.get(place) ?? []), range]);
    }
  return [...places].map(([place, ranges]) => ({ place, matrix: cosineMatrix(gradients, ranges) }));
}

/** Trained parameters of the backbone and of the method that at least two tasks move. */
const sharedParameters = ({ parameters }: ParameterLayout, gradients: readonly Float32Array[]): readonly Parameter[] =>
  parameters.filter(({ trainable, group, offset, shape }) => {
    if (!trainable || isDecoder(group)) return false;
    const moved = gradients.filter((g) => g.subarray(offset, offset + sizeOf(shape)).some((x) => x !== 0));
    return moved.length >= 2;
  });

/** "backbone.layers.1.blocks.0.attn.qkv.theta.shared" counts for all, its stage and its block. */
function placesOf({ name }: Parameter): readonly string[] {
  const path = name.replace(/^backbone\./, "").split(".");
  const stage = /^(layers|blocks)$/.test(path[0]!) ? path.slice(0, 2).join(".") : path[0]!;
  const block = path[2] === "blocks" ? [path.slice(0, 4).join(".")] : [];
  return ["all", stage, ...block];
}

function cosineMatrix(gradients: readonly Float32Array[], ranges: readonly Range[]): (number | null)[][] {
  const dot = (a: Float32Array, b: Float32Array): number => {
    let sum = 0;
    for (const { from, to } of ranges) for (let i = from; i < to; i++) sum += a[i]! * b[i]!;
    return sum;
  };
  const norms = gradients.map((g) => Math.sqrt(dot(g, g)));
  return gradients.map((a, i) =>
    gradients.map((b, j) => {
      if (norms[i] === 0 || norms[j] === 0) return null;
      return i === j ? 1 : dot(a, b) / (norms[i]! * norms[j]!);
    }),
  );
}
