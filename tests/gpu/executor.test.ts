import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { create } from "webgpu";
import { limitsOf, openDevice } from "../../src/core/exec/webgpu/device";
import { createWebGpuExecutor, openWebGpuExecutor, type WebGpuExecutor } from "../../src/core/exec/webgpu/executor";
import { planGraph } from "../../src/core/exec/webgpu/plan";
import { Builder } from "../../src/core/graph/builder";
import { gradients } from "../../src/core/graph/differentiate";
import type { Graph, Value } from "../../src/core/graph/node";
import { evaluate } from "../reference/evaluate";
import { relativeError } from "../reference/executors";
import { dawnFlags, getTestDevice } from "./device";

const FLOAT32_TOLERANCE = 2e-6;

// Dawn's entry object must outlive its devices.
let entry: GPU | undefined;
const dawn = (): GPU => {
  entry ??= create(dawnFlags);
  return entry;
};

let executor: WebGpuExecutor;
beforeEach(async () => {
  executor = createWebGpuExecutor(await getTestDevice());
});
afterEach(() => executor.dispose());

const range = (n: number, start = 0): Float32Array => Float32Array.from({ length: n }, (_, i) => start + i);

function graphOf(build: (b: Builder) => void): Graph {
  const b = new Builder();
  build(b);
  return b.build();
}

/** Runs the graph and holds every output and state against the float64 evaluation. */
async function expectTrue(
  graph: Graph,
  feeds: Record<string, Float32Array>,
  states: Record<string, Float32Array> = {},
) {
  for (const [name, data] of Object.entries(states)) executor.writeState(name, data);
  const plan = await executor.compile(graph);
  const got = await plan.run(feeds);
  const truth = evaluate(graph, feeds, new Map(Object.entries(states)));
  for (const [name, numbers] of Object.entries(truth.outputs))
    expect(relativeError(got[name]!, numbers), name).toBeLessThan(FLOAT32_TOLERANCE);
  for (const [name, numbers] of truth.states)
    expect(relativeError(await executor.readState(name), numbers), name).toBeLessThan(FLOAT32_TOLERANCE);
  return plan;
}

describe("runs", () => {
  it("copy their inputs, take effect in order, and may overlap", async () => {
    const graph = graphOf((b) => {
      const x = b.input("x", [3]);
      const s = b.state("s", [3]);
      b.update(s, b.add(s, x));
      b.output("sum", b.add(s, x));
    });
    executor.writeState("s", new Float32Array(3));
    const plan = await executor.compile(graph);
    const x = range(3, 1);
    const first = plan.run({ x });
    x.fill(10);
    const second = plan.run({ x });
    x.fill(0);
    const third = plan.run({ x });
    expect([...(await third)["sum"]!]).toEqual([11, 12, 13]);
    expect([...(await second)["sum"]!]).toEqual([11, 12, 13]);
    expect([...(await first)["sum"]!]).toEqual([1, 2, 3]);
    expect([...(await executor.readState("s"))]).toEqual([11, 12, 13]);
  });

  it("bring back only what is asked for, and name what is not there", async () => {
    const plan = await executor.compile(
      graphOf((b) => {
        const x = b.input("x", [2]);
        b.output("double", b.mul(x, 2));
        b.output("x", x);
      }),
    );
    expect(Object.keys(await plan.run({ x: range(2) }, ["x"]))).toEqual(["x"]);
    expect(await plan.run({ x: range(2) }, [])).toEqual({});
    await expect(plan.run({ x: range(2) }, ["y"])).rejects.toThrow(/no output "y"; it has double, x/);
    await expect(plan.run({ x: range(3) })).rejects.toThrow(/needs 2 numbers/);
    plan.dispose();
    await expect(plan.run({ x: range(2) })).rejects.toThrow(/disposed/);
  });

  it("compute large and small inputs, empty values, and outputs that are leaves", async () => {
    const feeds = { big: range(5000), small: range(5), one: range(1, 7) };
    await expectTrue(
      graphOf((b) => {
        const [big, small, one] = [b.input("big", [1000, 5]), b.input("small", [5]), b.input("one", [])];
        b.output("all", b.mul(b.add(big, small), one));
        b.output("empty", b.slice(small, [2], [0]));
        b.output("sum of nothing", b.sum(b.mul(b.slice(big, [0, 0], [0, 5]), 2), [0]));
        b.output("one", one);
        b.output("constant", b.constant(range(3), [3]));
        b.output("full", b.full(0.5, [2, 2]));
      }),
      feeds,
    );
  });
});

