import { describe, expect, it } from "vitest";
import { promptedWindowAttention } from "../../src/core/backbones/promptedWindows";
import { Builder } from "../../src/core/graph/builder";
import { sizeOf, type Value } from "../../src/core/graph/node";
import type { VptSettings } from "../../src/core/methods/vpt";
import { accounting } from "../../src/core/model/accounting";
import { evaluateGraph, inputs, outputs } from "../../src/core/model/graphs";
import { buildModel, type ModelSpec } from "../../src/core/model/model";
import { PARAMETERS } from "../../src/core/nn/forward";
import { initialWeights, type Weights } from "../../src/core/nn/weights";
import { windowAttention } from "../../src/core/ops/windowAttention";
import { normals } from "../reference/data";
import { checkDerivative } from "../reference/differences";
import { evaluate } from "../reference/evaluate";
import { relativeError } from "../reference/executors";

const SIDE = 4;
const WINDOW = 2;
const HEADS = 2;
const WIDTH = 6;
const AREA = WINDOW ** 2;

/**
 * [B,E+L,C] by plain loops, from where each token of the map stands: two tokens meet where they share a window of the map rolled by the
 * shift; those that are no neighbours on the map get -100. Extra tokens meet everyone.
 */
function naive(qkv: Float32Array, bias: Float32Array, batch: number, extra: number, shift: number): Float64Array {
  const tokens = extra + SIDE ** 2;
  const d = WIDTH / HEADS;
  const y = new Float64Array(batch * tokens * WIDTH);
  const windows = (SIDE / WINDOW) ** 2;
  const members = Array.from({ length: windows }, (_, w) =>
    Array.from({ length: AREA }, (_, t) => {
      const row = Math.floor(w / (SIDE / WINDOW)) * WINDOW + Math.floor(t / WINDOW);
      const column = (w % (SIDE / WINDOW)) * WINDOW + (t % WINDOW);
      const [mapRow, mapColumn] = [(row + shift) % SIDE, (column + shift) % SIDE];
      return { token: extra + mapRow * SIDE + mapColumn, wrapped: [row + shift >= SIDE, column + shift >= SIDE] };
    }),
  );
  for (let n = 0; n < batch; n++)
    for (const window of members)
      for (let head = 0; head < HEADS; head++) {
        const own = Array.from({ length: extra }, (_, p) => ({ token: p, wrapped: undefined, place: -1 }));
        const all = [...own, ...window.map((member, place) => ({ ...member, place }))];
        for (const query of all) {
          const scores = all.map((key) => {
            let score = 0;
            for (let i = 0; i < d; i++)
              score +=
                qkv[(n * tokens + query.token) * 3 * WIDTH + head * d + i]! *
                qkv[(n * tokens + key.token) * 3 * WIDTH + WIDTH + head * d + i]!;
            score /= Math.sqrt(d);
            if (query.wrapped && key.wrapped) {
              score += bias[(head * AREA + query.place) * AREA + key.place]!;
              if (String(query.wrapped) !== String(key.wrapped)) score -= 100;
            }
            return Math.exp(score);
          });
          const total = scores.reduce((sum, s) => sum + s, 0);
          const share = query.place < 0 ? windows : 1;
          for (let i = 0; i < d; i++)
            y[(n * tokens + query.token) * WIDTH + head * d + i]! += all.reduce(
              (sum, key, k) =>
                sum +
                (scores[k]! / total / share) * qkv[(n * tokens + key.token) * 3 * WIDTH + 2 * WIDTH + head * d + i]!,
              0,
            );
        }
      }
  return y;
}

