/**
 * Angles between predicted and true directions: the numbers of surface normals and the median angle. The median is read from a histogram
 * of bins of 0.01°, so that a set of any size costs the same memory; it is right to half a bin.
 */
import type { Judge, Metric } from "./metric";
import { angleOf, forEachNormal, normalsMetric, unit } from "./normals";

const BINS_PER_DEGREE = 100;

function createMetric(): Metric {
  const angles = normalsMetric.create();
  const bins = new Float64Array(180 * BINS_PER_DEGREE + 1);
  return {
    update: (...batch) => {
      angles.update(...batch);
      forEachNormal(batch, (prediction, truth) => {
        const bin = Math.round(angleOf(unit(prediction), unit(truth)) * BINS_PER_DEGREE);
        bins[bin] = bins[bin]! + 1;
      });
    },
    result: () => {
      const found = median(bins);
      return { ...angles.result(), ...(found === undefined ? {} : { median: found }) };
    },
    reset: () => {
      angles.reset();
      bins.fill(0);
    },
  };
}

/** The lower median in degrees; undefined for no angle. */
function median(bins: Float64Array): number | undefined {
  const half = bins.reduce((sum, count) => sum + count, 0) / 2;
  if (half === 0) return undefined;
  let [bin, below] = [0, bins[0]!];
  while (below < half) below += bins[++bin]!;
  return bin / BINS_PER_DEGREE;
}

export const directionsMetric: Judge = {
  measures: [
    ...normalsMetric.measures,
    { key: "median", label: "median angle", unit: "degrees", largerIsBetter: false },
  ],
  create: createMetric,
  createBaseline: normalsMetric.createBaseline,
};
