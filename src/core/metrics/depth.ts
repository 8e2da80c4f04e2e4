/** Depth errors over all valid pixels of the set, in metres. */
import { type Baseline, defined, forEachSample, IGNORED, type Judge, type Metric } from "./metric";

/** Calls `visit` with every valid pixel's prediction and label. */
function forEachDepth(
  [prediction, label, size, weight]: Parameters<Metric["update"]>,
  visit: (prediction: number, label: number) => void,
): void {
  const pixels = size.height * size.width;
  forEachSample(prediction, label, 1, size, weight, (sample) => {
    for (let i = sample * pixels; i < (sample + 1) * pixels; i++)
      if (label[i] !== IGNORED) visit(prediction[i]!, label[i]!);
  });
}

/** A prediction cannot lie behind the camera: it is raised to `floor` metres first. */
function createDepth(floor: number, keys: readonly string[]): Metric {
  const zero = { count: 0, squared: 0, positive: 0, logSquared: 0, relative: 0 };
  const sums = { ...zero };
  return {
    update: (...batch) =>
      forEachDepth(batch, (raw, truth) => {
        const predicted = Math.max(raw, floor);
        sums.count++;
        sums.squared += (predicted - truth) ** 2;
        // The logarithm and the ratio are undefined at a depth of 0.
        if (truth <= 0) return;
        sums.positive++;
        sums.logSquared += (Math.log(predicted) - Math.log(truth)) ** 2;
        sums.relative += Math.abs(predicted - truth) / truth;
      }),
    result: () => {
      const all: Record<string, number> = {
        rmse: Math.sqrt(sums.squared / sums.count),
        logRmse: Math.sqrt(sums.logSquared / sums.positive),
        absRel: sums.relative / sums.positive,
      };
      return defined(Object.fromEntries(keys.map((key) => [key, all[key]!])));
    },
    reset: () => Object.assign(sums, zero),
  };
}

/** The mean depth: it minimises the rmse. */
function createBaseline(): Baseline {
  let [sum, count] = [0, 0];
  return {
    observe: (label, size, weight) =>
      forEachDepth([label, label, { ...size, channels: 1 }, weight], (_, truth) => {
        sum += truth;
        count++;
      }),
    answer: () => Float32Array.of(count === 0 ? 0 : sum / count),
  };
}

export const depthMetric: Judge = {
  measures: [
    { key: "rmse", label: "root mean square error", unit: "metres", largerIsBetter: false },
    { key: "logRmse", label: "root mean square error of ln depth", unit: "", largerIsBetter: false },
    { key: "absRel", label: "mean absolute relative error", unit: "", largerIsBetter: false },
  ],
  /** The floor is 1 mm, so that one bad pixel cannot rule the logarithms. */
  create: () => createDepth(1e-3, ["rmse", "logRmse", "absRel"]),
  createReference: () => createDepth(1e-9, ["rmse", "logRmse"]),
  createBaseline,
};
