/** Angles between predicted and true surface normals, in degrees. */
import { type Baseline, defined, forEachSample, IGNORED, type Judge, type Metric } from "./metric";

type Vector = readonly [number, number, number];

const DEGREES = 180 / Math.PI;
/** Shorter vectors have no direction; they stay near 0, which is 90° away from everything. */
const EPSILON = 1e-12;

const length = ([x, y, z]: Vector): number => Math.sqrt(x * x + y * y + z * z);

export function unit(v: Vector): Vector {
  const scale = 1 / Math.max(length(v), EPSILON);
  return [v[0] * scale, v[1] * scale, v[2] * scale];
}

/** Degrees between two vectors of length 1. 2·atan2(|p-g|, |p+g|): exact also where the angle is near 0° or 180°, where acos of the dot product is not. */
export function angleOf(p: Vector, g: Vector): number {
  const apart = length([p[0] - g[0], p[1] - g[1], p[2] - g[2]]);
  const together = length([p[0] + g[0], p[1] + g[1], p[2] + g[2]]);
  return 2 * Math.atan2(apart, together) * DEGREES;
}

/** Calls `visit` with every valid pixel's prediction and label; a pixel is valid where none of its three numbers is 255. */
export function forEachNormal(
  [prediction, label, size, weight]: Parameters<Metric["update"]>,
  visit: (prediction: Vector, label: Vector) => void,
): void {
  const pixels = size.height * size.width;
  forEachSample(prediction, label, 3, size, weight, (sample) => {
    for (let i = 3 * sample * pixels; i < 3 * (sample + 1) * pixels; i += 3) {
      const truth: Vector = [label[i]!, label[i + 1]!, label[i + 2]!];
      if (truth.every((v) => v !== IGNORED)) visit([prediction[i]!, prediction[i + 1]!, prediction[i + 2]!], truth);
    }
  });
}

/** mean: mean angle. rmse: root of the mean squared angle. within11, 22, 30: share of pixels within 11.25°, 22.5° and 30°. */
function createMetric(): Metric {
  const sums = { count: 0, angle: 0, squared: 0, within11: 0, within22: 0, within30: 0 };
  return {
    update: (...batch) =>
      forEachNormal(batch, (prediction, truth) => {
        const angle = angleOf(unit(prediction), unit(truth));
        sums.count++;
        sums.angle += angle;
        sums.squared += angle * angle;
        if (angle < 11.25) sums.within11++;
        if (angle < 22.5) sums.within22++;
        if (angle < 30) sums.within30++;
      }),
    result: () =>
      defined({
        mean: sums.angle / sums.count,
        rmse: Math.sqrt(sums.squared / sums.count),
        within11: sums.within11 / sums.count,
        within22: sums.within22 / sums.count,
        within30: sums.within30 / sums.count,
      }),
    reset: () => Object.assign(sums, { count: 0, angle: 0, squared: 0, within11: 0, within22: 0, within30: 0 }),
  };
}

/**
 * The reference's two meters: mean (acos of the clamped dot product, the label not normalised) and meanV2 (the angle of `create`). What
 * it calls rmse is the mean again.
 */
function createReference(): Metric {
  const sums = { count: 0, first: 0, second: 0 };
  return {
    update: (...batch) =>
      forEachNormal(batch, (prediction, truth) => {
        const p = unit(prediction);
        const dot = p[0] * truth[0] + p[1] * truth[1] + p[2] * truth[2];
        sums.count++;
        sums.first += Math.acos(Math.min(1, Math.max(-1, dot))) * DEGREES;
        sums.second += angleOf(p, unit(truth));
      }),
    result: () => {
      const [mean, meanV2] = [sums.first / sums.count, sums.second / sums.count];
      return defined({ mean, rmse: mean, meanV2, rmseV2: meanV2 });
    },
    reset: () => Object.assign(sums, { count: 0, first: 0, second: 0 }),
  };
}

/** The mean normal. */
function createBaseline(): Baseline {
  const sum: [number, number, number] = [0, 0, 0];
  return {
    observe: (label, size, weight) =>
      forEachNormal([label, label, { ...size, channels: 3 }, weight], (_, truth) => {
        const n = unit(truth);
        for (const axis of [0, 1, 2] as const) sum[axis] += n[axis];
      }),
    answer: () => Float32Array.from(unit(sum)),
  };
}

export const normalsMetric: Judge = {
  measures: [
    { key: "mean", label: "mean angle", unit: "degrees", largerIsBetter: false },
    { key: "rmse", label: "root mean square angle", unit: "degrees", largerIsBetter: false },
    { key: "within11", label: "pixels within 11.25°", unit: "", largerIsBetter: true },
    { key: "within22", label: "pixels within 22.5°", unit: "", largerIsBetter: true },
    { key: "within30", label: "pixels within 30°", unit: "", largerIsBetter: true },
  ],
  create: createMetric,
  createReference,
  createBaseline,
};
