/**
 * The fusions of the WebGPU plan, as a pass over a differentiated graph: a product takes the scale, bias, GELU, gate and residual
 * behind it into its epilogue (matmulFused.ts), and derivatives lose the outputs that nobody reads.
 */
import type { Builder } from "../../graph/builder";
import type { DeviceLimits } from "../../graph/kernel";
import { type Graph, type Node, type Shape, sameShape, sizeOf, type Value } from "../../graph/node";
import { removeDeadNodes, rewriteGraph } from "../../graph/passes";
import { matmul } from "../../graph/primitives";
import { addAroundNorms, dropUnusedGradients } from "./fuseGradients";
import { type FusedMatmulAttrs, fusedMatmulDef } from "./matmulFused";
import { type Uses, usesOf } from "./uses";

/** Equal in meaning; run it after the composites without kernels were expanded. */
export function fuse(graph: Graph, limits: DeviceLimits): Graph {
  const pruned = dropUnusedGradients(removeDeadNodes(graph));
  return limits.maxStorageBuffers < 8 ? pruned : fuseProducts(addAroundNorms(pruned));
}

/** Rows that share one row of `operand`, which broadcasts along `shape`: leading axes are equal up to some axis, 1 from there on. */
export function rowsPerGroup(operand: Shape, shape: Shape): number | undefined {
  if (operand.length > shape.length) return undefined;
  const leading = [...new Array<number>(shape.length - operand.length).fill(1), ...operand].slice(0, -1);
  const rows = shape.slice(0, -1);
  let axis = 0;
  while (axis < rows.length && leading[axis] === rows[axis]) axis++;
  return leading.slice(axis).every((d) => d === 1) ? sizeOf(rows.slice(axis)) : undefined;
}

/** The rows of `operand` where it repeats along the leading axes of `shape` and equals it in the others. */
export function repeatedRows(operand: Shape, shape: Shape): number | undefined {
  if (operand.length > shape.length) return undefined;
  const full = [...new Array<number>(shape.length - operand.length).fill(1), ...operand];
  const first = full.findIndex((d) => d !== 1);
  const axis = first < 0 ? full.length : first;
  if (axis >= shape.length - 1) return full.at(-1) === shape.at(-1) ? 1 : undefined;
  return sameShape(full.slice(axis), shape.slice(axis)) ? sizeOf(full.slice(axis, -1)) : undefined;
}

/** What has been found behind a product so far. */
interface Chain {
  readonly head: Node;
  /** The left side of the product, a scale along its last axis taken off. */
  readonly a: Value;
  /** The nodes behind the product, and the result of the last one. */
  readonly nodes: Node[];
  current: Value;
  attrs: FusedMatmulAttrs;
  scale?: Value;
  bias?: Value;
  gate?: Value;
  operand?: Value;
  /** The value that others read too, and that becomes the second output. */
  kept?: Value;
}

/** What a node that reads the chain's current value adds to the epilogue; undefined where it does not fit there. */
type Absorb = (chain: Chain, node: Node, uses: Uses) => Partial<Chain> | undefined;

const isLinear = ({ bias, gate, attrs }: Chain): boolean => !bias && !gate && attrs.activation === "none";

/** The other side of a binary node, unless it stretches the chain's value or is that value. */
const otherSide = (chain: Chain, node: Node): Value | undefined => {
  const [x, y] = node.inputs as [Value, Value];
  const operand = x === chain.current ? y : x;
  return operand === chain.current || !sameShape(node.outputs[0]!.shape, chain.current.shape) ? undefined : operand;
};

const absorbReshape: Absorb = (chain, node) =>
  node.outputs[0]!.shape.at(-1) === chain.current.shape.at(-1) ? {} : undefined;

