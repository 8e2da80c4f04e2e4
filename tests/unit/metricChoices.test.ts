/** Metrics of the user's own tasks. Those of the built-in tasks are tested in metrics.test.ts. */
import { describe, expect, it } from "vitest";
import { metricIds, taskKinds } from "../../src/contracts/taskKinds";
import { type MetricChoice, metricChoices } from "../../src/core/metrics/choices";
import { directionsMetric } from "../../src/core/metrics/directions";
import { type Judge, type MapSize, spreadAnswer, withPrimary } from "../../src/core/metrics/metric";
import { regressionMetric } from "../../src/core/metrics/regression";

const size = (pixels: number, channels: number): MapSize => ({ batch: 1, height: 1, width: pixels, channels });
function measure(judge: Judge, channels: number, prediction: readonly number[], label: readonly number[]) {
  const metric = judge.create();
  const pixels = prediction.length / channels;
  metric.update(Float32Array.from(prediction), Float32Array.from(label), size(pixels, channels), Float32Array.of(1));
  return metric.result();
}

it("every id of the contract has a metric with a name of its own, and no metric names a number twice", () => {
  for (const kind of taskKinds) {
    const choices = Object.entries<MetricChoice>(metricChoices[kind]);
    expect(choices.map(([id]) => id)).toEqual([...metricIds[kind]]);
    expect(new Set(choices.map(([, { label }]) => label)).size).toBe(choices.length);
    for (const [, { judge }] of choices)
      expect(new Set(judge.measures.map(({ key }) => key)).size).toBe(judge.measures.length);
  }
});

it("withPrimary refuses a number that a metric does not have, and lists those it has", () => {
  expect(() => withPrimary(regressionMetric, "mIoU")).toThrow(/no measure "mIoU"; it has rmse, mae, delta1/);
});

describe("regression", () => {
  it("gives root mean square and mean absolute error over all channels by hand", () => {
    const found = measure(regressionMetric, 2, [1, 2, 3, 4], [2, 2, 3, 1]);
    expect(found["rmse"]).toBeCloseTo(Math.sqrt((1 + 9) / 4), 12);
    expect(found["mae"]).toBeCloseTo(1, 12);
  });

  it("delta1 is the share within a factor of 1.25 of positive labels; predictions of 0 or less miss", () => {
    const found = measure(regressionMetric, 1, [1.2, 1.3, 0.9, -1, 7], [1, 1, 1, 1, -7]);
    expect(found["delta1"]).toBeCloseTo(2 / 4, 12);
    expect(measure(regressionMetric, 1, [1], [-1])).not.toHaveProperty("delta1");
  });

  it("leaves single numbers labelled 255 out, and is empty where all are", () => {
    expect(measure(regressionMetric, 2, [1, 9], [2, 255])["mae"]).toBe(1);
    expect(measure(regressionMetric, 1, [1], [255])).toEqual({});
  });

  it("counts a label next to 255, which stands for 255 itself", () => {
    expect(measure(regressionMetric, 1, [250], [255 + 2 ** -16])["mae"]).toBeCloseTo(5, 3);
  });

  it("answers each channel's mean as baseline, the best constant for the rmse", () => {
    const label = Float32Array.of(1, 10, 3, 255, 2, 30);
    const baseline = regressionMetric.createBaseline();
    baseline.observe(label, size(3, 2), Float32Array.of(1));
    const answer = baseline.answer(2);
    expect([...answer]).toEqual([2, 20]);
    const rmse = (a: Float32Array) =>
      measure(regressionMetric, 2, [...spreadAnswer(a, size(3, 2))], [...label])["rmse"]!;
    expect(rmse(answer)).toBeLessThan(rmse(Float32Array.of(2.1, 20)));
  });

  it("resets", () => {
    const metric = regressionMetric.create();
    metric.update(Float32Array.of(1), Float32Array.of(2), size(1, 1), Float32Array.of(1));
    metric.reset();
    expect(metric.result()).toEqual({});
  });
});

describe("directions", () => {
  const at = (degrees: number): number[] => [
    Math.sin((degrees * Math.PI) / 180),
    0,
    Math.cos((degrees * Math.PI) / 180),
  ];
  const up = [0, 0, 1];

  it("gives the median angle to a hundredth of a degree, and the mean of the normals' metric", () => {
    const found = measure(directionsMetric, 3, [...at(1), ...at(10.004), ...at(100)], [...up, ...up, ...up]);
    expect(found["median"]).toBeCloseTo(10, 10);
    expect(found["mean"]).toBeCloseTo(111.004 / 3, 4);
  });

  it("takes the lower of two middle angles, ignores 255, and is empty without a pixel", () => {
    expect(measure(directionsMetric, 3, [...at(4), ...at(8)], [...up, ...up])["median"]).toBeCloseTo(4, 10);
    expect(measure(directionsMetric, 3, [...at(4), ...at(8)], [255, 255, 255, ...up])["median"]).toBeCloseTo(8, 10);
    expect(measure(directionsMetric, 3, at(4), [255, 255, 255])).toEqual({});
    expect(measure(directionsMetric, 3, at(180), up)["median"]).toBeCloseTo(180, 10);
  });
});
