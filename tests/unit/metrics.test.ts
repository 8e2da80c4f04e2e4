import { describe, expect, it } from "vitest";
import { builtInTasks } from "../../src/contracts/tasks";
import { deltaM } from "../../src/core/metrics/deltaM";
import { type MapSize, type Metric, spreadAnswer } from "../../src/core/metrics/metric";
import { tasks } from "../../src/core/tasks/registry";

const metrics = Object.fromEntries(Object.values(tasks).map(({ id, metric }) => [id, metric])) as {
  readonly [Id in keyof typeof tasks]: (typeof tasks)[Id]["metric"];
};

const size = (height: number, width: number, channels: number, batch = 1): MapSize => ({
  batch,
  height,
  width,
  channels,
});
const run = (
  metric: Metric,
  prediction: readonly number[],
  label: readonly number[],
  s: MapSize,
): Record<string, number> => {
  metric.update(Float32Array.from(prediction), Float32Array.from(label), s, new Float32Array(s.batch).fill(1));
  return metric.result();
};

describe.each(Object.entries(metrics))("every metric: %s", (task, def) => {
  const { channels: channelsFor, labelChannels: perPixel } = tasks[task as keyof typeof tasks];
  const channels = channelsFor(4);
  const s = size(4, 5, channels, 2);
  const prediction = Float32Array.from({ length: 40 * channels }, (_, i) => Math.sin(1.7 * i + 0.2) + 0.3);
  const label = Float32Array.from({ length: 40 * perPixel }, (_, i) => (i * 7) % 2);
  const ones = Float32Array.of(1, 1);

  it("is empty before any pixel, and where all is ignored", () => {
    const metric = def.create();
    expect(metric.result()).toEqual({});
    metric.update(
      prediction,
      label.map(() => 255),
      s,
      ones,
    );
    expect(metric.result()).toEqual({});
  });

  it("gives every number that it announces, and resets", () => {
    const metric = def.create();
    metric.update(prediction, label, s, ones);
    expect(Object.keys(metric.result()).sort()).toEqual(def.measures.map((m) => m.key).sort());
    metric.reset();
    expect(metric.result()).toEqual({});
  });

  it("skips samples of weight 0 and pixels labelled 255", () => {
    const half = def.create();
    half.update(prediction, label, s, Float32Array.of(1, 0));
    const masked = def.create();
    masked.update(
      prediction,
      label.map((v, i) => (i < label.length / 2 ? v : 255)),
      s,
      ones,
    );
    const alone = def.create();
    alone.update(
      prediction.slice(0, prediction.length / 2),
      label.slice(0, label.length / 2),
      { ...s, batch: 1 },
      Float32Array.of(1),
    );
    expect(half.result()).toEqual(alone.result());
    expect(masked.result()).toEqual(alone.result());
  });

  it("does not depend on how samples are batched", () => {
    const together = def.create();
    together.update(prediction, label, s, ones);
    const apart = def.create();
    for (const part of [0, 1]) {
      const cut = <T extends Float32Array>(x: T): Float32Array =>
        x.slice((part * x.length) / 2, ((part + 1) * x.length) / 2);
      apart.update(cut(prediction), cut(label), { ...s, batch: 1 }, Float32Array.of(1));
    }
    for (const [key, value] of Object.entries(together.result())) expect(apart.result()[key]).toBeCloseTo(value, 10);
  });

  it("judges a baseline answer, and finds it no better than the truth", () => {
    const baseline = def.createBaseline();
    baseline.observe(label, s, ones);
    const answer = baseline.answer(channels);
    expect(answer.length).toBe(channels);
    const metric = def.create();
    metric.update(spreadAnswer(answer, s), label, s, ones);
    const truth = def.create();
    truth.update(perfect(task, label, channels), label, s, ones);
    const { key, largerIsBetter } = def.measures[0];
    const [constant, best] = [metric.result()[key]!, truth.result()[key]!];
    expect(largerIsBetter ? best - constant : constant - best).toBeGreaterThan(0);
  });

  it("refuses labels of another size", () => {
    expect(() => def.create().update(prediction, label.slice(1), s, ones)).toThrow(/one size/);
  });
});

/** Outputs that say exactly what the label says. */
function perfect(task: string, label: Float32Array, channels: number): Float32Array {
  const { kind } = builtInTasks[task as keyof typeof tasks];
  if (kind === "unit" || kind === "depth" || kind === "regression") return label;
  if (channels === 1) return label.map((v) => (v === 1 ? 10 : -10));
  return Float32Array.from({ length: label.length * channels }, (_, i) =>
    label[Math.floor(i / channels)] === i % channels ? 1 : 0,
  );
}

