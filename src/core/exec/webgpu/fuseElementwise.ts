/**
 * Joins chains of elementwise primitives, and the sums over them, into one node each (program.ts).
 *
 * Nodes are visited from the last to the first. A node joins its reader's group where all of its readers are in groups and the
 * group stays within its limits; a cheap one may join several groups, each of which then computes it again. Reshapes inside a
 * chain are passed by seeing the operands in the shape of the group's end; slices off the 256-byte grid are read in place.
 */
import type { DeviceLimits } from "../../graph/kernel";
import { type Graph, type Node, type Shape, sizeOf, type Value } from "../../graph/node";
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
import { alignFloats } from "./regions";
import { contiguousOffset } from "./viewRules";

const mostSteps = 40;
/** A node that joins several groups is computed in each: only simple arithmetic, and few groups. */
const mostCopies = 3;
const costly = new Set(["exp", "log", "log1p", "erf", "tanh", "sigmoid", "div", "sqrt", "reciprocal"]);
/** Nodes this far apart may be forward and backward: joining them would keep operands alive for that long. */
const near = 64;

/** A reshape on the way to the group's end. */
interface Turn {
  readonly from: Shape;
  readonly to: Shape;
}

interface Operand {
  readonly value: Value;
  readonly offset: number;
  /** In the shape of the group's end. */
  readonly shape: Shape;
}

interface Group {
  readonly root: Node;
  readonly position: number;
  /** Nodes computed in this group with the reshapes between them and its end; the root itself only when it is elementwise. */
  readonly members: Map<Node, readonly Turn[]>;
  operands: Map<string, Operand>;
}

const isNumber = (v: Value): boolean => v.node.op.name === "full";
const isSum = (node: Node): boolean => node.op.name === "reduceSum" && sizeOf(node.inputs[0]!.shape) > 0;
const isReshape = (node: Node): boolean => node.op.name === "reshape";
const axesOf = (node: Node): readonly number[] => (node.attrs as { axes: readonly number[] }).axes;
const shapeOf = ({ root }: Group): Shape => (isSum(root) ? root.inputs[0]! : root.outputs[0]!).shape;
const keyOf = ({ value, offset, shape }: Operand): string => `${value.id}@${offset}:${shape.join()}`;

/**
 * An operand of shape `shape`, broadcast to `from` and then reshaped to `to`: the shape in which it broadcasts to `to` directly.
 * Axes are matched in runs of equal size; in each run an operand must be whole or stretched. Undefined where it is neither.
 */
export function turnShape(shape: Shape, { from, to }: Turn): Shape | undefined {
  const padded = [...new Array<number>(from.length - shape.length).fill(1), ...shape];
  const result: number[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    const [startI, startJ] = [i, j];
    let [left, right] = [from[i++] ?? 1, to[j++] ?? 1];
    while (left !== right) {
      if (left < right) left *= from[i++] ?? 1;
      else right *= to[j++] ?? 1;
      if (i > from.length + 1 || j > to.length + 1) return undefined;
    }
    const [whole, part] = [from.slice(startI, i), padded.slice(startI, i)];
    const run = to.slice(startJ, j);
    if (part.every((d, k) => d === whole[k])) result.push(...run);
    else if (part.every((d) => d === 1)) result.push(...run.map(() => 1));
    else return undefined;
  }
  return result;
}

/** How a group sees a value that a member reads; undefined where a reshape on the way mixes its axes. */
function operandOf(v: Value, turns: readonly Turn[]): Operand | undefined {
  let shape: Shape | undefined = v.shape;
  for (const turn of turns) shape = shape && turnShape(shape, turn);
  if (!shape) return undefined;
  if (v.node.op.name === "slice" && sizeOf(v.shape) > 0) {
    const { starts, sizes } = v.node.attrs as { starts: readonly number[]; sizes: readonly number[] };
    const [source] = v.node.inputs as [Value];
    const offset = contiguousOffset(source.shape, starts, sizes);
    if (offset !== undefined && offset % alignFloats !== 0) return { value: source, offset, shape };
  }
  return { value: v, offset: 0, shape };
}

class Fusion {
  private readonly readers = new Map<Value, Set<Node>>();
  private readonly fixed = new Set<Value>();
  private readonly groupsOf = new Map<Node, Set<Group>>();
  readonly groups = new Map<Node, Group>();

  constructor(
    graph: Graph,
    private readonly limits: DeviceLimits,
  ) {
    for (const node of graph.nodes)
      for (const v of node.inputs) this.readers.set(v, (this.readers.get(v) ?? new Set()).add(node));
    for (const { value } of [...graph.outputs, ...graph.updates]) this.fixed.add(value);
    for (let position = graph.nodes.length - 1; position >= 0; position--) this.visit(graph.nodes[position]!, position);
  }

  private visit(node: Node, position: number): void {
    if (sizeOf(node.outputs[0]?.shape ?? []) === 0) return;
    if (isSum(node)) this.open(node, position, false);
    if (!isStep(node) && !isReshape(node)) return;
    const targets = this.targetsOf(node) ?? [];
    const joined = targets.map((group) => this.joined(group, node, position, targets.length));
    if (targets.length > 0 && joined.every((j) => j !== undefined)) {
      for (const [i, group] of targets.entries()) {
        group.members.set(node, joined[i]!.turns);
        group.operands = joined[i]!.operands;
      }
      this.groupsOf.set(node, new Set(targets));
    } else if (isStep(node)) {
      this.open(node, position, true);
    }
  }

