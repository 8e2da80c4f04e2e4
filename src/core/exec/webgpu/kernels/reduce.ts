/** Kernel rules of sums and maxima over axes, and of softmax. */
import {
  groupsFor,
  type KernelCall,
  type KernelRule,
  type ReadOperand,
  type WriteOperand,
} from "../../../graph/kernel";
import { sizeOf, type Value } from "../../../graph/node";
import { mergeAxes, numbered, padAxes, stridesOf } from "./axes";
import { reduceShader, softmaxShader } from "./shaders";

interface Reduction {
  readonly op: number;
  readonly kept: { readonly sizes: readonly number[]; readonly strides: readonly number[] };
  readonly reduced: { readonly sizes: readonly number[]; readonly strides: readonly number[] };
}

/** Longest run of terms that one thread adds before chunks are joined by a further dispatch. */
const threadTerms = 512;
const groupTerms = 16384;

function pickAxes(x: Value, axes: readonly number[], chosen: boolean) {
  const strides = stridesOf(x.shape);
  const picked = x.shape.map((_, i) => i).filter((i) => axes.includes(i) === chosen);
  const merged = mergeAxes({ sizes: picked.map((i) => x.shape[i]!), strides: [picked.map((i) => strides[i]!)] });
  return { sizes: merged.sizes, strides: merged.strides[0]! };
}

function reduceCall(
  from: ReadOperand,
  to: WriteOperand,
  { op, kept, reduced }: Reduction,
  byGroup: boolean,
  splits: number,
): KernelCall {
  const outputs = sizeOf(kept.sizes);
  const length = sizeOf(reduced.sizes);
  const k = padAxes({ sizes: kept.sizes, strides: [kept.strides] }, 4);
  const r = padAxes({ sizes: reduced.sizes.map((n) => Math.max(1, n)), strides: [reduced.strides] }, 3);
  const chunks = outputs * splits;
  return {
    shader: reduceShader,
    entry: byGroup ? "perGroup" : "perThread",
    overrides: {
      op,
      outputs,
      length,
      splits,
      chunk: Math.ceil(length / splits),
      ...numbered("k", k.sizes, 1, "Size"),
      ...numbered("k", k.strides[0]!),
      ...numbered("r", r.sizes, 1, "Size"),
      ...numbered("r", r.strides[0]!),
    },
    reads: [from],
    writes: [to],
    groups: groupsFor(byGroup ? chunks : Math.ceil(chunks / 64)),
    flops: outputs * length,
  };
}

/** How many chunks the terms of one output are cut into: for enough threads, and for short chains of additions. */
function splitsOf(outputs: number, length: number, byGroup: boolean): number {
  const forPrecision = Math.ceil(length / (byGroup ? groupTerms : threadTerms));
  const wanted = byGroup ? Math.ceil(256 / outputs) : Math.ceil(16384 / outputs);
  const most = Math.max(1, Math.floor(length / (byGroup ? 2048 : 32)));
  return Math.max(1, forPrecision, Math.min(wanted, most));
}

function reduceCalls(x: Value, y: Value, axes: readonly number[], op: number): readonly KernelCall[] {
  const kept = pickAxes(x, axes, false);
  const reduced = pickAxes(x, axes, true);
  const outputs = sizeOf(kept.sizes);
  const length = sizeOf(reduced.sizes);
  const byGroup = length >= 32 && reduced.strides.at(-1) === 1;
  const calls: KernelCall[] = [];
  let splits = splitsOf(outputs, length, byGroup);
  let from: ReadOperand = x;
  let reduction: Reduction = { op, kept, reduced };
  let grouped = byGroup;
  while (splits > 1) {
    const partial = { scratch: outputs * splits };
    calls.push(reduceCall(from, partial, reduction, grouped, splits));
    from = partial;
    reduction = {
      op,
      kept: { sizes: [outputs], strides: [1] },
      reduced: { sizes: [splits], strides: [outputs] },
    };
    grouped = outputs === 1 && splits >= 32;
    splits = splits <= threadTerms ? 1 : splitsOf(outputs, splits, grouped);
  }
  calls.push(reduceCall(from, y, reduction, grouped, 1));
  return calls;
}

type ReduceAttrs = { axes: readonly number[]; keepDims: boolean };

export const reduceSumKernel: KernelRule<ReduceAttrs> = (node) =>
  reduceCalls(node.inputs[0]!, node.outputs[0]!, node.attrs.axes, 0);

export const reduceMaxKernel: KernelRule<ReduceAttrs> = (node) =>
  reduceCalls(node.inputs[0]!, node.outputs[0]!, node.attrs.axes, 1);

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
