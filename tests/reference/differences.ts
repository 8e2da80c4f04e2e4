/** Derivatives against central differences, both in float64. */
import { Builder } from "../../src/core/graph/builder";
import { gradients } from "../../src/core/graph/differentiate";
import { type Shape, sizeOf, type Value } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";
import { evaluate } from "./evaluate";

export interface DerivativeCheck {
  /** The largest |derivative - difference|, over the largest magnitude of the differences (at least 1). */
  readonly error: number;
  readonly checked: number;
}

export interface DerivativeOptions {
  /** Inputs to differentiate, by position; all when absent. */
  readonly wrt?: readonly number[];
  /** Half the width of a difference. */
  readonly epsilon?: number;
  /** Elements per input that are checked, spread evenly. */
  readonly limit?: number;
}

/**
 * loss = Σ outputs · fixed random weights. Every input listed in `wrt` must get a gradient, so a derivative that is silently
 * missing fails too, unless its differences are all zero.
 */
export function checkDerivative(
  build: (b: Builder, inputs: Value[]) => readonly Value[],
  shapes: readonly Shape[],
  data: readonly ArrayLike<number>[],
  { wrt = shapes.map((_, i) => i), epsilon = 1e-5, limit = 40 }: DerivativeOptions = {},
): DerivativeCheck {
  const b = new Builder();
  const inputs = shapes.map((shape, i) => b.input(`x${i}`, shape));
  const stream = random(7, "loss weights");
  const weights = (shape: Shape): Value =>
    b.constant(
      Float32Array.from({ length: sizeOf(shape) }, () => stream.normal()),
      shape,
    );
  const terms = build(b, inputs).map((y) => b.sum(b.mul(y, weights(y.shape))));
  const loss = terms.reduce((sum, term) => b.add(sum, term));
  b.output("loss", loss);
  const lossOnly = b.build();
  const grads = gradients(
    b,
    loss,
    wrt.map((i) => inputs[i]!),
  );
  for (const [k, grad] of grads.entries()) if (grad) b.output(`d${k}`, grad);
  const feeds: Record<string, Float64Array> = Object.fromEntries(data.map((x, i) => [`x${i}`, Float64Array.from(x)]));
  const derivatives = evaluate(b.build(), feeds).outputs;

  let [error, scale, checked] = [0, 1, 0];
  for (const [k, i] of wrt.entries()) {
    const x = feeds[`x${i}`]!;
    const stride = Math.max(1, Math.floor(x.length / limit));
    for (let e = 0; e < x.length; e += stride) {
      const old = x[e]!;
      const lossAt = (v: number): number => {
        x[e] = v;
        return evaluate(lossOnly, feeds).outputs["loss"]![0]!;
      };
      const difference = (lossAt(old + epsilon) - lossAt(old - epsilon)) / (2 * epsilon);
      x[e] = old;
      scale = Math.max(scale, Math.abs(difference));
      const gap = Math.abs(difference - (derivatives[`d${k}`]?.[e] ?? 0));
      error = Math.max(error, Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap);
      checked++;
    }
  }
  return { error: error / scale, checked };
}
