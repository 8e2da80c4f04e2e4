/**
 * Judges an optimiser step by its loss and the norm of its gradient: whether it is skipped, and how its gradient is scaled. The device
 * decides, so that nothing waits for the host.
 */
import judgeStepWgsl from "../../../shaders/judgeStep.wgsl?raw";
import type { Builder } from "../graph/builder";
import { type OpDef, sizeOf, type Value } from "../graph/node";
import type { OpCases } from "./cases";

/** PyTorch adds this to the norm before dividing. */
const NORM_EPSILON = 1e-6;

export interface JudgeInputs {
  /** []: Σ g² of the summed gradient. */
  readonly squares: Value;
  /** []: one over the number of summed micro-batches. */
  readonly gradientScale: Value;
  /** []: the largest norm; a huge number switches clipping off. */
  readonly maxNorm: Value;
  /** []: 1 where all steps behind a skipped one are skipped too, 0 where each is judged by itself. */
  readonly holds: Value;
  /** []: the sum of the step's losses. */
  readonly loss: Value;
}

const names = ["squares", "gradientScale", "maxNorm", "holds", "loss"] as const;

/** 1 where x is a finite number, else 0: infinity is greater than no infinity, and than no NaN. */
const finite = (b: Builder, x: Value): Value => b.greater(b.full(Number.POSITIVE_INFINITY), b.abs(x));

/**
 * norm = gradientScale √squares, clipped as PyTorch's `clip_grad_norm_`: scale = gradientScale min(1, maxNorm / (norm + 1e-6)).
 * Inputs in the order of JudgeInputs; outputs norm [], verdict [2] (1 where the step is skipped, else 0; scale), and the loss [] that the
 * next step begins with: 0, or one that is not finite where the next step is to be skipped too.
 */
export const judgeStepDef = {
  name: "judgeStep",
  kind: "composite",
  infer: (inputs) => {
    for (const [i, name] of names.entries())
      if (sizeOf(inputs[i]!.shape) !== 1)
        throw new Error(`expects one number as ${name}; ${sizeOf(inputs[i]!.shape)} came.`);
    return [[], [2], []];
  },
  expand: (b, inputs) => {
    const [squares, gradientScale, maxNorm, holds, loss] = inputs as [Value, Value, Value, Value, Value];
    const norm = b.mul(b.sqrt(squares), gradientScale);
    const limit = b.minimum(b.div(maxNorm, b.add(norm, NORM_EPSILON)), 1);
    const skipped = b.sub(b.full(1), b.mul(finite(b, squares), finite(b, loss)));
    const verdict = [skipped, b.mul(gradientScale, limit)].map((x) => b.reshape(x, [1]));
    const held = b.mul(holds, skipped);
    return [norm, b.concat(verdict, 0), b.select(held, b.add(loss, squares), 0)];
  },
  kernel: (node) => [
    {
      shader: { name: "judgeStep", code: judgeStepWgsl },
      entry: "main",
      overrides: { epsilon: NORM_EPSILON },
      reads: node.inputs.slice(0, 4),
      writes: node.outputs,
      groups: [1, 1, 1],
    },
  ],
  inPlace: { 2: 4 },
  flops: () => 8,
} as const satisfies OpDef<Record<string, never>>;

export function judgeStep(
  b: Builder,
  inputs: JudgeInputs,
): { readonly norm: Value; readonly verdict: Value; readonly nextLoss: Value } {
  const [norm, verdict, nextLoss] = b.apply(
    judgeStepDef,
    names.map((name) => inputs[name]),
    {},
  );
  return { norm: norm!, verdict: verdict!, nextLoss: nextLoss! };
}

const judgeCase = (name: string, squares: number, loss: number, holds: number): OpCases[number] => ({
  name,
  inputs: [squares, 0.5, 5, holds, loss].map((value) => ({ shape: [], data: { values: [value] } })),
  build: (b, inputs) => {
    const [squared, gradientScale, maxNorm, held, total] = inputs as [Value, Value, Value, Value, Value];
    const { norm, verdict, nextLoss } = judgeStep(b, {
      squares: squared,
      gradientScale,
      maxNorm,
      holds: held,
      loss: total,
    });
    // Where the step is skipped, nobody reads the scale.
    return [norm, b.slice(verdict, [0], [1]), nextLoss];
  },
  wrt: [],
});

export const judgeStepCases: OpCases = [
  judgeCase("a short gradient is left alone", 16, 1.5, 1),
  judgeCase("a long one is clipped", 40000, 1.5, 1),
  judgeCase("no gradient at all", 0, 0, 0),
  judgeCase("an infinite norm", Number.POSITIVE_INFINITY, 1.5, 0),
  judgeCase("an infinite norm that holds the run", Number.POSITIVE_INFINITY, 1.5, 1),
  judgeCase("a loss that is no number", 16, Number.NaN, 0),
  judgeCase("an infinite loss that holds the run", 16, Number.NEGATIVE_INFINITY, 1),
];
