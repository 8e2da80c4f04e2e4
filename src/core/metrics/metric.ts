/**
 * Metrics as accumulators: predictions and labels go in batch by batch, numbers come out at the end.
 *
 * Letters: B samples, H and W sides, C channels of the prediction, c channels of the label (3 for normals, else 1).
 * Predictions are the network's raw outputs (logits), channels last; label 255 is ignored unless a reference meter says otherwise.
 */
export interface MapSize {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** C */
  readonly channels: number;
}

export interface Metric {
  /** prediction: [B,H,W,C], label: [B,H,W,c], weight: [B]; a sample of weight 0 only fills up its batch and is skipped. */
  update(prediction: Float32Array, label: Float32Array, size: MapSize, weight: Float32Array): void;
  /** A number that is undefined so far (no valid pixel) is absent. */
  result(): Record<string, number>;
  reset(): void;
}

/** What an image-blind model would answer, learnt from labels alone: training has to beat it. */
export interface Baseline {
  /** label: [B,H,W,c] */
  observe(label: Float32Array, size: MapSize, weight: Float32Array): void;
  /** The same C outputs for every pixel: [C]. */
  answer(channels: number): Float32Array;
}

/** One number of a metric, for people. */
export interface Measure {
  readonly key: string;
  readonly label: string;
  /** "": a share, shown as percent. "number": in whatever the labels are in. */
  readonly unit: "" | "degrees" | "metres" | "number";
  readonly largerIsBetter: boolean;
}

/** How a task is judged. */
export interface Judge {
  /** The first is the primary one: it stands for the task in Δm. */
  readonly measures: readonly [Measure, ...Measure[]];
  create(): Metric;
  createBaseline(): Baseline;
  /** The meter of the DiTASK and MTLoRA code, oddities included, for comparison with published numbers; absent: it has none. */
  createReference?(): Metric;
}

/** The same numbers with another one as the primary. @throws where there is no measure of this key. */
export function withPrimary(judge: Judge, key: string): Judge {
  const first = judge.measures.find((measure) => measure.key === key);
  if (!first)
    throw new Error(`A metric has no measure "${key}"; it has ${judge.measures.map((m) => m.key).join(", ")}.`);
  return { ...judge, measures: [first, ...judge.measures.filter((measure) => measure !== first)] };
}

export const IGNORED = 255;

/** Calls `visit` with the index of each sample that counts, after checking the arrays' lengths. */
export function forEachSample(
  prediction: Float32Array,
  label: Float32Array,
  labelChannels: number,
  size: MapSize,
  weight: Float32Array,
  visit: (sample: number) => void,
): void {
  const pixels = size.batch * size.height * size.width;
  const expected = [pixels * size.channels, pixels * labelChannels, size.batch];
  const came = [prediction.length, label.length, weight.length];
  if (came.some((n, i) => n !== expected[i])) {
    throw new Error(
      `A metric over ${size.batch}×${size.height}×${size.width} pixels needs ${expected.join(", ")} numbers of prediction, label and ` +
        `weight; ${came.join(", ")} came. Bring prediction and label to one size.`,
    );
  }
  for (let sample = 0; sample < size.batch; sample++) if (weight[sample] !== 0) visit(sample);
}

/** The entries that are numbers. */
export const defined = (values: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).filter(([, v]) => Number.isFinite(v)));

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** A constant prediction spread over all pixels: [C] → [B,H,W,C]. */
export function spreadAnswer(answer: Float32Array, size: MapSize): Float32Array {
  const map = new Float32Array(size.batch * size.height * size.width * size.channels);
  for (let i = 0; i < map.length; i += answer.length) map.set(answer, i);
  return map;
}
