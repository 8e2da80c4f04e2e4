/**
 * Saliency: how well the thresholded probability map overlaps the salient region, at the best threshold for the whole set.
 *
 * mIoU and maxF average over images at each of 15 thresholds (0.2, 0.25, ..., 0.9) before the best threshold is taken; betaMaxF
 * (β² = 0.3) counts pixels of the whole set at 19 thresholds (0.05, ..., 0.95).
 */
import { type Baseline, defined, forEachSample, IGNORED, type Judge, type Metric, sigmoid } from "./metric";

const IMAGE_THRESHOLDS = Array.from({ length: 15 }, (_, i) => 0.2 + 0.05 * i);
const SET_THRESHOLDS = Array.from({ length: 19 }, (_, i) => 0.05 * (i + 1));
const BETA_SQUARED = 0.3;

interface Counts {
  both: number;
  predicted: number;
  actual: number;
}

interface Behaviour {
  /** Whether label 255 is left out of mIoU and maxF (the reference takes it for salient there). */
  readonly ignore: boolean;
  /** The probability that betaMaxF thresholds (the reference applies the sigmoid twice there). */
  readonly probability: (logit: number) => number;
}

const harmonic = (precision: number, recall: number): number => (2 * precision * recall) / (precision + recall + 1e-12);

/** F with β² = 0.3; 0 where it is undefined. */
function betaScore({ both, predicted, actual }: Counts): number {
  const precision = both / predicted;
  const recall = both / actual;
  const score = ((1 + BETA_SQUARED) * precision * recall) / (BETA_SQUARED * precision + recall);
  return Number.isNaN(score) ? 0 : score;
}

/** Two empty regions are equal: IoU 1. */
const overlap = ({ both, predicted, actual }: Counts): number =>
  predicted + actual === 0 ? 1 : both / (predicted + actual - both);

/** How many of the ascending thresholds a probability passes. */
function passed(thresholds: readonly number[], probability: number, passes: (p: number, t: number) => boolean): number {
  let [low, high] = [0, thresholds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (passes(probability, thresholds[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Pixels by how many thresholds they pass, from which the counts at every threshold follow. */
class ThresholdCounts {
  private readonly both: Float64Array;
  private readonly predicted: Float64Array;
  private actual = 0;

  constructor(private readonly thresholds: number) {
    this.both = new Float64Array(thresholds + 1);
    this.predicted = new Float64Array(thresholds + 1);
  }

  add(thresholdsPassed: number, isSalient: boolean): void {
    this.predicted[thresholdsPassed] = this.predicted[thresholdsPassed]! + 1;
    if (!isSalient) return;
    this.both[thresholdsPassed] = this.both[thresholdsPassed]! + 1;
    this.actual++;
  }

  /** The counts at each threshold, ascending. */
  counts(): Counts[] {
    const result: Counts[] = [];
    let [both, predicted] = [0, 0];
    for (let t = this.thresholds; t >= 1; t--) {
      both += this.both[t]!;
      predicted += this.predicted[t]!;
      result.unshift({ both, predicted, actual: this.actual });
    }
    return result;
  }
}

const above = (p: number, t: number): boolean => p > t;
const atLeast = (p: number, t: number): boolean => p >= t;

class SaliencyMetric implements Metric {
  private images = 0;
  private readonly iou = IMAGE_THRESHOLDS.map(() => 0);
  private readonly precision = IMAGE_THRESHOLDS.map(() => 0);
  private readonly recall = IMAGE_THRESHOLDS.map(() => 0);
  private set = new ThresholdCounts(SET_THRESHOLDS.length);

  constructor(private readonly behaviour: Behaviour) {}

  update(...[prediction, label, size, weight]: Parameters<Metric["update"]>): void {
    const pixels = size.height * size.width;
    forEachSample(prediction, label, 1, size, weight, (sample) => {
      const part = [sample * pixels, (sample + 1) * pixels] as const;
      this.addImage(prediction.subarray(...part), label.subarray(...part));
    });
  }

  private addImage(logits: Float32Array, labels: Float32Array): void {
    const { ignore, probability } = this.behaviour;
    const image = new ThresholdCounts(IMAGE_THRESHOLDS.length);
    let counted = 0;
    for (let i = 0; i < labels.length; i++) {
      const isSalient = labels[i]! >= 0.5;
      const isIgnored = labels[i] === IGNORED;
      if (!isIgnored) this.set.add(passed(SET_THRESHOLDS, probability(logits[i]!), atLeast), isSalient);
      if (isIgnored && ignore) continue;
      counted++;
      image.add(passed(IMAGE_THRESHOLDS, sigmoid(logits[i]!), above), isSalient);
    }
    if (counted === 0) return;
    this.images++;
    for (const [t, counts] of image.counts().entries()) {
      this.iou[t] = this.iou[t]! + overlap(counts);
      this.precision[t] = this.precision[t]! + counts.both / (counts.predicted + 1e-12);
      this.recall[t] = this.recall[t]! + counts.both / (counts.actual + 1e-12);
    }
  }

  result(): Record<string, number> {
    if (this.images === 0) return {};
    const perImage = (sums: readonly number[]): number[] => sums.map((sum) => sum / this.images);
    const recall = perImage(this.recall);
    return defined({
      mIoU: Math.max(...perImage(this.iou)),
      maxF: Math.max(...perImage(this.precision).map((p, t) => harmonic(p, recall[t]!))),
      betaMaxF: Math.max(...this.set.counts().map(betaScore)),
    });
  }

  reset(): void {
    this.images = 0;
    for (const sums of [this.iou, this.precision, this.recall]) sums.fill(0);
    this.set = new ThresholdCounts(SET_THRESHOLDS.length);
  }
}

/** One half everywhere: all salient at the lower thresholds, nothing at the higher ones; the best threshold picks the better. */
const createBaseline = (): Baseline => ({ observe: () => {}, answer: () => new Float32Array(1) });

export const saliencyMetric: Judge = {
  measures: [
    { key: "mIoU", label: "mean IoU at the best threshold", unit: "", largerIsBetter: true },
    { key: "maxF", label: "F at the best threshold", unit: "", largerIsBetter: true },
    { key: "betaMaxF", label: "F (β² = 0.3) at the best threshold", unit: "", largerIsBetter: true },
  ],
  create: () => new SaliencyMetric({ ignore: true, probability: sigmoid }),
  /** As coded there, except that a batch of one image is treated as one image (there its rows are taken for images). */
  createReference: () => new SaliencyMetric({ ignore: false, probability: (logit) => sigmoid(sigmoid(logit)) }),
  createBaseline,
};