const absorbMul: Absorb = (chain, node, uses) => {
  const operand = otherSide(chain, node);
  const rows = operand && rowsPerGroup(operand.shape, chain.current.shape);
  if (!operand || rows === undefined) return undefined;
  const columns = operand.shape.at(-1) ?? 1;
  if (columns === chain.current.shape.at(-1) && isLinear(chain) && !chain.scale) {
    // A product of two maps that is only summed is better left to the kernel of the sum, which does not write it.
    const summed = rows === 1 && uses.of(node.outputs[0]!).every((reader) => reader.op.name === "reduceSum");
    const { value, start } = flatPart(operand);
    return summed ? undefined : { scale: value, attrs: { ...chain.attrs, rowsPerScale: rows, scaleStart: start } };
  }
  if (columns !== 1 || chain.gate) return undefined;
  const { value, start } = flatPart(operand);
  return { gate: value, attrs: { ...chain.attrs, rowsPerGate: rows, gateStart: start } };
};

const absorbAdd: Absorb = (chain, node) => {
  const operand = otherSide(chain, node);
  if (!operand) return undefined;
  const { shape } = chain.current;
  const rows = rowsPerGroup(operand.shape, shape);
  if (operand.shape.at(-1) === shape.at(-1) && rows !== undefined && rows > 1 && isLinear(chain)) {
    const { value, start } = flatPart(operand);
    return { bias: value, attrs: { ...chain.attrs, rowsPerBias: rows, biasStart: start } };
  }
  const residualRows = repeatedRows(operand.shape, shape);
  if (residualRows === undefined || chain.operand) return undefined;
  return { operand, attrs: { ...chain.attrs, residualRows } };
};

/** Floats that every device binds at once (WebGPU's default maxStorageBufferBindingSize). */
const mostBound = 2 ** 25;

/** Behind reshapes and a slice of a vector lies a value that can be bound whole: slices of parameters are not aligned for binding. */
function flatPart(operand: Value): { value: Value; start: number } {
  let v = operand;
  while (v.node.op.name === "reshape") v = v.node.inputs[0]!;
  const source = v.node.inputs[0];
  if (v.node.op.name !== "slice" || source?.shape.length !== 1 || sizeOf(source.shape) > mostBound)
    return { value: operand, start: 0 };
  return { value: source, start: (v.node.attrs["starts"] as readonly number[])[0]! };
}

const absorbGelu: Absorb = (chain) =>
  chain.attrs.activation === "none" && !chain.gate ? { attrs: { ...chain.attrs, activation: "gelu" } } : undefined;

const absorbGeluGrad: Absorb = (chain, node) => {
  const [x, dy] = node.inputs as [Value, Value];
  if (chain.attrs.activation !== "none" || chain.gate || dy !== chain.current || x === dy) return undefined;
  return { operand: x, attrs: { ...chain.attrs, activation: "geluGrad" } };
};

const rules: Readonly<Record<string, Absorb>> = {
  reshape: absorbReshape,
  mul: absorbMul,
  add: absorbAdd,
  gelu: absorbGelu,
  geluGrad: absorbGeluGrad,
};

const noEpilogue = {
  innerGroups: 0,
  rowsPerScale: 0,
  rowsPerBias: 0,
  rowsPerGate: 0,
  scaleStart: 0,
  biasStart: 0,
  gateStart: 0,
  activation: "none",
  keep: "none",
  residualRows: 0,
} as const;

/** What the chain's current value is to the kernel, should others read it too: it then becomes the second output. */
function keptBy(chain: Chain, next: Node): FusedMatmulAttrs["keep"] {
  if (chain.kept) return "none";
  if (next.op.name === "gelu") return "z";
  return next.op.name === "mul" && isLinear(chain) && !chain.scale ? "product" : "none";
}

/** A product (A · s) B whose scale along K nobody else reads takes it in. */
function innerScale(head: Node, uses: Uses, attrs: FusedMatmulAttrs, taken: ReadonlySet<Node>): Partial<Chain> {
  const [left, right] = head.inputs as [Value, Value];
  const { node } = left;
  if (node.op.name !== "mul" || taken.has(node) || attrs.transposeA || uses.of(left).length > 1 || uses.kept.has(left))
    return {};
  const [x, y] = node.inputs as [Value, Value];
  for (const [a, s] of [
    [x, y],
    [y, x],
  ] as const) {
    const rows = rowsPerGroup(s.shape, left.shape);
    if (sizeOf(a.shape) !== sizeOf(left.shape) || a === s || rows === undefined || s.shape.at(-1) !== left.shape.at(-1))
      continue;
    const groups = sizeOf(left.shape.slice(0, -1)) / rows;
    const byEntry = right.shape.length > 2 && groups === sizeOf(left.shape.slice(0, -2));
    if (groups !== 1 && !byEntry) continue;
    const { value, start } = flatPart(s);
    return { a, scale: value, attrs: { ...attrs, innerGroups: groups, scaleStart: start } };
  }
  return {};
}

