/**
 * Edges: F-measure at the best threshold of the whole set, with tolerance in place.
 *
 * A predicted pixel is right within 0.0075 of the picture's diagonal of a true one, a true pixel is found within it of a predicted one.
 * This is not the odsF of the SEISM tools that papers report: those thin the prediction and match pixels one to one. It orders models
 * alike but is larger for thick edges, so it is to be compared with itself only.
 */
import { type Baseline, defined, forEachSample, IGNORED, type Judge, type Metric, sigmoid } from "./metric";

const TOLERANCE = 0.0075;
/** Thresholds are 0.01, 0.02, ..., 0.99. */
const BINS = 99;
const POSITIVE_WEIGHT = 0.95;

/** How many of the thresholds a probability reaches: 0..99. */
const binOf = (probability: number): number => Math.min(BINS, Math.floor(probability * 100 + 1e-9));

/** Offsets (dx,dy) within the radius, flat. */
function discOffsets(radius: number): readonly (readonly [number, number])[] {
  const reach = Math.floor(radius);
  const offsets: [number, number][] = [];
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) if (dx * dx + dy * dy <= radius * radius) offsets.push([dx, dy]);
  return offsets;
}

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** -w log sigmoid(x) for an edge, -(1-w) log(1 - sigmoid(x)) for another pixel, w = 0.95. */
const entropy = (x: number, isEdge: boolean): number =>
  isEdge ? POSITIVE_WEIGHT * softplus(-x) : (1 - POSITIVE_WEIGHT) * softplus(x);

class EdgeMetric implements Metric {
  /** Pixels by the number of thresholds that they reach; predicted ones, right ones, true ones by their best neighbour. */
  private readonly predicted = new Float64Array(BINS + 1);
  private readonly right = new Float64Array(BINS + 1);
  private readonly found = new Float64Array(BINS + 1);
  private edges = 0;
  private pixels = 0;
  private loss = 0;

  update(...[prediction, label, size, weight]: Parameters<Metric["update"]>): void {
    const { height, width } = size;
    const offsets = discOffsets(TOLERANCE * Math.hypot(height, width));
    forEachSample(prediction, label, 1, size, weight, (sample) => {
      const part = [sample * height * width, (sample + 1) * height * width] as const;
      this.addImage(prediction.subarray(...part), label.subarray(...part), height, width, offsets);
    });
  }

  private addImage(
    logits: Float32Array,
    labels: Float32Array,
    height: number,
    width: number,
    offsets: readonly (readonly [number, number])[],
  ): void {
    const bins = Uint8Array.from(logits, (x, i) => (labels[i] === IGNORED ? 0 : binOf(sigmoid(x))));
    const near = new Uint8Array(labels.length);
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === IGNORED) continue;
      const isEdge = labels[i]! >= 0.5;
      this.pixels++;
      this.loss += entropy(logits[i]!, isEdge);
      if (!isEdge) continue;
      let best = 0;
      for (const [dx, dy] of offsets) {
        const [x, y] = [(i % width) + dx, Math.floor(i / width) + dy];
        if (x < 0 || x >= width || y < 0 || y >= height) continue;
        near[y * width + x] = 1;
        best = Math.max(best, bins[y * width + x]!);
      }
      this.edges++;
      this.found[best] = this.found[best]! + 1;
    }
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === IGNORED) continue;
      const bin = bins[i]!;
      this.predicted[bin] = this.predicted[bin]! + 1;
      if (near[i] === 1) this.right[bin] = this.right[bin]! + 1;
    }
  }

  result(): Record<string, number> {
    if (this.pixels === 0) return {};
    let [predicted, right, found, best] = [0, 0, 0, 0];
    for (let bin = BINS; bin >= 1; bin--) {
      predicted += this.predicted[bin]!;
      right += this.right[bin]!;
      found += this.found[bin]!;
      const precision = predicted === 0 ? 0 : right / predicted;
      const recall = this.edges === 0 ? 0 : found / this.edges;
      if (precision + recall > 0) best = Math.max(best, (2 * precision * recall) / (precision + recall));
    }
    return defined({ maxF: best, loss: this.loss / this.pixels });
  }

  reset(): void {
    for (const counts of [this.predicted, this.right, this.found]) counts.fill(0);
    this.edges = 0;
    this.pixels = 0;
    this.loss = 0;
  }
}

/** The reference reports its loss only, and computes it on probabilities as if they were logits, 255 being an edge. */
function createReference(): Metric {
  let [sum, count] = [0, 0];
  return {
    update: (prediction, label, size, weight) => {
      const pixels = size.height * size.width;
      forEachSample(prediction, label, 1, size, weight, (sample) => {
        for (let i = sample * pixels; i < (sample + 1) * pixels; i++)
          sum += entropy(sigmoid(prediction[i]!), label[i]! >= 0.5);
        count += pixels;
      });
    },
    result: () => defined({ loss: sum / count }),
    reset: () => {
      [sum, count] = [0, 0];
    },
  };
}

/** An edge everywhere, at the logit that minimises the loss: ln(w e / ((1-w) (1-e))) for a share e of edges. */
function createBaseline(): Baseline {
  let [edges, others] = [0, 0];
  return {
    observe: (label, size, weight) => {
      const pixels = size.height * size.width;
      for (let i = 0; i < label.length; i++) {
        if (label[i] === IGNORED || weight[Math.floor(i / pixels)] === 0) continue;
        if (label[i]! >= 0.5) edges++;
        else others++;
      }
    },
    answer: () => {
      const logit = Math.log((POSITIVE_WEIGHT * (edges + 1)) / ((1 - POSITIVE_WEIGHT) * (others + 1)));
      return Float32Array.of(logit);
    },
  };
}

export const edgeMetric: Judge = {
  measures: [
    { key: "maxF", label: "F at the best threshold", unit: "", largerIsBetter: true },
    { key: "loss", label: "balanced cross-entropy", unit: "", largerIsBetter: false },
  ],
  create: () => new EdgeMetric(),
  createReference,
  createBaseline,
};
