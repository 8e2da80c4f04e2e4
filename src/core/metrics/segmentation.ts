/** Intersection over union of class maps: semantic segmentation and human parts. */
import { type Baseline, defined, forEachSample, IGNORED, type Judge, type MapSize, type Metric } from "./metric";

/** Counts of (true class, predicted class) over all valid pixels: [classes,classes]. */
class Confusion {
  classes = 0;
  counts = new Float64Array(0);

  update(prediction: Float32Array, label: Float32Array, size: MapSize, weight: Float32Array): void {
    this.resize(size.channels);
    const pixels = size.height * size.width;
    forEachSample(prediction, label, 1, size, weight, (sample) => {
      for (let i = sample * pixels; i < (sample + 1) * pixels; i++) {
        const truth = label[i]!;
        if (truth === IGNORED) continue;
        if (!(truth >= 0 && truth < this.classes && Number.isInteger(truth))) {
          throw new Error(
            `A label is class ${truth}, but the model tells ${this.classes} classes (0..${this.classes - 1}) and 255.`,
          );
        }
        const at = truth * this.classes + argmax(prediction, i * this.classes, this.classes);
        this.counts[at] = this.counts[at]! + 1;
      }
    });
  }

  private resize(classes: number): void {
    if (this.classes === classes) return;
    if (this.classes !== 0)
      throw new Error(`A metric of ${this.classes} classes got predictions of ${classes}; reset it first.`);
    this.classes = classes;
    this.counts = new Float64Array(classes * classes);
  }

  /** Of each class: pixels that are both, true or predicted. */
  overlaps(): { readonly both: number; readonly either: number }[] {
    const n = this.classes;
    return Array.from({ length: n }, (_, k) => {
      let either = -this.counts[k * n + k]!;
      for (let j = 0; j < n; j++) either += this.counts[k * n + j]! + this.counts[j * n + k]!;
      return { both: this.counts[k * n + k]!, either };
    });
  }

  reset(): void {
    this.classes = 0;
    this.counts = new Float64Array(0);
  }
}

/** The first largest of `count` numbers from `start`, relative to `start`. */
function argmax(data: Float32Array, start: number, count: number): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (data[start + k]! > data[start + best]!) best = k;
  return best;
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/**
 * mIoU: mean over the classes that occur in labels or predictions. mIoUReference: mean over all classes, where the reference counts a
 * class that does not occur as 0. accuracy: share of right pixels.
 */
function createMetric(): Metric {
  const confusion = new Confusion();
  return {
    update: (...batch) => confusion.update(...batch),
    result: () => {
      const overlaps = confusion.overlaps();
      const seen = overlaps.filter(({ either }) => either > 0);
      if (seen.length === 0) return {};
      const total = confusion.counts.reduce((sum, n) => sum + n, 0);
      return defined({
        mIoU: mean(seen.map(({ both, either }) => both / either)),
        mIoUReference: mean(overlaps.map(({ both, either }) => both / Math.max(either, 1e-8))),
        accuracy: overlaps.reduce((sum, { both }) => sum + both, 0) / total,
      });
    },
    reset: () => confusion.reset(),
  };
}

/** The reference's mIoU over all classes, and each class's own as "IoU.<class>"; a class that does not occur counts as 0. */
function createReference(): Metric {
  const confusion = new Confusion();
  return {
    update: (...batch) => confusion.update(...batch),
    result: () => {
      const classes = confusion.overlaps().map(({ both, either }) => both / Math.max(either, 1e-8));
      return defined({
        mIoU: classes.length === 0 ? 0 : mean(classes),
        ...Object.fromEntries(classes.map((iou, k) => [`IoU.${k}`, iou])),
      });
    },
    reset: () => confusion.reset(),
  };
}

/** The class that most labelled pixels have. */
function createBaseline(): Baseline {
  const counts = new Map<number, number>();
  return {
    observe: (label, size, weight) => {
      const pixels = size.height * size.width;
      for (let i = 0; i < label.length; i++) {
        const truth = label[i]!;
        if (truth !== IGNORED && weight[Math.floor(i / pixels)] !== 0) counts.set(truth, (counts.get(truth) ?? 0) + 1);
      }
    },
    answer: (channels) => {
      const [majority] = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, 0]);
      return Float32Array.from({ length: channels }, (_, k) => (k === majority ? 1 : 0));
    },
  };
}

export const segmentationMetric: Judge = {
  measures: [
    { key: "mIoU", label: "mean IoU", unit: "", largerIsBetter: true },
    { key: "mIoUReference", label: "mean IoU, absent classes count 0", unit: "", largerIsBetter: true },
    { key: "accuracy", label: "pixel accuracy", unit: "", largerIsBetter: true },
  ],
  create: createMetric,
  createReference,
  createBaseline,
};