describe("windows with extra tokens", () => {
  it.each([
    [3, 0],
    [3, 1],
    [1, 1],
  ])("attend as plain loops do: %i extra, shift %i", (extra, shift) => {
    const [qkv, bias] = [normals([2, extra + SIDE ** 2, 3 * WIDTH], "qkv"), normals([HEADS, AREA, AREA], "bias")];
    const b = new Builder();
    const rows = b.input("qkv", [2, extra + SIDE ** 2, 3 * WIDTH]);
    const table = b.input("bias", [HEADS, AREA, AREA]);
    b.output("y", promptedWindowAttention(b, rows, table, { side: SIDE, heads: HEADS, window: WINDOW, shift }));
    const { y } = evaluate(b.build(), { qkv, bias }).outputs;
    expect(relativeError(y!, naive(qkv, bias, 2, extra, shift))).toBeLessThan(1e-12);
  });

  it.each([0, 1])("are plain windows where no token is extra (shift %i)", (shift) => {
    const attrs = { heads: HEADS, window: WINDOW, shift };
    const b = new Builder();
    const [rows, table] = [b.input("qkv", [2, SIDE ** 2, 3 * WIDTH]), b.input("bias", [HEADS, AREA, AREA])];
    b.output("y", promptedWindowAttention(b, rows, table, { side: SIDE, ...attrs }));
    b.output("plain", windowAttention(b, b.reshape(rows, [2, SIDE, SIDE, 3 * WIDTH]), table, attrs));
    const feeds = { qkv: normals([2, SIDE ** 2, 3 * WIDTH], "rows"), bias: normals([HEADS, AREA, AREA], "table") };
    const { y, plain } = evaluate(b.build(), feeds).outputs;
    expect(relativeError(y!, plain!)).toBeLessThan(1e-12);
  });

  it("agree with central differences", () => {
    const build = (b: Builder, [qkv, bias]: Value[]) => [
      promptedWindowAttention(b, qkv!, bias!, { side: SIDE, heads: HEADS, window: WINDOW, shift: 1 }),
    ];
    const shapes = [
      [2, 2 + SIDE ** 2, 3 * WIDTH],
      [HEADS, AREA, AREA],
    ];
    const data = shapes.map((shape) => normals(shape, "difference"));
    expect(checkDerivative(build, shapes, data, { limit: 60 }).error).toBeLessThan(1e-8);
  });
});

const tasks: ModelSpec["tasks"] = [{ id: "depth" }];
const micro = (settings: Partial<VptSettings>) =>
  buildModel({ backbone: "micro", method: { id: "vpt", settings }, tasks });

