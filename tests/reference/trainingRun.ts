/** A short training run for executors to follow: two layers, a host op on a parameter, gradient descent with momentum. */
import { Builder } from "../../src/core/graph/builder";
import { gradients } from "../../src/core/graph/differentiate";
import { type Graph, type OpDef, sizeOf } from "../../src/core/graph/node";
import { normals } from "./data";
import { evaluate } from "./evaluate";

export const STEPS = 20;

/** y = 1.5x on the host, differentiable by itself: stands for the warps. */
const scaleOnHost: OpDef = {
  name: "scaleOnHost",
  kind: "host",
  infer: ([x]) => [x!.shape],
  vjp: (b, _node, [dy]) => [dy && b.one(scaleOnHost, [dy], {})],
  compute: ([x]) => [x!.map((v) => 1.5 * v)],
  computeFloat64: ([x]) => [x!.map((v) => 1.5 * v)],
};

const sizes = { w1: [16, 8], b1: [16], w2: [4, 16], gain: [4] };
const names = Object.keys(sizes) as (keyof typeof sizes)[];

/** Two layers with a host op on a parameter; gradient descent with momentum, learning rate fed. */
export function trainGraph(): Graph {
  const b = new Builder();
  const [x, target, rate] = [b.input("x", [32, 8]), b.input("target", [32, 4]), b.input("rate", [])];
  const p = Object.fromEntries(names.map((name) => [name, b.state(name, sizes[name])])) as Record<
    string,
    ReturnType<typeof b.full>
  >;
  const hidden = b.tanh(b.add(b.matmul(x, p["w1"]!, false, true), p["b1"]!));
  const y = b.mul(b.matmul(hidden, p["w2"]!, false, true), b.one(scaleOnHost, [p["gain"]!], {}));
  const gap = b.sub(y, target);
  const loss = b.mean(b.mul(gap, gap));
  const grads = gradients(
    b,
    loss,
    names.map((name) => p[name]!),
  );
  for (const [i, name] of names.entries()) {
    const moment = b.state(`m.${name}`, sizes[name]);
    const next = b.add(b.mul(moment, 0.9), grads[i]!);
    b.update(moment, next);
    b.update(p[name]!, b.sub(p[name]!, b.mul(next, rate)));
  }
  b.output("loss", loss);
  b.output("first output", b.slice(y, [0, 0], [1, 4]));
  return b.build();
}

export const initial = new Map(
  names.flatMap((name): [string, Float32Array][] => [
    [name, normals(sizes[name], name).map((v) => 0.3 * v)],
    [`m.${name}`, new Float32Array(sizeOf(sizes[name]))],
  ]),
);
export const feedsOf = (step: number): Record<string, Float32Array> => ({
  x: normals([32, 8], "x", step),
  target: normals([32, 4], "target", step % 3),
  rate: Float32Array.of(0.05),
});

/** The same run in float64. */
export function truth(): { losses: number[]; states: Map<string, Float64Array> } {
  const graph = trainGraph();
  let states: ReadonlyMap<string, ArrayLike<number>> = initial;
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const result = evaluate(graph, feedsOf(step), states);
    losses.push(result.outputs["loss"]![0]!);
    states = result.states;
  }
  return { losses, states: states as Map<string, Float64Array> };
}
