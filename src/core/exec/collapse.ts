/**
 * Fewer axes for the same memory. Executors are limited in rank (TensorFlow.js: 6) and quicker at low ranks; neighbouring axes that an op
 * treats alike can be merged, and axes of size 1 dropped, without moving an element.
 */
import { type Shape, sizeOf } from "../graph/node";

export interface CollapsedTranspose {
  readonly shape: Shape;
  readonly perm: readonly number[];
}

/** Merges axes that stay neighbours, in order; drops axes of size 1. */
export function collapseTranspose(shape: Shape, perm: readonly number[]): CollapsedTranspose {
  const order = perm.filter((axis) => shape[axis] !== 1);
  // Runs of the result, each a run of consecutive input axes (axes of size 1 do not break a run).
  const kept = shape.map((_, axis) => axis).filter((axis) => shape[axis] !== 1);
  const rank = new Map(kept.map((axis, i) => [axis, i]));
  const runs: number[][] = [];
  for (const axis of order) {
    const last = runs.at(-1);
    if (last && rank.get(axis) === rank.get(last.at(-1)!)! + 1) last.push(axis);
    else runs.push([axis]);
  }
  const byInput = [...runs].sort((a, b) => a[0]! - b[0]!);
  return {
    shape: byInput.map((run) => sizeOf(run.map((axis) => shape[axis]!))),
    perm: runs.map((run) => byInput.indexOf(run)),
  };
}

/** Merges neighbouring axes of `shape` for which `label` is equal; an axis of size 1 joins any run. Returns the runs' labels and sizes. */
function mergeRuns<L>(shape: Shape, label: (axis: number) => L): { sizes: number[]; labels: L[] } {
  const sizes: number[] = [];
  const labels: L[] = [];
  shape.forEach((d, axis) => {
    if (d === 1) return;
    if (labels.length > 0 && labels.at(-1) === label(axis)) sizes[sizes.length - 1]! *= d;
    else {
      sizes.push(d);
      labels.push(label(axis));
    }
  });
  return { sizes, labels };
}

/** Shapes for the operands of a broadcasting op whose result is `out`: axes on which the same operands stretch are merged. */
export function collapseBroadcast(operands: readonly Shape[], out: Shape): { operands: Shape[]; out: Shape } {
  const stretches = (operand: Shape, axis: number): boolean =>
    (operand[axis - out.length + operand.length] ?? 1) === 1 && out[axis] !== 1;
  const { sizes, labels } = mergeRuns(out, (axis) =>
    operands.map((operand) => (stretches(operand, axis) ? "1" : "d")).join(""),
  );
  return { operands: operands.map((_, k) => sizes.map((d, i) => (labels[i]![k] === "1" ? 1 : d))), out: sizes };
}

/** Shape and axes for a reduction: neighbours that are both reduced, or both kept, are merged. */
export function collapseReduction(shape: Shape, axes: readonly number[]): { shape: Shape; axes: number[] } {
  const { sizes, labels } = mergeRuns(shape, (axis) => axes.includes(axis));
  return { shape: sizes, axes: labels.flatMap((reduced, i) => (reduced ? [i] : [])) };
}

/**
 * Outer and inner sizes for slice and pad: an axis that is taken whole is merged into the one before it. `starts` and `sizes` say
 * where the window `sizes` stands inside `shape`.
 */
export function collapseWindow(
  shape: Shape,
  starts: readonly number[],
  sizes: readonly number[],
): { shape: number[]; starts: number[]; sizes: number[] } {
  const merged = { shape: [] as number[], starts: [] as number[], sizes: [] as number[] };
  shape.forEach((d, axis) => {
    const last = merged.shape.length - 1;
    if (last >= 0 && sizes[axis] === d) {
      merged.shape[last]! *= d;
      merged.starts[last]! *= d;
      merged.sizes[last]! *= d;
    } else {
      merged.shape.push(d);
      merged.starts.push(starts[axis]!);
      merged.sizes.push(sizes[axis]!);
    }
  });
  return merged;
}
