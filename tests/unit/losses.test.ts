import { describe, expect, it } from "vitest";
import { Builder } from "../../src/core/graph/builder";
import { gradients } from "../../src/core/graph/differentiate";
import type { Graph } from "../../src/core/graph/node";
import { type Loss, type LossBehaviour, lossValue } from "../../src/core/losses/loss";
import { tasks } from "../../src/core/tasks/registry";
import { evaluate } from "../reference/evaluate";

const losses = Object.fromEntries(Object.values(tasks).map(({ id, objective }) => [id, objective])) as {
  readonly [Id in keyof typeof tasks]: (typeof tasks)[Id]["objective"];
};

function lossGraph(
  loss: Loss,
  prediction: readonly number[],
  labels: readonly number[],
  behaviour?: LossBehaviour,
): Graph {
  const b = new Builder();
  const x = b.input("x", prediction);
  const sums = loss.build(b, x, b.input("labels", labels), behaviour);
  const value = lossValue(b, sums);
  b.output("loss", value);
  b.output("count", sums.denominator);
  b.output("dx", gradients(b, value, [x])[0]!);
  return b.build();
}

const largest = (x: Float64Array): number => x.reduce((m, v) => Math.max(m, Math.abs(v)), 0);

describe.each(Object.entries(losses))("the loss of %s", (task, { loss }) => {
  const { channels: channelsFor, labelChannels: perPixel } = tasks[task as keyof typeof tasks];
  const channels = channelsFor(4);
  const x = Float64Array.from({ length: 2 * 2 * 3 * channels }, (_, i) => Math.sin(2.3 * i + 0.4));
  const labels = Float64Array.from({ length: 2 * 2 * 3 * perPixel }, (_, i) => (i * 5) % 2);
  const run = (y: Float64Array, behaviour?: LossBehaviour) =>
    evaluate(lossGraph(loss, [2, 2, 3, channels], [2, 2, 3, perPixel], behaviour), { x, labels: y }).outputs;

  it("is 0 with gradient 0 where no pixel is labelled", () => {
    const { loss: value, count, dx } = run(labels.map(() => 255));
    expect([value![0], count![0], largest(dx!)]).toEqual([0, 0, 0]);
  });

  it("does not depend on pixels labelled 255", () => {
    const half = labels.map((v, i) => (i < labels.length / 2 ? v : 255));
    const before = run(half);
    const moved = x.map((v, i) => (i < x.length / 2 ? v : v + 3));
    const graph = lossGraph(loss, [2, 2, 3, channels], [2, 2, 3, perPixel]);
    const after = evaluate(graph, { x: moved, labels: half }).outputs;
    expect(after["loss"]![0]).toBeCloseTo(before["loss"]![0]!, 12);
    expect(before["count"]![0]).toBe(labels.length / 2);
  });

  it("is the reference's where nothing is labelled 255", () => {
    expect(run(labels)["loss"]![0]).toBe(run(labels, "reference")["loss"]![0]);
  });
});

it("says which label size a loss needs", () => {
  expect(() => lossGraph(losses.normals.loss, [1, 2, 2, 3], [1, 2, 2, 1])).toThrow(/3 label numbers a pixel/);
});
