/**
 * Errors of regression maps over all labelled numbers of the set, whatever they measure. Prediction and label: [B,H,W,C], C = 1 to 3;
 * an element whose label is 255 counts nowhere.
 *
 * rmse and mae as usual. delta1 is the share of positive labels y with max(p/y, y/p) < 1.25 (Eigen, Puhrsch, Fergus: Depth Map Prediction
 * from a Single Image, NeurIPS 2014); a prediction p of 0 or less misses.
 */
import { type Baseline, defined, forEachSample, IGNORED, type Judge, type MapSize, type Metric } from "./metric";

const DELTA = 1.25;

/** Calls `visit` with prediction, label and channel of every labelled number. */
function forEachNumber(
  [prediction, label, size, weight]: Parameters<Metric["update"]>,
  visit: (prediction: number, label: number, channel: number) => void,
): void {
  const { channels } = size;
  const length = size.height * size.width * channels;
  forEachSample(prediction, label, channels, size, weight, (sample) => {
    for (let i = sample * length; i < (sample + 1) * length; i++)
      if (label[i] !== IGNORED) visit(prediction[i]!, label[i]!, i % channels);
  });
}

function createMetric(): Metric {
  const zero = { count: 0, squared: 0, absolute: 0, positive: 0, near: 0 };
  const sums = { ...zero };
  return {
    update: (...batch) =>
      forEachNumber(batch, (predicted, truth) => {
        sums.count++;
        sums.squared += (predicted - truth) ** 2;
        sums.absolute += Math.abs(predicted - truth);
        if (truth <= 0) return;
        sums.positive++;
        if (predicted > 0 && Math.max(predicted / truth, truth / predicted) < DELTA) sums.near++;
      }),
    result: () =>
      defined({
        rmse: Math.sqrt(sums.squared / sums.count),
        mae: sums.absolute / sums.count,
        delta1: sums.near / sums.positive,
      }),
    reset: () => Object.assign(sums, zero),
  };
}

/** The mean of each channel: it minimises the rmse. */
function createBaseline(): Baseline {
  const sums = new Float64Array(3);
  const counts = new Float64Array(3);
  return {
    observe: (label: Float32Array, size: MapSize, weight: Float32Array) =>
      forEachNumber([label, label, size, weight], (_, truth, channel) => {
        sums[channel] = sums[channel]! + truth;
        counts[channel] = counts[channel]! + 1;
      }),
    answer: (channels) => Float32Array.from({ length: channels }, (_, c) => sums[c]! / Math.max(counts[c]!, 1)),
  };
}

export const regressionMetric: Judge = {
  measures: [
    { key: "rmse", label: "root mean square error", unit: "number", largerIsBetter: false },
    { key: "mae", label: "mean absolute error", unit: "number", largerIsBetter: false },
    { key: "delta1", label: "share within a factor of 1.25", unit: "", largerIsBetter: true },
  ],
  create: createMetric,
  createBaseline,
};
