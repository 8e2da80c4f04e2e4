/** Index arithmetic that the kernels of the primitives share: merging of axes, strides, and the numbering of overrides. */
import type { Shape } from "../../../graph/node";

/** The shaders take output indices apart over at most this many axes. */
export const maxAxes = 6;

/** Row-major strides. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** Strides of `shape` under the axes of `out` that it broadcasts to: 0 where it is stretched or absent. */
export function broadcastStrides(shape: Shape, out: Shape): number[] {
  const own = stridesOf(shape);
  const extra = out.length - shape.length;
  return out.map((_, i) => (i < extra || shape[i - extra] === 1 ? 0 : own[i - extra]!));
}

export interface Axes {
  readonly sizes: readonly number[];
  /** One list for each operand, parallel to `sizes`. */
  readonly strides: readonly (readonly number[])[];
}

/** Drops axes of size 1 and joins neighbours that every operand walks as one. */
export function mergeAxes({ sizes, strides }: Axes): Axes {
  const outSizes: number[] = [];
  const outStrides: number[][] = strides.map(() => []);
  sizes.forEach((size, axis) => {
    if (size === 1) return;
    const last = outSizes.length - 1;
    const joins = last >= 0 && strides.every((s, k) => outStrides[k]![last] === s[axis]! * size);
    if (joins) outSizes[last]! *= size;
    else outSizes.push(size);
    strides.forEach((s, k) => {
      if (joins) outStrides[k]![last] = s[axis]!;
      else outStrides[k]!.push(s[axis]!);
    });
  });
  return { sizes: outSizes, strides: outStrides };
}

/** Puts axes of size 1 (stride 0) in front, up to `count` axes. */
export function padAxes({ sizes, strides }: Axes, count: number): Axes {
  const missing = count - sizes.length;
  if (missing < 0) {
    throw new Error(
      `The WebGPU kernels index at most ${count} axes that do not merge; ${sizes.length} came (sizes ${sizes.join(",")}). Reshape so that neighbours merge.`,
    );
  }
  const ones = new Array<number>(missing).fill(1);
  const zeros = new Array<number>(missing).fill(0);
  return { sizes: [...ones, ...sizes], strides: strides.map((s) => [...zeros, ...s]) };
}

/** { prefix0: values[0], prefix1: ..., }; `from` leaves out the first ones (the outermost size is never needed). */
export function numbered(prefix: string, values: readonly number[], from = 0, suffix = ""): Record<string, number> {
  return Object.fromEntries(values.slice(from).map((value, i) => [`${prefix}${i + from}${suffix}`, value]));
}
