/**
 * Elementwise programs: a chain of elementwise primitives over broadcast operands as one node. Their WGSL is generated, the one
 * exception to "shaders are files": an override cannot choose an expression, and a chain as one kernel replaces many dispatches
 * and the memory between them. Sizes, strides and numbers stay overrides, so that one shader serves every shape.
 */
import type { Builder } from "../../graph/builder";
import { type Attrs, broadcastShapes, type Node, type OpDef, type Shape, sizeOf, type Value } from "../../graph/node";
import * as p from "../../graph/primitives";

const steps = {
  neg: p.neg,
  abs: p.abs,
  sign: p.sign,
  exp: p.exp,
  log: p.log,
  log1p: p.log1p,
  sqrt: p.sqrt,
  reciprocal: p.reciprocal,
  erf: p.erf,
  tanh: p.tanh,
  sigmoid: p.sigmoid,
  relu: p.relu,
  add: p.add,
  sub: p.sub,
  mul: p.mul,
  div: p.div,
  maximum: p.maximum,
  minimum: p.minimum,
  greater: p.greater,
  equal: p.equal,
  select: p.select,
} as const satisfies Record<string, OpDef>;

export type StepName = keyof typeof steps;

/** An argument: operand i of the node, the number i of the program, or the result of step i. */
export type Argument = { readonly operand: number } | { readonly number: number } | { readonly step: number };

export interface Step {
  /** `same` passes its argument on: a broadcast. */
  readonly name: StepName | "same";
  readonly arguments: readonly Argument[];
}

/** The last step is the result. */
export interface Program {
  readonly steps: readonly Step[];
  readonly numbers: readonly number[];
}

/** Axes summed after the program, with the result's shape; absent: the program's values themselves are the result. */
interface Total {
  readonly axes: readonly number[];
}

/** How an operand is seen: its memory from `offset` on, row major, as `shape`, which broadcasts to the program's shape. */
export interface OperandView {
  readonly offset: number;
  readonly shape: Shape;
}

export interface ProgramAttrs extends Attrs {
  readonly program: Program;
  /** One for each input of the node. */
  readonly views: readonly OperandView[];
  /** Shape of the program's values. */
  readonly shape: Shape;
  readonly total: Total | undefined;
  readonly resultShape: Shape;
}

export const isStep = (node: Node): boolean => node.op.name in steps || node.op.name === "broadcastTo";

const seenAs = (b: Builder, v: Value, { offset, shape }: OperandView): Value =>
  b.reshape(b.slice(b.reshape(v, [sizeOf(v.shape)]), [offset], [sizeOf(shape)]), shape);

/** The chain node by node, as it was before it became one node. */
function replay(b: Builder, inputs: readonly Value[], attrs: ProgramAttrs): Value {
  const { program, views, shape, total, resultShape } = attrs;
  const operands = inputs.map((v, i) => seenAs(b, v, views[i]!));
  const results: Value[] = [];
  const resolve = (a: Argument): Value => {
    if ("operand" in a) return operands[a.operand]!;
    return "number" in a ? b.full(program.numbers[a.number]!) : results[a.step]!;
  };
  for (const { name, arguments: args } of program.steps) {
    const values = args.map(resolve);
    results.push(name === "same" ? values[0]! : b.one(steps[name] as OpDef, values, {}));
  }
  const values = b.broadcastTo(results.at(-1)!, shape);
  return total ? b.reshape(b.sum(values, total.axes), resultShape) : values;
}

export const programDef = {
  name: "elementwise",
  kind: "composite",
  infer: (_inputs, { views, shape, resultShape }) => {
    for (const view of views) broadcastShapes(view.shape, shape);
    return [resultShape];
  },
  expand: (b, inputs, attrs) => [replay(b, inputs, attrs)],
  flops: (node) => sizeOf(node.attrs.shape) * node.attrs.program.steps.length,
} as const satisfies OpDef<ProgramAttrs>;

export const isProgram = (node: Node): node is Node<ProgramAttrs> => node.op.name === programDef.name;
