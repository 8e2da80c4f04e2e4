/** Reverse-mode differentiation: emits the backward graph as nodes of the same builder. */
import type { Builder } from "./builder";
import { type Node, sameShape, showShape, type Value } from "./node";

/** Nodes on a path from one of `wrt` to `loss`: only these need a derivative. */
function nodesBetween(nodes: readonly Node[], loss: Value, wrt: readonly Value[]): Set<Node> {
  const reached = new Set<Value>(wrt);
  const forward = nodes.filter((node) => {
    const hit = node.inputs.some((v) => reached.has(v));
    if (hit) for (const out of node.outputs) reached.add(out);
    return hit;
  });
  const needed = new Set<Value>([loss]);
  const between = new Set<Node>();
  for (const node of forward.reverse()) {
    if (!node.outputs.some((v) => needed.has(v))) continue;
    between.add(node);
    for (const v of node.inputs) needed.add(v);
  }
  return between;
}

/**
 * Gradients of the scalar `loss` with respect to `wrt`, in order; undefined where the loss does not depend on a value.
 * Differentiation stops at the values of `wrt`: what lies before them is not entered, so slices of one flat parameter
 * vector can be differentiated slice by slice.
 */
export function gradients(b: Builder, loss: Value, wrt: readonly Value[]): readonly (Value | undefined)[] {
  if (loss.shape.length !== 0)
    throw new Error(`A loss must be a scalar []; ${showShape(loss.shape)} came. Sum or average it first.`);
  const stops = new Set(wrt);
  const grads = new Map<Value, Value>([[loss, b.full(1)]]);
  const forward = [...b.nodes];
  const between = nodesBetween(forward, loss, wrt);
  for (const node of forward.reverse()) {
    if (!between.has(node) || node.outputs.every((v) => stops.has(v))) continue;
    const outGrads = node.outputs.map((v) => (stops.has(v) ? undefined : grads.get(v)));
    if (outGrads.every((g) => g === undefined)) continue;
    if (!node.op.vjp)
      throw new Error(`The loss depends on a trained value through ${node.op.name}, which has no derivative.`);
    const inGrads = b.scope(`${node.scope}'`, () => node.op.vjp!(b, node, outGrads));
    accumulate(b, node, inGrads, grads);
  }
  return wrt.map((v) => grads.get(v));
}

function accumulate(b: Builder, node: Node, inGrads: readonly (Value | undefined)[], grads: Map<Value, Value>): void {
  node.inputs.forEach((v, i) => {
    const g = inGrads[i];
    if (!g) return;
    if (!sameShape(g.shape, v.shape)) {
      throw new Error(
        `${node.op.name}'s derivative of input ${i} is ${showShape(g.shape)}, the input is ${showShape(v.shape)}.`,
      );
    }
    const old = grads.get(v);
    grads.set(v, old ? b.add(old, g) : g);
  });
}
