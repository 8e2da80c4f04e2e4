/** Kernel rules of sums and maxima over axes, and of softmax. */
import {
  groupsFor,
  type KernelCall,
  type KernelRule,
  type ReadOperand,
  type Shader,
  type WriteOperand,
} from "../../../graph/kernel";
import { type Node, type Shape, sizeOf, type Value } from "../../../graph/node";
import { numberOverrides, signature, termsCode } from "../generate";
import type { OperandView, ProgramAttrs } from "../program";
import { type Axes, broadcastStrides, mergeAxes, numbered, padAxes, stridesOf } from "./axes";
import { reduceOver, reduceShader, softmaxShader } from "./shaders";

/** Axes that the shader takes apart: kept and reduced. */
const [keptAxes, reducedAxes] = [4, 3];

/** A reduction of terms over operands that each have strides over the kept and the reduced axes. */
interface Reduction {
  readonly shader: Shader;
  readonly op: number;
  readonly operands: readonly ReadOperand[];
  /** Names of the operands' stride overrides, "" for the only one of reduceTerms.wgsl. */
  readonly prefixes: readonly string[];
  readonly kept: Axes;
  readonly reduced: Axes;
  readonly extra: Readonly<Record<string, number>>;
  /** Operations a term. */
  readonly flops: number;
}

function pickAxes(
  shape: Shape,
  strides: readonly (readonly number[])[],
  axes: readonly number[],
  chosen: boolean,
): Axes {
  const picked = shape.map((_, i) => i).filter((i) => axes.includes(i) === chosen);
  return mergeAxes({ sizes: picked.map((i) => shape[i]!), strides: strides.map((s) => picked.map((i) => s[i]!)) });
}

/** Who computes a chunk, see reduce.wgsl, and the workgroups that `chunks` chunks take. */
type Entry = "perThread" | "perColumns" | "perGroup";

function workgroups(entry: Entry, outputs: number, splits: number): number {
  if (entry === "perGroup") return outputs * splits;
  return entry === "perThread" ? Math.ceil((outputs * splits) / 64) : Math.ceil(outputs / 16) * splits;
}

function reduceCall(of: Reduction, to: WriteOperand, entry: Entry, splits: number): KernelCall {
  const outputs = sizeOf(of.kept.sizes);
  const length = sizeOf(of.reduced.sizes);
  const k = padAxes(of.kept, keptAxes);
  const r = padAxes({ sizes: of.reduced.sizes.map((n) => Math.max(1, n)), strides: of.reduced.strides }, reducedAxes);
  const strides = of.prefixes.map((prefix, i) => ({
    ...numbered(`${prefix}k`, k.strides[i]!),
    ...numbered(`${prefix}r`, r.strides[i]!),
  }));
  return {
    shader: of.shader,
    entry,
    overrides: {
      op: of.op,
      outputs,
      length,
      splits,
      chunk: Math.ceil(length / splits),
      ...numbered("k", k.sizes, 1, "Size"),
      ...numbered("r", r.sizes, 1, "Size"),
      ...Object.assign({}, ...strides),
      ...of.extra,
    },
    reads: of.operands,
    writes: [to],
    groups: groupsFor(workgroups(entry, outputs, splits)),
    flops: outputs * length * of.flops,
  };
}

/** Terms that one chunk takes at most, so that no thread adds long chains. */
const mostTerms: Readonly<Record<Entry, number>> = { perThread: 512, perColumns: 8192, perGroup: 16384 };

function entryOf(outputs: number, length: number, isInnermost: boolean): Entry {
  if (length >= 32 && isInnermost) return "perGroup";
  // Few outputs of many terms: a workgroup shares the terms of its columns, and no second dispatch has to join them.
  return length >= 64 && outputs <= 16384 ? "perColumns" : "perThread";
}

/** How many chunks the terms of one output are cut into: for enough threads, and for short chains of additions. */
function splitsOf(outputs: number, length: number, entry: Entry): number {
  const forPrecision = Math.ceil(length / mostTerms[entry]);
  if (entry === "perThread") return forPrecision;
  const wanted = Math.ceil(256 / workgroups(entry, outputs, 1));
  return Math.max(1, forPrecision, Math.min(wanted, Math.floor(length / 4096)));
}

