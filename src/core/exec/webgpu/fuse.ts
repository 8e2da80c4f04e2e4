/**
 * The fusions of the WebGPU plan, as a pass over a differentiated graph: a product takes the scale, bias, GELU, gate and residual
 * behind it into its epilogue (matmulFused.ts), and derivatives lose the outputs that nobody reads.
 */
import type { Builder } from "../../graph/builder";
import type { DeviceLimits } from "../../graph/kernel";
import { type Graph, type Node, type Shape, sameShape, sizeOf, type Value } from "../../graph/node";
import { removeDeadNodes, rewriteGraph } from "../../graph/passes";
import { matmul } from "../../graph/primitives";
import { layerNormGradDef } from "../../ops/layerNorm";
import { windowAttentionGradDef } from "../../ops/windowAttention";
import { type FusedMatmulAttrs, fusedMatmulDef } from "./matmulFused";

/** Equal in meaning; run it after the composites without kernels were expanded. */
export function fuse(graph: Graph, limits: DeviceLimits): Graph {
  const pruned = dropUnusedGradients(removeDeadNodes(graph));
  return limits.maxStorageBuffers < 8 ? pruned : fuseProducts(pruned);
}

/** Who reads each value, in graph order; `kept` are the values that leave the graph. */
interface Uses {
  readonly of: (v: Value) => readonly Node[];
  readonly kept: ReadonlySet<Value>;
}

function usesOf(graph: Graph): Uses {
  const users = new Map<Value, Node[]>();
  for (const node of graph.nodes) for (const v of new Set(node.inputs)) users.set(v, [...(users.get(v) ?? []), node]);
  const kept = new Set([...graph.outputs.map((o) => o.value), ...graph.updates.map((u) => u.value)]);
  return { of: (v) => users.get(v) ?? [], kept };
}

