/**
 * Joins chains of elementwise primitives, and the sums over them, into one node each (program.ts).
 *
 * Nodes are visited from the last to the first. A node joins its reader's group where all of its readers are in groups and the
 * group stays within its limits; a cheap one may join several groups, each of which then computes it again.
 */
import type { DeviceLimits } from "../../graph/kernel";
import { type Graph, type Node, sizeOf, type Value } from "../../graph/node";
import { rewriteGraph } from "../../graph/passes";
import { canSumProgram } from "./kernels/reduce";
import {
  type Argument,
  isStep,
  type Program,
  type ProgramAttrs,
  programDef,
  type Step,
  type StepName,
} from "./program";

const mostSteps = 40;
/** A node that joins several groups is computed in each: only simple arithmetic, and few groups. */
const mostCopies = 3;
const costly = new Set(["exp", "log", "log1p", "erf", "tanh", "sigmoid", "div", "sqrt", "reciprocal"]);
/** Nodes this far apart may be forward and backward: joining them would keep operands alive for that long. */
const near = 64;

interface Group {
  readonly root: Node;
  readonly position: number;
  /** Elementwise nodes computed in this group; the root itself only when it is elementwise. */
  readonly members: Set<Node>;
  /** Values that the group reads. */
  readonly operands: Set<Value>;
}

const isNumber = (v: Value): boolean => v.node.op.name === "full";
const reads = (operands: Iterable<Value>): number => [...operands].filter((v) => !isNumber(v)).length;
const isSum = (node: Node): boolean => node.op.name === "reduceSum" && sizeOf(node.inputs[0]!.shape) > 0;

class Fusion {
  private readonly readers = new Map<Value, Set<Node>>();
  private readonly fixed = new Set<Value>();
  private readonly groupsOf = new Map<Node, Set<Group>>();
  readonly groups = new Map<Node, Group>();

  constructor(
    private readonly graph: Graph,
    private readonly limits: DeviceLimits,
  ) {
    for (const node of graph.nodes)
      for (const v of node.inputs) this.readers.set(v, (this.readers.get(v) ?? new Set()).add(node));
    for (const { value } of [...graph.outputs, ...graph.updates]) this.fixed.add(value);
    for (let position = graph.nodes.length - 1; position >= 0; position--) this.visit(graph.nodes[position]!, position);
  }

  private visit(node: Node, position: number): void {
    if (sizeOf(node.outputs[0]?.shape ?? []) === 0) return;
    if (isSum(node)) this.open(node, position, []);
    if (!isStep(node)) return;
    const targets = this.targetsOf(node);
    if (targets?.every((group) => this.admits(group, node, position, targets.length))) {
      for (const group of targets) {
        group.members.add(node);
        group.operands.delete(node.outputs[0]!);
        for (const v of node.inputs) group.operands.add(v);
      }
      this.groupsOf.set(node, new Set(targets));
    } else {
      this.open(node, position, [node]);
    }
  }

  private open(node: Node, position: number, members: Node[]): void {
    const group = { root: node, position, members: new Set(members), operands: new Set(node.inputs) };
    this.groups.set(node, group);
    this.groupsOf.set(node, new Set([group]));
  }

  /** The groups of all readers, or undefined where somebody outside any group needs the value. */
  private targetsOf(node: Node): Group[] | undefined {
    const [out] = node.outputs as [Value];
    const readers = this.readers.get(out);
    if (!readers || this.fixed.has(out)) return undefined;
    const targets = new Set<Group>();
    for (const reader of readers) {
      const groups = this.groupsOf.get(reader);
      if (!groups) return undefined;
      for (const group of groups) targets.add(group);
    }
    return [...targets];
  }

  private admits(group: Group, node: Node, position: number, copies: number): boolean {
    const [out] = node.outputs as [Value];
    const operands = new Set([...group.operands, ...node.inputs]);
    operands.delete(out);
    const full = node.inputs.filter((v) => v.node.op.kind !== "leaf" && sizeOf(v.shape) === sizeOf(out.shape));
    const shape = isSum(group.root) ? group.root.inputs[0]!.shape : group.root.outputs[0]!.shape;
    const repeats = copies > 1 || sizeOf(out.shape) < sizeOf(shape);
    if (reads(operands) + 1 > this.limits.maxStorageBuffers || group.members.size >= mostSteps) return false;
    if (copies > mostCopies || (copies > 1 && costly.has(node.op.name))) return false;
    if (repeats && costly.has(node.op.name) && sizeOf(out.shape) > 4096) return false;
    if (group.position - position > near && full.length > 1) return false;
    return (
      !isSum(group.root) ||
      canSumProgram(
        [...operands].filter((v) => !isNumber(v)),
        shape,
        axesOf(group.root),
      )
    );
  }
}

const axesOf = (node: Node): readonly number[] => (node.attrs as { axes: readonly number[] }).axes;

/** Steps in the order of the graph; arguments are operands, numbers or earlier steps. */
function programOf(group: Group, order: ReadonlyMap<Node, number>): { program: Program; operands: Value[] } {
  const members = [...group.members].sort((a, b) => order.get(a)! - order.get(b)!);
  const operands = [...group.operands].filter((v) => !isNumber(v));
  const numbers: number[] = [];
  const argument = (v: Value): Argument => {
    const step = members.indexOf(v.node);
    if (step >= 0) return { step };
    if (!isNumber(v)) return { operand: operands.indexOf(v) };
    numbers.push((v.node.attrs as { value: number }).value);
    return { number: numbers.length - 1 };
  };
  const steps = members.map((node): Step => {
    const name = node.op.name === "broadcastTo" ? "same" : (node.op.name as StepName);
    return { name, arguments: node.inputs.map(argument) };
  });
  return { program: { steps, numbers }, operands };
}

/** `replaces`: states that an elementwise node reads and updates; such a node becomes a program even alone, since programs work in place. */
function isWorthIt(group: Group, updated: ReadonlySet<Value>): boolean {
  const { root, members } = group;
  if (isSum(root)) return members.size > 0;
  if (members.size > 1) return true;
  return updated.has(root.outputs[0]!) && root.inputs.some((v) => v.node.op.name === "state");
}

export function fuseElementwise(graph: Graph, limits: DeviceLimits): Graph {
  const { groups } = new Fusion(graph, limits);
  const order = new Map(graph.nodes.map((node, i) => [node, i]));
  const updated = new Set(graph.updates.map((u) => u.value));
  const mapped = new Map<Value, Value>();
  return rewriteGraph(graph, (b, node, inputs) => {
    for (const [i, v] of node.inputs.entries()) mapped.set(v, inputs[i]!);
    const group = groups.get(node);
    if (!group || !isWorthIt(group, updated)) return undefined;
    const { program, operands } = programOf(group, order);
    const sum = isSum(node);
    const attrs: ProgramAttrs = {
      program,
      shape: sum ? node.inputs[0]!.shape : node.outputs[0]!.shape,
      total: sum ? { axes: axesOf(node) } : undefined,
      resultShape: node.outputs[0]!.shape,
    };
    return b.apply(
      programDef,
      operands.map((v) => mapped.get(v)!),
      attrs,
    );
  });
}