describe("segmentation", () => {
  const logitsOf = (classes: readonly number[]): number[] =>
    classes.flatMap((k) => [0, 1, 2, 3].map((c) => (c === k ? 1 : 0)));
  it("leaves absent classes out of mIoU, and counts them 0 in the reference value", () => {
    const { mIoU, mIoUReference, accuracy } = run(
      metrics.semseg.create(),
      logitsOf([0, 0, 1, 1]),
      [0, 1, 1, 255],
      size(2, 2, 4),
    );
    expect(mIoU).toBeCloseTo((1 / 2 + 1 / 2) / 2, 12);
    expect(mIoUReference).toBeCloseTo(1 / 4, 12);
    expect(accuracy).toBeCloseTo(2 / 3, 12);
  });
  it("refuses a label that is no class", () => {
    expect(() => run(metrics.semseg.create(), logitsOf([0]), [4], size(1, 1, 4))).toThrow(/class 4.*4 classes/);
  });
  it("answers the majority class as baseline", () => {
    const baseline = metrics.semseg.createBaseline();
    baseline.observe(Float32Array.of(2, 2, 1, 255, 255, 255), size(2, 3, 4), Float32Array.of(1));
    expect(Array.from(baseline.answer(4))).toEqual([0, 0, 1, 0]);
  });
});

describe("saliency", () => {
  it("gives 1 for an exact map, and for an empty map of an empty label", () => {
    expect(run(metrics.sal.create(), [9, -9, 9, -9], [1, 0, 1, 0], size(2, 2, 1))["mIoU"]).toBe(1);
    expect(run(metrics.sal.create(), [-9, -9], [0, 0], size(1, 2, 1))["mIoU"]).toBe(1);
  });
  it("takes the threshold that is best for the set, not for each image", () => {
    // Image 1 is exact between 0.2 and 0.3, image 2 between 0.7 and 0.8; no threshold suits both.
    const logit = (p: number): number => Math.log(p / (1 - p));
    const map = [0.31, 0.1, 0.81, 0.69].map(logit);
    expect(run(metrics.sal.create(), map, [1, 0, 1, 0], size(1, 2, 1, 2))["mIoU"]).toBeCloseTo((1 + 0.5) / 2, 12);
  });
});

describe("normals", () => {
  it("measures angles exactly, also tiny ones that acos would lose", () => {
    const tiny = 1e-6;
    const { mean } = run(metrics.normals.create(), [Math.sin(tiny), 0, Math.cos(tiny)], [0, 0, 1], size(1, 1, 3));
    expect(Math.abs(mean! / ((tiny * 180) / Math.PI) - 1)).toBeLessThan(1e-4);
  });
  it("tells the root mean square from the mean", () => {
    const { mean, rmse, within11, within22, within30 } = run(
      metrics.normals.create(),
      [0, 0, 5, 3, 0, 0],
      [0, 0, 1, 0, 0, 1],
      size(1, 2, 3),
    );
    expect(mean).toBeCloseTo(45, 12);
    expect(rmse).toBeCloseTo(Math.sqrt(90 ** 2 / 2), 12);
    expect([within11, within22, within30]).toEqual([0.5, 0.5, 0.5]);
  });
  it("calls a prediction without direction 90° off", () => {
    expect(run(metrics.normals.create(), [0, 0, 0], [0, 0, 1], size(1, 1, 3))["mean"]).toBeCloseTo(90, 9);
  });
});

describe("depth", () => {
  it("gives root mean square, logarithmic and relative errors by hand", () => {
    const { rmse, logRmse, absRel } = run(metrics.depth.create(), [2, 3], [1, 3], size(1, 2, 1));
    expect(rmse).toBeCloseTo(Math.sqrt(0.5), 12);
    expect(logRmse).toBeCloseTo(Math.log(2) / Math.sqrt(2), 12);
    expect(absRel).toBeCloseTo(0.5, 12);
  });
  it("counts a negative prediction as a depth of 1 mm", () => {
    expect(run(metrics.depth.create(), [-5], [1], size(1, 1, 1))["rmse"]).toBeCloseTo(0.999, 6);
  });
});

describe("edges", () => {
  const side = 200;
  const column = (x: number, high: number, low: number): number[] =>
    Array.from({ length: side * side }, (_, i) => (i % side === x ? high : low));
  it("forgives a line that is off by no more than the tolerance (2.1 pixels of a 200-pixel square)", () => {
    const label = column(100, 1, 0);
    const score = (x: number): number =>
      run(metrics.edge.create(), column(x, 9, -9), label, size(side, side, 1))["maxF"]!;
    expect(score(100)).toBe(1);
    expect(score(102)).toBe(1);
    expect(score(103)).toBeLessThan(0.02);
  });
  it("gives the cross-entropy that training minimises", () => {
    const { loss } = run(metrics.edge.create(), [0, 0], [1, 0], size(1, 2, 1));
    expect(loss).toBeCloseTo(Math.log(2) / 2, 12);
  });
});

describe("deltaM", () => {
  it("is the reference's formula", () => {
    const scores = [
      { value: 69.66, singleTask: 67.21, largerIsBetter: true },
      { value: 16.0, singleTask: 17.97, largerIsBetter: false },
    ];
    expect(deltaM(scores)).toBeCloseTo((100 * ((69.66 - 67.21) / 67.21 + (17.97 - 16) / 17.97)) / 2, 12);
  });
  it("is 0 for equal scores, and undefined without tasks or over a zero", () => {
    expect(deltaM([{ value: 3, singleTask: 3, largerIsBetter: false }])).toBeCloseTo(0, 12);
    expect(deltaM([])).toBeUndefined();
    expect(deltaM([{ value: 1, singleTask: 0, largerIsBetter: true }])).toBeUndefined();
  });
});