function reduceCalls(first: Reduction, y: Value, isInnermost: boolean): readonly KernelCall[] {
  const outputs = sizeOf(first.kept.sizes);
  const length = sizeOf(first.reduced.sizes);
  const calls: KernelCall[] = [];
  let entry = entryOf(outputs, length, isInnermost);
  let splits = splitsOf(outputs, length, entry);
  let reduction = first;
  while (splits > 1) {
    const partial = { scratch: outputs * splits };
    calls.push(reduceCall(reduction, partial, entry, splits));
    reduction = {
      shader: reduceShader,
      op: first.op,
      operands: [partial],
      prefixes: [""],
      kept: { sizes: [outputs], strides: [[1]] },
      reduced: { sizes: [splits], strides: [[outputs]] },
      extra: {},
      flops: 1,
    };
    entry = entryOf(outputs, splits, outputs === 1);
    splits = splits <= mostTerms[entry] ? 1 : splitsOf(outputs, splits, entry);
  }
  calls.push(reduceCall(reduction, y, entry, 1));
  return calls;
}

/** Whether the innermost axis that is not 1 is reduced. */
function reducesInnermost(shape: Shape, axes: readonly number[]): boolean {
  const last = shape.findLastIndex((d) => d !== 1);
  return last >= 0 && axes.includes(last);
}

function plainReduction(x: Value, y: Value, axes: readonly number[], op: number): readonly KernelCall[] {
  const strides = [stridesOf(x.shape)];
  const [kept, reduced] = [pickAxes(x.shape, strides, axes, false), pickAxes(x.shape, strides, axes, true)];
  const reduction = { shader: reduceShader, op, operands: [x], prefixes: [""], kept, reduced, extra: {}, flops: 1 };
  return reduceCalls(reduction, y, reducesInnermost(x.shape, axes));
}

function programAxes(
  operands: readonly OperandView[],
  shape: Shape,
  axes: readonly number[],
): { kept: Axes; reduced: Axes } {
  const strides = operands.map((v) => broadcastStrides(v.shape, shape));
  return { kept: pickAxes(shape, strides, axes, false), reduced: pickAxes(shape, strides, axes, true) };
}

/** Whether the shader's axes suffice for a program under a sum. */
export function canSumProgram(operands: readonly OperandView[], shape: Shape, axes: readonly number[]): boolean {
  const { kept, reduced } = programAxes(operands, shape, axes);
  return kept.sizes.length <= keptAxes && reduced.sizes.length <= reducedAxes;
}

/** The sum of an elementwise program over some axes. */
export function sumProgramCalls(node: Node<ProgramAttrs>): readonly KernelCall[] {
  const { program, views, shape, total } = node.attrs;
  const { kept, reduced } = programAxes(views, shape, total!.axes);
  const reduction: Reduction = {
    shader: reduceOver(`sum of ${signature(program)}`, termsCode(program, node.inputs.length)),
    op: 0,
    operands: node.inputs,
    prefixes: node.inputs.map((_, i) => `o${i}_`),
    kept,
    reduced,
    extra: {
      ...numberOverrides(program.numbers),
      ...Object.fromEntries(views.map(({ offset }, i) => [`o${i}_b`, offset])),
    },
    flops: program.steps.length + 1,
  };
  return reduceCalls(reduction, node.outputs[0]!, reducesInnermost(shape, total!.axes));
}

type ReduceAttrs = { axes: readonly number[]; keepDims: boolean };

export const reduceSumKernel: KernelRule<ReduceAttrs> = (node) =>
  plainReduction(node.inputs[0]!, node.outputs[0]!, node.attrs.axes, 0);

export const reduceMaxKernel: KernelRule<ReduceAttrs> = (node) =>
  plainReduction(node.inputs[0]!, node.outputs[0]!, node.attrs.axes, 1);

export const softmaxKernel: KernelRule = (node) => {
  const [x] = node.inputs as [Value];
  const columns = x.shape.at(-1)!;
  const rows = sizeOf(x.shape) / columns;
  const byGroup = columns > 32;
  return [
    {
      shader: softmaxShader,
      entry: byGroup ? "perGroup" : "perThread",
      overrides: { rows, columns },
      reads: [x],
      writes: [node.outputs[0]!],
      groups: groupsFor(byGroup ? rows : Math.ceil(rows / 64)),
    },
  ];
};
