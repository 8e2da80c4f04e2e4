/** Chains of elementwise primitives as generated kernels, their precision, and sums of many terms. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWebGpuExecutor, type WebGpuExecutor } from "../../src/core/exec/webgpu/executor";
import { turnShape } from "../../src/core/exec/webgpu/fuseElementwise";
import { planGraph } from "../../src/core/exec/webgpu/plan";
import { programDef } from "../../src/core/exec/webgpu/program";
import { Builder } from "../../src/core/graph/builder";
import { type Graph, type Shape, sizeOf, type Value } from "../../src/core/graph/node";
import { type Random, random } from "../../src/core/math/random";
import { erf } from "../reference/erf";
import { evaluate } from "../reference/evaluate";
import { relativeError } from "../reference/executors";
import { getTestDevice } from "./device";

let executor: WebGpuExecutor;
beforeAll(async () => {
  executor = createWebGpuExecutor(await getTestDevice());
});
afterAll(() => executor.dispose());

function graphOf(build: (b: Builder) => void): Graph {
  const b = new Builder();
  build(b);
  return b.build();
}

const opsOf = (graph: Graph): string[] => planGraph(graph, executor.limits).dispatches.map((d) => d.node.op.name);

/** Chains over broadcast operands of random shapes, with reshapes, slices, sums and updates between. */
function randomChain(stream: Random): { graph: Graph; feeds: Record<string, Float32Array> } {
  const b = new Builder();
  const feeds: Record<string, Float32Array> = {};
  const input = (shape: Shape): Value => {
    const name = `x${Object.keys(feeds).length}`;
    feeds[name] = Float32Array.from({ length: sizeOf(shape) }, () => stream.normal());
    return b.input(name, shape);
  };
  const [rows, columns] = [[2, 6, 5][stream.int(3)]!, [4, 12, 7][stream.int(3)]!];
  const deep = [2, rows, columns];
  const flat = [2 * rows, columns];
  const operands: ((shape: Shape) => Value)[] = [
    (shape) => input(shape),
    () => input([columns]),
    (shape) => input([...shape.slice(0, -1), 1]),
    () => input([]),
    () => b.full(0.5),
    (shape) => b.reshape(b.slice(input([3 + 2 * rows, columns]), [1 + stream.int(2), 0], flat), shape),
    () => b.slice(input([10]), [1 + stream.int(8)], [1]),
  ];
  const steps: ((x: Value, y: Value) => Value)[] = [
    (x, y) => b.add(x, y),
    (x, y) => b.mul(y, x),
    (x, y) => b.sub(x, y),
    (x, y) => b.select(b.greater(y, 0), x, b.neg(x)),
    (x, y) => b.maximum(b.tanh(x), y),
    (x) => b.sigmoid(x),
    (x, y) => b.sub(b.mul(x, 0.5), b.minimum(x, y)),
  ];
  let x = input(deep);
  for (let n = 0; n < 7; n++) {
    if (stream.int(3) === 0) x = b.reshape(x, x.shape.length === 3 ? flat : deep);
    x = steps[stream.int(steps.length)]!(x, operands[stream.int(operands.length)]!(x.shape));
    if (stream.int(6) === 0) b.output(`middle ${n}`, x);
  }
  b.output("end", x);
  b.output("sum of rows", b.sum(x, [x.shape.length - 1]));
  b.output("sum of columns", b.sum(b.mul(x, x), [0]));
  return { graph: b.build(), feeds };
}

