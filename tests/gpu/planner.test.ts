import { describe, expect, it } from "vitest";
import { arenaOf, type GraphPlan, type PlanLimits, planGraph } from "../../src/core/exec/webgpu/plan";
import type { Region, Root } from "../../src/core/exec/webgpu/regions";
import { Schedule } from "../../src/core/exec/webgpu/schedule";
import { type Life, planSlabs } from "../../src/core/exec/webgpu/slabs";
import { Builder } from "../../src/core/graph/builder";
import type { Graph, Value } from "../../src/core/graph/node";
import { type Random, random } from "../../src/core/math/random";

const limits: PlanLimits = {
  maxWorkgroupInvocations: 256,
  maxWorkgroupStorageBytes: 16384,
  maxStorageBuffers: 8,
  subgroups: false,
  cpuAdapter: false,
  maxBufferBytes: 2 ** 27,
};

/** Elementwise chains, products, sums, views and updates of random sizes: what may go wrong in memory, not what computes anything. */
function randomGraph(stream: Random): Graph {
  const b = new Builder();
  const columns = [16, 64, 33][stream.int(3)]!;
  const state = b.state("s", [64, columns]);
  const pool: Value[] = [b.input("x", [64, columns]), state, b.constant(new Float32Array(64 * columns), [64, columns])];
  const pick = (): Value => pool[pool.length - 1 - stream.int(Math.min(pool.length, 8))]!;
  const steps: (() => Value)[] = [
    () => b.add(pick(), pick()),
    () => b.exp(pick()),
    () => b.softmax(pick()),
    () => b.matmul(b.matmul(pick(), pick(), false, true), pick()),
    () => b.add(b.sum(pick(), [0], true), pick()),
    () => b.reshape(b.transpose(b.reshape(pick(), [columns, 64]), [1, 0]), [64, columns]),
    () => b.concat([b.slice(pick(), [32, 0], [32, columns]), b.neg(b.slice(pick(), [0, 0], [32, columns]))], 0),
    () => b.concat([b.slice(pick(), [1, 0], [40, columns]), b.full(1, [24, columns])], 0),
    () => b.select(b.greater(pick(), 0), pick(), pick()),
  ];
  for (let n = 0; n < 40; n++) pool.push(b.reshape(steps[stream.int(steps.length)]!(), [64, columns]));
  b.output("last", pool.at(-1)!);
  b.output("early", pool[5]!);
  b.output("old state", state);
  b.update(state, pool.at(-2)!);
  return b.build();
}

interface Interval {
  readonly buffer: string;
  readonly start: number;
  readonly end: number;
}

const buffers = new Map<Root, string>();
/** The buffer that a region lies in, and its bytes there. */
function intervalOf({ root, offset, floats }: Region): Interval {
  const known = buffers.get(root) ?? (root.of.kind === "arena" ? `slab ${root.slab}` : `own ${buffers.size}`);
  buffers.set(root, known);
  return { buffer: known, start: root.place + offset, end: root.place + offset + floats };
}

function checkPlan(plan: GraphPlan): void {
  for (const { reads, writes } of plan.dispatches) {
    const read = reads.map(intervalOf);
    const written = writes.map(intervalOf);
    for (const w of written) {
      expect(read.map((r) => r.buffer)).not.toContain(w.buffer);
      const others = written.filter((other) => other !== w && other.buffer === w.buffer);
      for (const other of others) expect(other.end <= w.start || other.start >= w.end).toBe(true);
    }
    for (const { start } of [...read, ...written]) expect(start % 64).toBe(0);
    expect(reads.length + writes.length).toBeLessThanOrEqual(limits.maxStorageBuffers);
  }
  const { roots, lives } = arenaOf(plan);
  roots.forEach((a, i) => {
    expect(a.place + a.floats).toBeLessThanOrEqual(plan.slabs[a.slab]!);
    for (let j = 0; j < i; j++) {
      const b = roots[j]!;
      const apart = lives[i]!.last < lives[j]!.first || lives[j]!.last < lives[i]!.first;
      if (apart || a.slab !== b.slab) continue;
      expect(a.place >= b.place + b.floats || b.place >= a.place + a.floats).toBe(true);
    }
  });
}

