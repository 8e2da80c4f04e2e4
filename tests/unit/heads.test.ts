import { describe, expect, it } from "vitest";
import { Builder } from "../../src/core/graph/builder";
import { hrnet } from "../../src/core/heads/hrnet";
import { random } from "../../src/core/math/random";
import { Forward, PARAMETERS } from "../../src/core/nn/forward";
import { ParameterStore } from "../../src/core/nn/parameters";
import { initialWeights } from "../../src/core/nn/weights";
import { evaluate } from "../reference/evaluate";

const BATCH = 2;
const tasks = [
  { id: "a", channels: 3 },
  { id: "b", channels: 1 },
];

/** Two maps of sides 4 and 2 with one stream (all tasks alike) or a stream a task. */
function logits(perTask: boolean, training: boolean) {
  const streams = perTask ? { shared: false, tasks: ["a", "b"] } : { shared: true, tasks: [] };
  const features = [
    { channels: 5, side: 4, streams },
    { channels: 6, side: 2, streams },
  ];
  const store = new ParameterStore(() => true);
  const head = hrnet.build(hrnet.defaults, { store, features, widths: [3, 4], tasks, imageSize: 8 });
  const weights = initialWeights(store.layout(), 1);
  const b = new Builder();
  const f = new Forward(b, weights, { training, batch: BATCH });
  const draw = random(2, "features");
  const one = features.map(({ channels, side }) =>
    Float32Array.from({ length: BATCH * side * side * channels }, () => draw.normal()),
  );
  const maps = features.map(({ channels, side }, i) =>
    b.input(`f${i}`, [perTask ? 2 : 1, BATCH, side, side, channels]),
  );
  for (const [t, value] of head.forward(f, maps).entries()) b.output(tasks[t]!.id, value);
  const feeds = Object.fromEntries(one.map((x, i) => [`f${i}`, perTask ? [...x, ...x] : x]));
  const states = new Map<string, ArrayLike<number>>([[PARAMETERS, weights.trainable], ...weights.statistics]);
  return evaluate(b.build(), feeds, states);
}

describe("the HRNet-style head", () => {
  it.each([true, false])("treats one stream for all as the same stream for each (training: %s)", (training) => {
    const [one, each] = [logits(false, training).outputs, logits(true, training).outputs];
    for (const { id, channels } of tasks) {
      expect(one[id]!.length).toBe(BATCH * 8 * 8 * channels);
      expect(Math.max(...one[id]!.map((x, i) => Math.abs(x - each[id]![i]!)))).toBeLessThan(1e-12);
      expect(Math.max(...one[id]!.map(Math.abs))).toBeGreaterThan(0.01);
    }
  });

  it("moves running statistics a tenth of the way to the batch's, and only while training", () => {
    expect([...logits(false, false).states.get("head.norm.running_mean")!].every((m) => m === 0)).toBe(true);
    const after = logits(false, true).states;
    expect(after.get("head.norm.running_mean")!.some((m) => Math.abs(m) > 1e-3)).toBe(true);
    expect(after.get("head.norm.running_var")!.every((v) => v >= 0.9)).toBe(true);
  });

  it("asks for one width a map", () => {
    const context = { store: new ParameterStore(() => true), features: [], widths: [18, 36, 72, 144], tasks, imageSize: 8 };
    expect(() => hrnet.build(hrnet.defaults, context)).toThrow(/4 widths, the backbone 0 maps/);
  });
});