/** Gradients of frozen norms and position biases are outputs that nobody reads: kernels without them do less. */
export function dropUnusedGradients(graph: Graph): Graph {
  const uses = usesOf(graph);
  const unread = (node: Node): boolean =>
    node.outputs.slice(1).every((v) => uses.of(v).length === 0 && !uses.kept.has(v));
  return rewriteGraph(graph, (b, node, inputs) => {
    if (node.outputs.length === 1 || !unread(node)) return undefined;
    if (node.op === layerNormGradDef) return b.apply(node.op, inputs, { ...node.attrs, parameters: false });
    if (node.op === windowAttentionGradDef) return b.apply(node.op, inputs, { ...node.attrs, dBias: false });
    return undefined;
  });
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

/** What has been found behind a product so far. */
interface Chain {
  readonly head: Node;
  /** The last node taken in, and its result. */
  tail: Node;
  current: Value;
  attrs: FusedMatmulAttrs;
  scale?: Value;
  bias?: Value;
  gate?: Value;
  operand?: Value;
  /** z before a GELU, where the derivative reads it too. */
  preActivation?: Value;
  /** The nodes behind the product. */
  readonly nodes: Node[];
}

/** Takes a node that reads the chain's current value into the epilogue, if it fits there. */
type Absorb = (chain: Chain, node: Node, n: number) => boolean;

const other = (chain: Chain, node: Node): Value | undefined => {
  const [x, y] = node.inputs as [Value, Value];
  const operand = x === chain.current ? y : x;
  return operand === chain.current || !sameShape(node.outputs[0]!.shape, chain.current.shape) ? undefined : operand;
};

const absorbReshape: Absorb = (_chain, node, n) => node.outputs[0]!.shape.at(-1) === n;

const absorbMul: Absorb = (chain, node, n) => {
  const operand = other(chain, node);
  const rows = operand && rowsPerGroup(operand.shape, chain.current.shape);
  if (!operand || rows === undefined) return false;
  const columns = operand.shape.at(-1) ?? 1;
  const untouched = !chain.scale && !chain.bias && chain.attrs.activation === "none" && !chain.gate;
  if (columns === n && untouched) {
    chain.scale = operand;
    chain.attrs = { ...chain.attrs, rowsPerScale: rows };
    return true;
  }
  if (columns !== 1 || chain.gate) return false;
  chain.gate = operand;
  chain.attrs = { ...chain.attrs, rowsPerGate: rows };
  return true;
};

const absorbAdd: Absorb = (chain, node, n) => {
  const operand = other(chain, node);
  if (!operand) return false;
  const rows = rowsPerGroup(operand.shape, chain.current.shape);
  const linear = !chain.bias && chain.attrs.activation === "none" && !chain.gate;
  const full = sameShape(operand.shape, chain.current.shape);
  if (operand.shape.at(-1) === n && rows !== undefined && !full && linear) {
    chain.bias = operand;
    chain.attrs = { ...chain.attrs, rowsPerBias: rows };
    return true;
  }
  if (!full || chain.operand) return false;
  chain.operand = operand;
  chain.attrs = { ...chain.attrs, residual: true };
  return true;
};

const absorbGelu: Absorb = (chain) => {
  if (chain.attrs.activation !== "none" || chain.gate) return false;
  chain.attrs = { ...chain.attrs, activation: "gelu" };
  return true;
};

const absorbGeluGrad: Absorb = (chain, node) => {
  const [x, dy] = node.inputs as [Value, Value];
  if (chain.attrs.activation !== "none" || chain.gate || dy !== chain.current || x === dy) return false;
  chain.operand = x;
  chain.attrs = { ...chain.attrs, activation: "geluGrad" };
  return true;
};

const rules: Readonly<Record<string, Absorb>> = {
  reshape: absorbReshape,
  mul: absorbMul,
  add: absorbAdd,
  gelu: absorbGelu,
  geluGrad: absorbGeluGrad,
};

const noEpilogue = {
  rowsPerScale: 0,
  rowsPerBias: 0,
  rowsPerGate: 0,
  activation: "none",
  keep: false,
  residual: false,
} as const;

/** Follows the only reader of each value from a product on; stops at nodes of chains found before. */
function chainFrom(head: Node, uses: Uses, order: ReadonlyMap<Node, number>, taken: ReadonlySet<Node>): Chain {
  const { transposeA, transposeB } = head.attrs as { transposeA: boolean; transposeB: boolean };
  const current = head.outputs[0]!;
  const chain: Chain = {
    head,
    tail: head,
    current,
    attrs: { transposeA, transposeB, shape: current.shape, ...noEpilogue },
    nodes: [],
  };
  // A kept z is computed where the chain ends, so its other readers must come after that.
  let end = Number.POSITIVE_INFINITY;
  while (!chain.attrs.residual && !uses.kept.has(chain.current)) {
    const [next, second] = uses.of(chain.current);
    if (!next || taken.has(next) || order.get(next)! >= end) break;
    if (second && next.op.name !== "gelu") break;
    if (!rules[next.op.name]?.(chain, next, current.shape.at(-1)!)) break;
    if (second) {
      chain.preActivation = chain.current;
      chain.attrs = { ...chain.attrs, keep: true };
      end = order.get(second)!;
    }
    chain.nodes.push(next);
    chain.tail = next;
    chain.current = next.outputs[0]!;
    chain.attrs = { ...chain.attrs, shape: chain.current.shape };
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
    chains.set(chain.tail, chain);
  }
  return chains;
}

/** Puts a fused product in place of each chain's last node; the others, unread by then, go as dead nodes. */
function fuseProducts(graph: Graph): Graph {
  const chains = findChains(graph);
  // Values of the new graph by values of the old one; `moved` are the kept z, which rewriteGraph maps to dying nodes.
  const mapped = new Map<Value, Value>();
  const moved = new Map<Value, Value>();
  return rewriteGraph(graph, (b, node, inputs) => {
    const own = inputs.map((v, i) => moved.get(node.inputs[i]!) ?? v);
    for (const [i, v] of node.inputs.entries()) mapped.set(v, own[i]!);
    const chain = chains.get(node);
    if (!chain) return b.apply(node.op, own, node.attrs);
    const fused = applyFused(b, chain, (v) => mapped.get(v)!);
    if (chain.preActivation) moved.set(chain.preActivation, b.reshape(fused[1]!, chain.preActivation.shape));
    return [fused[0]!];
  });
}

function applyFused(b: Builder, chain: Chain, to: (v: Value) => Value): readonly Value[] {
  const { scale, bias, gate, operand } = chain;
  const optional = [scale, bias, gate, operand].flatMap((v) => (v ? [to(v)] : []));
  return b.apply(fusedMatmulDef, [...chain.head.inputs.map(to), ...optional], chain.attrs);
}