describe("chains", () => {
  it.each(Array.from({ length: 24 }, (_, seed) => seed))(
    "random chain %i agrees with the float64 evaluator",
    async (seed) => {
      const { graph, feeds } = randomChain(random(seed, "chains"));
      const plan = await executor.compile(graph);
      const values = await plan.run(feeds);
      for (const [name, numbers] of Object.entries(evaluate(graph, feeds).outputs))
        expect(relativeError(values[name]!, numbers), name).toBeLessThan(2e-6);
      plan.dispose();
    },
  );

  it("are one dispatch, through broadcasts, reshapes and slices off the 256-byte grid", () => {
    const graph = graphOf((b) => {
      const x = b.input("x", [1, 8, 4, 12]);
      const gate = b.slice(b.input("gates", [20]), [3], [8]);
      const gated = b.mul(b.reshape(b.add(x, b.input("bias", [12])), [8, 4, 12]), b.reshape(gate, [8, 1, 1]));
      b.output("y", b.add(b.input("residual", [1, 8, 4, 12]), b.reshape(gated, [1, 8, 4, 12])));
    });
    expect(opsOf(graph)).toEqual([programDef.name]);
  });

  it("end in a sum of their own", () => {
    const graph = graphOf((b) => {
      const [x, y] = [b.input("x", [100, 20]), b.input("y", [100, 20])];
      b.output("dots", b.sum(b.mul(x, b.exp(y)), [0]));
    });
    expect(opsOf(graph)).toEqual([programDef.name]);
  });

  it("update a state in place, and do not where an old number is still to be read", () => {
    const accumulate = (reads: boolean): Graph =>
      graphOf((b) => {
        const s = b.state("s", [256]);
        b.update(s, b.add(s, b.mul(b.input("x", [256]), 2)));
        if (reads) b.output("old", s);
      });
    expect(planGraph(accumulate(false), executor.limits).slabs).toEqual([]);
    expect(opsOf(accumulate(false))).toHaveLength(1);
    expect(opsOf(accumulate(true))).toHaveLength(3);
  });

  it("that infinities and NaN pass through keep them", async () => {
    const graph = graphOf((b) => {
      const x = b.input("x", [4]);
      b.output("y", b.neg(b.select(b.equal(x, 1), Number.NEGATIVE_INFINITY, x)));
      b.output("largest", b.maximum(x, b.add(b.relu(x), 0.5)));
    });
    const plan = await executor.compile(graph);
    const { y, largest } = await plan.run({ x: Float32Array.of(1, Number.NaN, 2, Number.POSITIVE_INFINITY) });
    expect([...y!]).toEqual([Number.POSITIVE_INFINITY, Number.NaN, -2, Number.NEGATIVE_INFINITY]);
    expect([...largest!]).toEqual([1.5, Number.NaN, 2.5, Number.POSITIVE_INFINITY]);
  });
});

describe("seeing an operand through a reshape", () => {
  it.each<[Shape, Shape, Shape, Shape | undefined]>([
    [
      [8, 1, 1],
      [8, 196, 384],
      [1, 8, 196, 384],
      [1, 8, 1, 1],
    ],
    [[384], [1, 8, 196, 384], [1568, 384], [1, 384]],
    [[2, 1, 5], [2, 3, 5], [6, 5], undefined],
    [
      [2, 3, 1],
      [2, 3, 5],
      [6, 5],
      [6, 1],
    ],
    [[], [2, 3], [3, 2], [1, 1]],
    [
      [2, 3],
      [2, 3],
      [3, 2],
      [3, 2],
    ],
    [
      [1, 4],
      [1, 4],
      [4, 1, 1],
      [4, 1, 1],
    ],
  ])("%j broadcast to %j, reshaped to %j: %j", (shape, from, to, expected) => {
    expect(turnShape(shape, { from, to })).toEqual(expected);
  });
});

/** Largest relative error of an elementwise function over points, in float32 arithmetic against float64 truth. */
async function errorOf(points: Float32Array, build: (b: Builder, x: Value) => Value, truth: (x: number) => number) {
  const plan = await executor.compile(graphOf((b) => b.output("y", build(b, b.input("x", [points.length])))));
  const y = (await plan.run({ x: points }))["y"]!;
  plan.dispose();
  return points.reduce((worst, x, i) => {
    const exact = truth(x);
    return exact === y[i] ? worst : Math.max(worst, Math.abs(y[i]! - exact) / Math.abs(exact));
  }, 0);
}

const points = (from: number, to: number): Float32Array =>
  Float32Array.from({ length: 20001 }, (_, i) => from + ((to - from) * i) / 20000);