  private open(node: Node, position: number, isMember: boolean): void {
    const operands = node.inputs.map((v) => operandOf(v, [])!);
    const group: Group = {
      root: node,
      position,
      members: new Map(isMember ? [[node, []]] : []),
      operands: new Map(operands.map((o) => [keyOf(o), o])),
    };
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

  /** The reshapes between a node's output and the group's end, if all of the node's readers in the group agree on them. */
  private turnsOf(group: Group, node: Node): readonly Turn[] | undefined {
    const [out] = node.outputs as [Value];
    const found = new Map<string, readonly Turn[]>();
    for (const reader of this.readers.get(out) ?? []) {
      const behind = reader === group.root && isSum(reader) ? [] : group.members.get(reader);
      if (!behind) continue;
      const own = isReshape(reader) ? [{ from: out.shape, to: reader.outputs[0]!.shape }] : [];
      const turns = [...own, ...behind];
      found.set(JSON.stringify(turns), turns);
    }
    return found.size === 1 ? [...found.values()][0] : undefined;
  }

  /** The group's operands with the node in it, or undefined where it may not join. */
  private joined(group: Group, node: Node, position: number, copies: number) {
    const turns = this.turnsOf(group, node);
    if (!turns || !this.pays(group, node, position, copies)) return undefined;
    // A reshape's input is seen through the reshape; any other node's inputs at the node's own place.
    const own = isReshape(node) ? [{ from: node.inputs[0]!.shape, to: node.outputs[0]!.shape }, ...turns] : turns;
    const added = node.inputs.map((v) => (isNumber(v) ? { value: v, offset: 0, shape: [] } : operandOf(v, own)));
    const operands = new Map([...group.operands].filter(([, o]) => o.value !== node.outputs[0]));
    for (const operand of added) {
      if (!operand) return undefined;
      operands.set(keyOf(operand), operand);
    }
    const read = [...operands.values()].filter((o) => !isNumber(o.value));
    if (read.length + 1 > this.limits.maxStorageBuffers || group.members.size >= mostSteps) return undefined;
    if (isSum(group.root) && !canSumProgram(read, shapeOf(group), axesOf(group.root))) return undefined;
    return { turns, operands };
  }

  private pays(group: Group, node: Node, position: number, copies: number): boolean {
    const [out] = node.outputs as [Value];
    const repeats = copies > 1 || sizeOf(out.shape) < sizeOf(shapeOf(group));
    const full = node.inputs.filter((v) => v.node.op.kind !== "leaf" && sizeOf(v.shape) === sizeOf(out.shape));
    if (copies > mostCopies || (copies > 1 && costly.has(node.op.name))) return false;
    if (repeats && costly.has(node.op.name) && sizeOf(out.shape) > 4096) return false;
    return group.position - position <= near || full.length <= 1;
  }
}

/** Steps in the order of the graph; arguments are operands, numbers or earlier steps. */
function programOf(group: Group, order: ReadonlyMap<Node, number>): { program: Program; operands: Operand[] } {
  const members = [...group.members.keys()].sort((a, b) => order.get(a)! - order.get(b)!);
  const operands = [...group.operands.values()].filter((o) => !isNumber(o.value));
  const keys = operands.map(keyOf);
  const numbers: number[] = [];
  const argument = (v: Value, turns: readonly Turn[]): Argument => {
    const step = members.indexOf(v.node);
    if (step >= 0) return { step };
    if (!isNumber(v)) return { operand: keys.indexOf(keyOf(operandOf(v, turns)!)) };
    numbers.push((v.node.attrs as { value: number }).value);
    return { number: numbers.length - 1 };
  };
  const steps = members.map((node): Step => {
    const turns = group.members.get(node)!;
    const own = isReshape(node) ? [{ from: node.inputs[0]!.shape, to: node.outputs[0]!.shape }, ...turns] : turns;
    const passes = isReshape(node) || node.op.name === "broadcastTo";
    return { name: passes ? "same" : (node.op.name as StepName), arguments: node.inputs.map((v) => argument(v, own)) };
  });
  return { program: { steps, numbers }, operands };
}

/** Also alone: a node that updates a state it reads, since programs work in place, and one that reads slices in place. */
function isWorthIt(group: Group, updated: ReadonlySet<Value>): boolean {
  const { root, members, operands } = group;
  if (isSum(root)) return members.size > 0 && [...members.keys()].some((node) => !isReshape(node));
  if (members.size > 1 || [...operands.values()].some((o) => o.offset > 0)) return true;
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
    const attrs: ProgramAttrs = {
      program,
      views: operands.map(({ offset, shape }) => ({ offset, shape })),
      shape: shapeOf(group),
      total: isSum(node) ? { axes: axesOf(node) } : undefined,
      resultShape: node.outputs[0]!.shape,
    };
    return b.apply(
      programDef,
      operands.map((o) => mapped.get(o.value)!),
      attrs,
    );
  });
}