describe("prompts in Swin", () => {
  it("stand before every block, or before the first alone", () => {
    const shapes = (settings: Partial<VptSettings>) =>
      micro(settings)
        .layout.parameters.filter(({ group }) => group === "method")
        .map(({ name, shape }) => [name, ...shape]);
    const [first, ...others] = [0, 1].flatMap((stage) =>
      [0, 1].map((block) => [`backbone.layers.${stage}.blocks.${block}.prompts`, 3, 8 * 2 ** stage]),
    );
    expect(shapes({ depth: "deep", tokens: 3 })).toEqual([first, ...others]);
    expect(shapes({ depth: "shallow", tokens: 3 })).toEqual([first]);
  });

  it("start uniform within ±√(6 / (3 patch² + C))", () => {
    const { layout } = micro({ depth: "deep", tokens: 400 });
    const weights = initialWeights(layout, 1);
    for (const [stage, width] of [8, 16].entries()) {
      const bound = Math.sqrt(6 / (3 * 16 + width));
      const largest = Math.max(...weights.get(`backbone.layers.${stage}.blocks.0.prompts`).map(Math.abs));
      expect(largest).toBeLessThanOrEqual(bound);
      expect(largest).toBeGreaterThan(0.99 * bound);
    }
  });

  const image = normals([1, 32, 32, 3], "image");
  /** The last map, with what `change` did to random weights. */
  function lastMap(settings: Partial<VptSettings>, change: (weights: Weights) => void): Float64Array {
    const model = micro(settings);
    const weights = initialWeights(model.layout, 3);
    for (const { name, shape } of model.layout.parameters) {
      const noise = normals(shape, name);
      weights.set(
        name,
        weights.get(name).map((x, i) => x + 0.2 * noise[i]!),
      );
    }
    change(weights);
    const graph = evaluateGraph(model, weights, { batch: 1, features: true });
    const states = new Map([[PARAMETERS, weights.trainable], ...weights.statistics]);
    return evaluate(graph, { [inputs.image]: image }, states).outputs[outputs.sharedFeature(1)]!;
  }

  /** Not a shift: layer norm would take that away again. */
  const negate = (weights: Weights, block: string): void => {
    const name = `${block}.prompts`;
    weights.set(
      name,
      weights.get(name).map((x) => -x),
    );
  };
  const [first, second] = ["backbone.layers.0.blocks.0", "backbone.layers.0.blocks.1"] as const;
  /** No attention output and no MLP: such a block hands on what it gets. */
  const silence = (weights: Weights, blocks: readonly string[]): void => {
    for (const block of blocks)
      for (const part of ["attn.proj", "mlp.fc2"])
        for (const kind of ["weight", "bias"]) weights.get(`${block}.${part}.${kind}`).fill(0);
  };
  /** What the prompts of a block do to the last map where the blocks of the first stage named are silent. */
  const gap = (depth: VptSettings["depth"], prompted: string, silent: readonly string[]): number => {
    const settings = { depth, tokens: 2 };
    const plain = lastMap(settings, (weights) => silence(weights, silent));
    const moved = lastMap(settings, (weights) => {
      silence(weights, silent);
      negate(weights, prompted);
    });
    return relativeError(moved, plain);
  };

  it("go on to later blocks where those have none of their own, through merging too", () => {
    expect(gap("shallow", first, [first])).toBeGreaterThan(1e-3);
    expect(gap("shallow", first, [first, second])).toBeGreaterThan(1e-3);
  });

  it("are forgotten where the next block has its own", () => {
    expect(gap("deep", first, [first])).toBe(0);
    expect(gap("deep", second, [first])).toBeGreaterThan(1e-3);
  });
});

describe("VPT on Swin-T with the four PASCAL tasks", () => {
  const pascal: ModelSpec["tasks"] = [
    { id: "semseg", classes: 21 },
    { id: "normals" },
    { id: "sal" },
    { id: "human_parts", classes: 7 },
  ];
  const trained = (settings: Partial<VptSettings>) =>
    accounting(buildModel({ backbone: "swin-t", method: { id: "vpt", settings }, tasks: pascal }).layout);

  it.each([
    ["shallow", 50, 4_800],
    ["deep", 50, 220_800],
    ["shallow", 200, 19_200],
    ["deep", 200, 883_200],
  ] as const)("%s with %i tokens trains %i numbers beside the decoders", (depth, tokens, count) => {
    const { trainedBackbone, trainedDecoders } = trained({ depth, tokens });
    expect([trainedBackbone, trainedDecoders]).toEqual([count, 1_946_624]);
  });

  it("fits both printed totals with 50 tokens for each of four tasks and decoders of 2.5459 M to 2.5472 M", () => {
    const perToken = (depth: VptSettings["depth"]) => trained({ depth, tokens: 1 }).trainedBackbone;
    for (const [depth, printed] of [["shallow", 2.57] as const, ["deep", 3.43] as const])
      for (const decoders of [2.5459e6, 2.5472e6]) {
        const total = decoders + 4 * 50 * perToken(depth);
        expect(Math.round(total / 1e4) / 100).toBe(printed);
      }
  });

  it("trains nothing of the backbone but prompts", () => {
    const { layout } = buildModel({ backbone: "swin-t", method: { id: "vpt" }, tasks: pascal });
    const trainedParameters = layout.parameters.filter(
      ({ trainable, name }) => trainable && name.startsWith("backbone."),
    );
    expect(trainedParameters.every(({ group }) => group === "method")).toBe(true);
    expect(trainedParameters.reduce((n, p) => n + sizeOf(p.shape), 0)).toBe(220_800);
  });
});