/** Follows the first reader of each value from a product on; stops at nodes of chains found before. */
function chainFrom(head: Node, uses: Uses, order: ReadonlyMap<Node, number>, taken: ReadonlySet<Node>): Chain {
  const { transposeA, transposeB } = head.attrs as { transposeA: boolean; transposeB: boolean };
  const current = head.outputs[0]!;
  const attrs = { transposeA, transposeB, shape: current.shape, ...noEpilogue };
  let chain: Chain = { head, a: head.inputs[0]!, nodes: [], current, attrs, ...innerScale(head, uses, attrs, taken) };
  // What is kept is computed where the chain ends, so its other readers must come after that.
  let end = Number.POSITIVE_INFINITY;
  while (chain.attrs.residualRows === 0 && !uses.kept.has(chain.current)) {
    const [next, second] = uses.of(chain.current);
    if (!next || taken.has(next) || order.get(next)! >= end) break;
    const keep = second ? keptBy(chain, next) : chain.attrs.keep;
    if (second && keep === "none") break;
    const found = rules[next.op.name]?.(chain, next, uses);
    if (!found || (keep === "product" && second && !found.scale)) break;
    if (second) end = order.get(second)!;
    chain = {
      ...chain,
      ...found,
      ...(second ? { kept: chain.current } : {}),
      nodes: [...chain.nodes, next],
      current: next.outputs[0]!,
      attrs: { ...(found.attrs ?? chain.attrs), keep, shape: next.outputs[0]!.shape },
    };
  }
  return chain;
}

const hasEpilogue = ({ scale, bias, gate, operand, attrs }: Chain): boolean =>
  Boolean(scale || bias || gate || operand) || attrs.activation !== "none";

/** The chains of a graph by their last node. */
function findChains(graph: Graph): Map<Node, Chain> {
  const uses = usesOf(graph);
  const order = new Map(graph.nodes.map((node, i) => [node, i]));
  const taken = new Set<Node>();
  const chains = new Map<Node, Chain>();
  for (const head of graph.nodes) {
    if (head.op !== matmul) continue;
    const chain = chainFrom(head, uses, order, taken);
    if (!hasEpilogue(chain)) continue;
    for (const node of chain.nodes) taken.add(node);
    chains.set(chain.nodes.at(-1) ?? head, chain);
  }
  return chains;
}

/** Puts a fused product in place of each chain's last node; the others, unread by then, go as dead nodes. */
function fuseProducts(graph: Graph): Graph {
  const chains = findChains(graph);
  // Values of the new graph by values of the old one; `moved` are the kept ones, which rewriteGraph maps to dying nodes.
  const mapped = new Map<Value, Value>();
  const moved = new Map<Value, Value>();
  return rewriteGraph(graph, (b, node, inputs) => {
    const own = inputs.map((v, i) => moved.get(node.inputs[i]!) ?? v);
    for (const [i, v] of node.inputs.entries()) mapped.set(v, own[i]!);
    const chain = chains.get(node);
    if (!chain) return b.apply(node.op, own, node.attrs);
    const fused = applyFused(b, chain, (v) => moved.get(v) ?? mapped.get(v)!);
    if (chain.kept) moved.set(chain.kept, b.reshape(fused[1]!, chain.kept.shape));
    return [fused[0]!];
  });
}

function applyFused(b: Builder, chain: Chain, to: (v: Value) => Value): readonly Value[] {
  const { scale, bias, gate, operand } = chain;
  const [left, right] = chain.head.inputs;
  const a = b.reshape(to(chain.a), left!.shape);
  const optional = [scale, bias, gate, operand].flatMap((v) => (v ? [to(v)] : []));
  return b.apply(fusedMatmulDef, [a, to(right!), ...optional], chain.attrs);
}