const nearOne = Float32Array.from({ length: 4000 }, (_, i) => 1 + (i - 2000) * 2 ** -22);
const tiny = Float32Array.from({ length: 2000 }, (_, i) => (i % 2 ? 1 : -1) * 2 ** (-i / 20));

describe("elementary functions are good to 3e-7 of their value", () => {
  const tolerance = 3e-7;
  it("exp", async () => {
    expect(await errorOf(points(-87, 88), (b, x) => b.exp(x), Math.exp)).toBeLessThan(tolerance);
    expect(
      await errorOf(
        Float32Array.of(-200, 200),
        (b, x) => b.exp(x),
        (x) => (x < 0 ? 0 : Number.POSITIVE_INFINITY),
      ),
    ).toBe(0);
  });
  it("log, near 1 and from 1e-37 to 1e38", async () => {
    expect(await errorOf(nearOne, (b, x) => b.log(x), Math.log)).toBeLessThan(tolerance);
    const powers = points(-37, 38).map((x) => 10 ** x);
    expect(await errorOf(powers, (b, x) => b.log(x), Math.log)).toBeLessThan(tolerance);
    expect(await errorOf(Float32Array.of(0), (b, x) => b.log(x), Math.log)).toBe(0);
  });
  it("log1p, near 0 and beyond", async () => {
    expect(
      await errorOf(
        tiny,
        (b, x) => b.log1p(b.mul(x, 0.5)),
        (x) => Math.log1p(x / 2),
      ),
    ).toBeLessThan(tolerance);
    expect(await errorOf(points(-0.999, 50), (b, x) => b.log1p(x), Math.log1p)).toBeLessThan(tolerance);
  });
  it("erf", async () => {
    expect(await errorOf(points(-5, 5), (b, x) => b.erf(x), erf)).toBeLessThan(tolerance);
    expect(await errorOf(tiny, (b, x) => b.erf(x), erf)).toBeLessThan(tolerance);
  });
  it("tanh and sigmoid", async () => {
    expect(await errorOf(points(-30, 30), (b, x) => b.tanh(x), Math.tanh)).toBeLessThan(tolerance);
    expect(await errorOf(tiny, (b, x) => b.tanh(x), Math.tanh)).toBeLessThan(tolerance);
    expect(
      await errorOf(
        points(-80, 80),
        (b, x) => b.sigmoid(x),
        (x) => 1 / (1 + Math.exp(-x)),
      ),
    ).toBeLessThan(tolerance);
  });
});

describe("many elements", () => {
  const size = 2_200_000;
  const data = Float32Array.from({ length: size }, (_, i) => 0.5 + 0.5 * Math.sin(i));
  const exact = data.reduce((sum, x) => sum + x, 0);
  const column = (n: number): Float64Array => {
    const sums = new Float64Array(n);
    for (let i = 0; i < size; i++) sums[i % n]! += data[i]!;
    return sums;
  };

  it("sums of two million numbers keep six digits, in rows, in columns and in all", async () => {
    const graph = graphOf((b) => {
      const x = b.input("x", [size]);
      b.output("all", b.sum(x));
      b.output("few columns", b.sum(b.reshape(x, [size / 4, 4]), [0]));
      b.output("many columns", b.sum(b.reshape(x, [size / 1000, 1000]), [0]));
    });
    const plan = await executor.compile(graph);
    const sums = await plan.run({ x: data });
    expect(Math.abs(sums["all"]![0]! / exact - 1)).toBeLessThan(1e-6);
    expect(relativeError(sums["few columns"]!, column(4))).toBeLessThan(1e-6);
    expect(relativeError(sums["many columns"]!, column(1000))).toBeLessThan(1e-6);
    plan.dispose();
  });

  it("more workgroups than one axis holds reach every element", async () => {
    // 2,200,001 elements are no multiple of four: 34,376 workgroups of 64, above the 32,768 of the first axis.
    const plan = await executor.compile(graphOf((b) => b.output("y", b.neg(b.input("x", [size + 1])))));
    const { y } = await plan.run({ x: Float32Array.from({ length: size + 1 }, (_, i) => i % 1000) });
    expect(y!.every((v, i) => v === -(i % 1000))).toBe(true);
    plan.dispose();
  });
});