describe("states", () => {
  it("are updated after all reads of the old numbers, whatever the order of the nodes", async () => {
    await expectTrue(
      graphOf((b) => {
        const [s, t] = [b.state("s", [4]), b.state("t", [4])];
        const x = b.input("x", [4]);
        b.update(s, b.mul(x, 3));
        b.update(t, b.add(s, t));
        b.output("late read", b.mul(s, s));
        b.output("old", s);
      }),
      { x: range(4) },
      { s: range(4, 5), t: range(4, 9) },
    );
  });

  it("can swap, take one another's old numbers, and be cleared", async () => {
    const plan = await expectTrue(
      graphOf((b) => {
        const [s, t, u] = [b.state("s", [5]), b.state("t", [5]), b.state("u", [5])];
        b.update(s, t);
        b.update(t, s);
        b.update(u, b.full(0, [5]));
        b.output("u", u);
      }),
      {},
      { s: range(5, 1), t: range(5, 20), u: range(5, 40) },
    );
    expect([...(await plan.run({}))["u"]!]).toEqual([0, 0, 0, 0, 0]);
    expect([...(await executor.readState("s"))]).toEqual([...range(5, 1)]);
  });

  it("share a new value, keep the last of two updates, and may be parts of views", async () => {
    await expectTrue(
      graphOf((b) => {
        const [s, t, u] = [b.state("s", [6]), b.state("t", [6]), b.state("u", [2, 3])];
        const next = b.mul(b.input("x", [6]), 2);
        b.update(s, b.neg(next));
        b.update(s, next);
        b.update(t, next);
        b.update(u, b.reshape(next, [2, 3]));
        b.output("next", next);
      }),
      { x: range(6) },
      { s: range(6), t: range(6), u: range(6) },
    );
  });

  it("are shared by plans under their names, and hold one size", async () => {
    const write = await executor.compile(graphOf((b) => b.update(b.state("s", [2]), b.input("x", [2]))));
    const read = await executor.compile(graphOf((b) => b.output("s", b.state("s", [2]))));
    void write.run({ x: range(2, 3) });
    expect([...(await read.run({}))["s"]!]).toEqual([3, 4]);
    expect(() => executor.writeState("s", range(3))).toThrow(/holds 2 numbers/);
    await expect(executor.readState("none")).rejects.toThrow(/No state "none"/);
  });
});

describe("views", () => {
  /** Parameters as 64-float aligned slices of one flat state, their gradients concatenated with zeros between. */
  function flatTraining(sizes: readonly number[]): Graph {
    return graphOf((b) => {
      const padded = sizes.map((n) => Math.ceil(n / 64) * 64);
      const total = padded.reduce((sum, n) => sum + n, 0);
      const flat = b.state("parameters", [total]);
      const starts = padded.map((_, i) => padded.slice(0, i).reduce((sum, n) => sum + n, 0));
      const parameters = sizes.map((n, i) => b.slice(flat, [starts[i]!], [n]));
      const x = b.input("x", [1]);
      const loss = parameters
        .map((p, i) => b.sum(b.exp(b.mul(p, b.mul(x, 0.1 * (i + 1))))))
        .reduce((sum, term) => b.add(sum, term));
      const grads = gradients(b, loss, parameters).map((g) => g!);
      const parts = grads.flatMap((g, i) => (padded[i]! > sizes[i]! ? [g, b.full(0, [padded[i]! - sizes[i]!])] : [g]));
      const gradient = b.concat(parts, 0);
      b.output("norm", b.sum(b.mul(gradient, gradient)));
      b.update(flat, b.sub(flat, b.mul(gradient, 0.1)));
    });
  }

  it("the flat parameters and the flat gradient cost no dispatch", async () => {
    const graph = flatTraining([64, 100, 3, 129]);
    const plan = planGraph(graph, limitsOf(await getTestDevice()));
    const moves = ["slice", "concat", "reshape", "pad", "full"];
    expect(plan.dispatches.map((d) => d.node.op.name).filter((name) => moves.includes(name))).toEqual([]);
    const parameters = Float32Array.from({ length: 64 + 128 + 64 + 192 }, (_, i) => Math.sin(i));
    await expectTrue(graph, { x: range(1, 1) }, { parameters });
  });

  it("slices off the 256-byte grid and concatenations off it are copied and right", async () => {
    await expectTrue(
      graphOf((b) => {
        const x = b.input("x", [8, 16]);
        const y = b.mul(x, 2);
        b.output("aligned", b.neg(b.slice(y, [4, 0], [4, 16])));
        b.output("unaligned", b.neg(b.slice(y, [3, 0], [4, 16])));
        b.output("columns", b.neg(b.slice(y, [0, 4], [8, 8])));
        b.output("joined", b.concat([b.neg(y), y, b.abs(b.slice(y, [0, 0], [3, 16])), b.exp(b.mul(x, 0.01))], 0));
        b.output("inner", b.concat([y, b.neg(x)], 1));
        b.output("nested", b.concat([b.concat([b.neg(x), b.abs(x)], 0), x, b.full(3, [1, 16])], 0));
      }),
      { x: range(128) },
    );
  });

  it("a concatenation of values that read one another does not read and write one buffer", async () => {
    await expectTrue(
      graphOf((b) => {
        const x = b.input("x", [64]);
        const y = b.exp(b.mul(x, 0.01));
        const z = b.mul(y, y);
        b.output("chain", b.concat([y, z, b.add(z, y)], 0));
        b.output("twice", b.concat([z, z, b.slice(z, [0], [32])], 0));
      }),
      { x: range(64) },
    );
  });
});