describe("the memory plan", () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    "never reads and writes one buffer in a dispatch, and no two living values overlap (graph %i)",
    (seed) => {
      const plan = planGraph(randomGraph(random(seed, "planner")), limits);
      expect(plan.dispatches.length).toBeGreaterThan(10);
      checkPlan(plan);
      expect(plan.cost.arenaBytes).toBeGreaterThanOrEqual(plan.cost.liveBytes);
    },
  );

  it("a value is read only after it was written, in the memory where it was written", () => {
    for (let seed = 0; seed < 20; seed++) {
      const plan = planGraph(randomGraph(random(seed, "planner")), limits);
      const holds = new Map<string, Map<number, Root>>();
      for (const { reads, writes } of plan.dispatches) {
        for (const r of reads) {
          if (r.root.of.kind !== "arena") continue;
          const { buffer, start, end } = intervalOf(r);
          for (let at = start; at < end; at += 16) expect(holds.get(buffer)?.get(at)).toBe(r.root);
        }
        for (const w of writes) {
          const { buffer, start, end } = intervalOf(w);
          const held = holds.get(buffer) ?? new Map<number, Root>();
          holds.set(buffer, held);
          for (let at = start; at < end; at += 16) held.set(at, w.root);
        }
      }
    }
  });

  it("keeps every slab within the device's limit, and refuses a value that no slab can hold", () => {
    const lives: Life[] = Array.from({ length: 12 }, () => ({ floats: 640, first: 0, last: 9, apart: new Set() }));
    const { slabs } = planSlabs(lives, 2000);
    expect(Math.max(...slabs)).toBeLessThanOrEqual(2000);
    expect(slabs.reduce((sum, n) => sum + n, 0)).toBe(12 * 640);
    expect(() => planSlabs(lives, 600)).toThrow(/2560 bytes is larger than the 2400 bytes/);
  });

  it("uses the memory of the dead again: a long chain needs two slabs of one value", () => {
    const b = new Builder();
    let x = b.input("x", [1024]);
    for (let i = 0; i < 30; i++) x = b.softmax(b.mul(x, x));
    b.output("y", x);
    const { cost, slabs } = planGraph(b.build(), limits);
    expect(slabs).toEqual([1024, 1024]);
    expect(cost.arenaBytes).toBe(cost.liveBytes);
  });

  it("says which value is too large for the device", () => {
    const b = new Builder();
    b.output("y", b.softmax(b.exp(b.input("x", [2 ** 26]))));
    expect(() => planGraph(b.build(), limits)).toThrow(/smaller batch/);
  });
});

describe("the schedule", () => {
  /** A hundred products of 2 GFLOP: 2 ms each on the device that the first guess assumes. */
  function products() {
    const b = new Builder();
    let x = b.input("x", [1024, 1024]);
    for (let i = 0; i < 100; i++) x = b.matmul(x, b.constant(new Float32Array(4), [1024, 1024]));
    b.output("y", x);
    return planGraph(b.build(), limits).dispatches;
  }
  const longest = (cuts: readonly number[]): number =>
    Math.max(...cuts.map((cut, i) => cut - (i === 0 ? 0 : cuts[i - 1]!)));

  it("cuts runs into submits of a few milliseconds, in order and wholly", () => {
    const dispatches = products();
    const { cuts } = new Schedule(dispatches);
    expect(cuts.at(-1)).toBe(dispatches.length);
    expect([...cuts].sort((a, b) => a - b)).toEqual(cuts);
    expect(cuts.length).toBeGreaterThan(20);
  });

  it("follows the device: longer submits on a fast one, shorter on a slow one, by the fastest of three runs", () => {
    const dispatches = products();
    const [fast, slow] = [new Schedule(dispatches), new Schedule(dispatches)];
    for (const ms of [40, 20, 30]) fast.measured(ms);
    for (const ms of [2000, 1500, 1800]) slow.measured(ms);
    expect(longest(fast.cuts)).toBeGreaterThanOrEqual(25);
    expect(fast.cuts.length).toBeLessThanOrEqual(4);
    expect(longest(slow.cuts)).toBe(1);
    expect(fast.isTiming).toBe(false);
    fast.measured(1e6);
    expect(fast.cuts.length).toBeLessThanOrEqual(4);
  });
});