describe("memory", () => {
  const training = graphOf((b) => {
    const w = b.state("w", [16, 16]);
    const y = b.tanh(b.matmul(b.input("x", [8, 16]), w));
    const loss = b.mean(b.mul(y, y));
    const [grad] = gradients(b, loss, [w]);
    b.update(w, b.sub(w, b.mul(grad!, 0.1)));
    b.output("loss", loss);
  });

  it("is flat from the third run to the two hundredth, and goes with its owner", async () => {
    executor.writeState(
      "w",
      range(256).map((v) => Math.sin(v)),
    );
    const withState = executor.memory();
    const plan = await executor.compile(training);
    const feeds = { x: range(128).map((v) => Math.cos(v)) };
    let [flat, loss] = [executor.memory(), Number.POSITIVE_INFINITY];
    for (let step = 1; step <= 200; step++) {
      const out = await plan.run(feeds);
      if (step === 3) flat = executor.memory();
      expect(out["loss"]![0]!).toBeLessThan(loss);
      loss = out["loss"]![0]!;
    }
    expect(executor.memory()).toEqual(flat);
    plan.dispose();
    expect(executor.memory()).toEqual(withState);
    await executor.dispose();
    expect(executor.memory()).toEqual({ buffers: 0, bytes: 0 });
  });

  it("holds a constant and a slab once for all plans", async () => {
    const data = range(4096);
    const graph = graphOf((b) => b.output("y", b.sum(b.exp(b.mul(b.constant(data, [4096]), 1e-3)))));
    await executor.compile(graph);
    const one = executor.memory();
    const again = await executor.compile(graph);
    // The second plan adds only its (empty) input buffers, if any, never the constant or the slab.
    expect(executor.memory().bytes - one.bytes).toBeLessThan(4096);
    again.dispose();
    expect(executor.memory()).toEqual(one);
  });
});

describe("failures", () => {
  it("a lost device rejects pending and later runs with the reason", async () => {
    const { device } = await openDevice(dawn());
    const own = createWebGpuExecutor(device);
    const plan = await own.compile(graphOf((b) => b.output("y", b.neg(b.input("x", [2])))));
    await plan.run({ x: range(2) });
    const pending = plan.run({ x: range(2) });
    device.destroy();
    await expect(pending).rejects.toThrow(/GPU was lost|disposed|destroyed/);
    expect(await own.lost).toMatch(/The GPU was lost \(destroyed\)/);
    await expect(plan.run({ x: range(2) })).rejects.toThrow(/The GPU was lost/);
  });

  it("a shader that does not compile is named with file, line and node", async () => {
    const graph = graphOf((b) => {
      const x = b.input("x", [2]);
      const broken = { name: "broken", code: "@compute @workgroup_size(1)\nfn main() { nonsense(); }" };
      const op = {
        name: "brokenOp",
        kind: "composite",
        infer: (inputs: readonly Value[]) => [inputs[0]!.shape],
        kernel: (node: { inputs: readonly Value[]; outputs: readonly Value[] }) => [
          {
            shader: broken,
            entry: "main",
            overrides: {},
            reads: node.inputs,
            writes: node.outputs,
            groups: [1, 1, 1] as const,
          },
        ],
      } as const;
      b.scope("head", () => b.output("y", b.one(op, [x], {})));
    });
    await expect(executor.compile(graph, "bad")).rejects.toThrow(
      /Plan "bad": brokenOp at head, inputs \[2\].*broken\.wgsl(.|\n)*broken\.wgsl:2:13 error/,
    );
    expect(executor.memory().buffers).toBe(0);
  });

  it("an executor that opens its device describes it, and says where an adapter is missing", async () => {
    const own = await openWebGpuExecutor(dawn());
    expect(own.description).toMatch(/^WebGPU on ./);
    expect(own.limits.maxBufferBytes).toBeGreaterThan(2 ** 27);
    await own.dispose();
    expect(await own.lost).toMatch(/lost/);
    const none = { requestAdapter: async () => null } as unknown as GPU;
    await expect(openWebGpuExecutor(none)).rejects.toThrow(/no adapter/);
  });
});

describe("the profiler", () => {
  it("times every dispatch by node where the device can", async () => {
    const { device, features } = await openDevice(dawn());
    const own = createWebGpuExecutor(device);
    const plan = await own.compile(
      graphOf((b) => b.scope("block", () => b.output("y", b.matmul(b.input("x", [32, 32]), b.input("w", [32, 32]))))),
    );
    const feeds = { x: range(1024), w: range(1024) };
    if (features.has("timestamp-query")) {
      const times = await plan.profile(feeds);
      expect(times.map((t) => [t.scope, t.op])).toEqual([["block", "matmul"]]);
      expect(times[0]!.nanoseconds).toBeGreaterThan(0);
    } else {
      await expect(plan.profile(feeds)).rejects.toThrow(/timestamp/);
    }
    device.destroy();
  });
});
