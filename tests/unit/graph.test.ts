import { describe, expect, it } from "vitest";
import { Builder } from "../../src/core/graph/builder";
import { totals } from "../../src/core/graph/cost";
import { gradients } from "../../src/core/graph/differentiate";
import type { OpDef } from "../../src/core/graph/node";
import { expandComposites, removeDeadNodes, rewriteGraph, statesOf } from "../../src/core/graph/passes";
import { evaluate } from "../reference/evaluate";

const count = (b: Builder, op: string): number => b.nodes.filter((node) => node.op.name === op).length;

/** y = x² + 1 as a composite of a composite, with a derivative of its own. */
const square = {
  name: "square",
  kind: "composite",
  infer: ([x]) => [x!.shape],
  expand: (b, [x]) => [b.mul(x!, x!)],
  vjp: (b, node, [dy]) => [dy && b.mul(b.mul(dy, 2), node.inputs[0]!)],
} as const satisfies OpDef<Record<string, never>>;
const squarePlusOne = {
  name: "squarePlusOne",
  kind: "composite",
  infer: ([x]) => [x!.shape],
  expand: (b, [x]) => [b.add(b.one(square, [x!], {}), 1)],
} as const satisfies OpDef<Record<string, never>>;

describe("the builder", () => {
  it("makes equal nodes once, unequal ones apart", () => {
    const b = new Builder();
    const x = b.input("x", [2, 3]);
    expect(b.exp(x)).toBe(b.exp(x));
    expect(b.sum(x, [0])).toBe(b.sum(x, [0]));
    expect(b.sum(x, [0])).not.toBe(b.sum(x, [1]));
    expect(b.sub(x, 1)).not.toBe(b.sub(b.full(1), x));
    expect(b.input("x", [2, 3])).toBe(x);
  });
  it("tells infinities, NaN and the sign of zero apart", () => {
    const b = new Builder();
    const values = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0, -0];
    expect(new Set(values.map((v) => b.full(v))).size).toBe(5);
  });
  it("compares tables by identity", () => {
    const b = new Builder();
    const x = b.input("x", [3]);
    const table = Int32Array.of(0, 1);
    expect(b.gather(x, table)).toBe(b.gather(x, table));
    expect(b.gather(x, table)).not.toBe(b.gather(x, Int32Array.of(0, 2)));
  });
  it("leaves out what changes nothing", () => {
    const b = new Builder();
    const x = b.input("x", [2, 3]);
    expect(b.reshape(x, [2, 3])).toBe(x);
    expect(b.transpose(x, [0, 1])).toBe(x);
    expect(b.sliceAxis(x, 0, 0, 2)).toBe(x);
    expect(b.pad(x, [0, 0], [0, 0])).toBe(x);
    expect(b.sum(x, [])).toBe(x);
    expect(b.sumTo(x, [2, 3])).toBe(x);
  });
  it("names nodes by nested scopes, also after an error", () => {
    const b = new Builder();
    const x = b.input("x", [2]);
    expect(() => b.scope("broken", () => b.reshape(x, [3]))).toThrow();
    expect(b.scope("a", () => b.scope("b", () => b.exp(x))).node.scope).toBe("a.b");
    expect(b.log(x).node.scope).toBe("");
  });
});

describe("error messages say what was expected and what came", () => {
  const b = new Builder();
  const x = b.input("x", [2, 3]);
  const y = b.input("y", [4, 5]);
  it.each<[string, () => unknown, string]>([
    [
      "broadcast",
      () => b.add(x, y),
      "add, inputs [2,3] [4,5]: Shapes [2,3] and [4,5] do not broadcast: axis 0 has 2 and 4",
    ],
    ["product", () => b.matmul(x, y), "inner sizes 3 and 4 differ (transposeA false, transposeB false)"],
    ["product of vectors", () => b.matmul(b.input("v", [3]), y), "both sides need at least two axes"],
    [
      "batch",
      () => b.matmul(b.input("p", [2, 1, 1]), b.input("q", [3, 1, 1])),
      "leading axes [2] and [3] must be equal",
    ],
    ["reshape", () => b.reshape(x, [4]), "cannot become [4]: 6 elements against 4"],
    ["transpose", () => b.transpose(x, [0, 0]), "perm [0,0] is no permutation of 2 axes"],
    ["transpose of too few axes", () => b.transpose(x, [0]), "perm [0] is no permutation of 2 axes"],
    ["broadcastTo", () => b.broadcastTo(x, [2, 1]), "does not broadcast to [2,1]"],
    ["slice", () => b.sliceAxis(x, 1, 2, 2), "starts [0,2] with sizes [2,2] leave [2,3]"],
    ["pad", () => b.pad(x, [-1, 0], [0, 0]), "pads [-1,0] and [0,0] do not fit [2,3]"],
    ["concat", () => b.concat([x, y], 0), "shapes must agree outside axis 0"],
    ["gather", () => b.gather(x, Int32Array.of(0, 2)), "index 2 at position 1 is outside the 2 rows"],
    ["scatterAdd", () => b.scatterAdd(x, Int32Array.of(0), 4), "2 rows came with 1 indices"],
    ["sum", () => b.sum(x, [2]), "axes [2] are not all in [2,3]"],
    ["max of nothing", () => b.max(b.input("e", [0, 2]), [0]), "the maximum over no elements is undefined"],
    ["softmax", () => b.softmax(b.full(1)), "needs at least one axis"],
    ["input again", () => b.input("x", [3]), 'input "x" is [2,3] already; it was asked for as [3]'],
    ["update of an input", () => b.update(x, x), "An update's target must be a state; input came"],
    ["update", () => b.update(b.state("s", [2]), x), "State s is [2], its update is [2,3]"],
    ["scope", () => b.scope("layer", () => b.add(x, y)), "add at layer, inputs"],
    ["loss", () => gradients(b, x, [x]), "A loss must be a scalar []; [2,3] came"],
  ])("%s", (_name, run, message) => {
    expect(run).toThrow(message);
  });
  it("outputs", () => {
    const own = new Builder();
    own.output("y", own.full(1));
    expect(() => own.output("y", own.full(2))).toThrow('Output "y" exists already');
  });
});

describe("gradients", () => {
  it("stop at the values they are taken with respect to", () => {
    const b = new Builder();
    const flat = b.state("flat", [6]);
    const [u, v] = [b.sliceAxis(flat, 0, 0, 3), b.sliceAxis(flat, 0, 3, 3)];
    const loss = b.sum(b.mul(u, v));
    const [du, dv] = gradients(b, loss, [u, v]);
    expect([du, dv]).toEqual([v, u].map((x) => expect.objectContaining({ shape: x.shape })));
    expect(count(b, "pad")).toBe(0);
  });
  it("do not pass through one of these values to another", () => {
    const b = new Builder();
    const x = b.input("x", [2]);
    const y = b.exp(x);
    const [dx, dy] = gradients(b, b.sum(b.mul(y, 3)), [x, y]);
    expect(dx).toBeUndefined();
    b.output("dy", dy!);
    expect([...evaluate(b.build(), { x: [0, 0] }).outputs["dy"]!]).toEqual([3, 3]);
  });
  it("add up where a value is used twice", () => {
    const b = new Builder();
    const x = b.input("x", [1]);
    const [dx] = gradients(b, b.sum(b.add(b.mul(x, x), b.mul(x, 5))), [x]);
    b.output("dx", dx!);
    expect([...evaluate(b.build(), { x: [3] }).outputs["dx"]!]).toEqual([11]);
  });
  it("are undefined where the loss does not depend on a value, or only through a step", () => {
    const b = new Builder();
    const [x, y] = [b.input("x", [2]), b.input("y", [2])];
    const loss = b.sum(b.mul(x, b.greater(y, 0)));
    const [dx, dy, dz] = gradients(b, loss, [x, y, b.input("z", [])]);
    expect(dx).toBeDefined();
    expect([dy, dz]).toEqual([undefined, undefined]);
  });
  it("leave nothing alive for branches that lead to no wanted value", () => {
    const b = new Builder();
    const [x, w] = [b.input("x", [4, 4]), b.state("w", [4, 4])];
    const loss = b.sum(b.matmul(b.exp(b.matmul(x, x)), w));
    b.output("dw", gradients(b, loss, [w])[0]!);
    // The two of the forward pass need not stay both: dw needs exp(x·x), and not the second product.
    const live = removeDeadNodes(b.build()).nodes.map((node) => node.op.name);
    expect(live.filter((name) => name === "matmul")).toHaveLength(2);
  });
  it("name the op that has no derivative", () => {
    const b = new Builder();
    const x = b.input("x", []);
    expect(() => gradients(b, b.one(squarePlusOne, [x], {}), [x])).toThrow(
      "through squarePlusOne, which has no derivative",
    );
  });
  it("use a composite's own derivative", () => {
    const b = new Builder();
    const x = b.input("x", []);
    const [dx] = gradients(b, b.one(square, [x], {}), [x]);
    b.output("dx", dx!);
    expect([...evaluate(b.build(), { x: [7] }).outputs["dx"]!]).toEqual([14]);
  });
});

describe("passes", () => {
  it("expand composites of composites, and merge what turns out equal", () => {
    const b = new Builder();
    const x = b.input("x", [2]);
    b.output("y", b.add(b.one(squarePlusOne, [x], {}), b.one(square, [x], {})));
    const open = expandComposites(b.build());
    expect(open.nodes.map((node) => node.op.name)).toEqual(["input", "mul", "full", "add", "add"]);
    expect([...evaluate(open, { x: [2, 3] }).outputs["y"]!]).toEqual([9, 19]);
    const kept = expandComposites(b.build(), (node) => node.op === square);
    expect(kept.nodes.map((node) => node.op.name)).toContain("square");
  });
  it("drop dead nodes, but no node that an update needs", () => {
    const b = new Builder();
    const s = b.state("s", [2]);
    b.exp(b.input("unused", [2]));
    b.update(s, b.mul(s, 2));
    expect(removeDeadNodes(b.build()).nodes.map((node) => node.op.name)).toEqual(["state", "full", "mul"]);
  });
  it("keep a state that is only written", () => {
    const b = new Builder();
    b.update(b.state("s", [2]), b.broadcastTo(b.full(4), [2]));
    const graph = expandComposites(b.build());
    expect([...statesOf(graph).keys()]).toEqual(["s"]);
    expect([...evaluate(graph, {}, new Map([["s", [0, 0]]])).states.get("s")!]).toEqual([4, 4]);
  });
  it("rewrite nodes and keep names", () => {
    const b = new Builder();
    b.output("y", b.exp(b.input("x", [1])));
    const graph = rewriteGraph(b.build(), (g, node, [x]) => (node.op.name === "exp" ? [g.log(x!)] : undefined));
    expect([...evaluate(graph, { x: [Math.E] }).outputs["y"]!][0]).toBeCloseTo(1, 15);
  });
});

describe("updates", () => {
  it("take effect after all reads, so that states can change places", () => {
    const b = new Builder();
    const [s, t] = [b.state("s", [1]), b.state("t", [1])];
    b.update(s, t);
    b.update(t, b.add(s, 1));
    b.output("s", s);
    const { states, outputs } = evaluate(
      b.build(),
      {},
      new Map([
        ["s", [1]],
        ["t", [10]],
      ]),
    );
    expect([states.get("s")![0], states.get("t")![0], outputs["s"]![0]]).toEqual([10, 2, 1]);
  });
});

describe("totals", () => {
  it("count nodes, operations and bytes of a graph", () => {
    const b = new Builder();
    const x = b.input("image", [2, 3]);
    const s = b.state("w", [3, 4]);
    b.output("y", b.matmul(x, s));
    b.update(s, b.neg(s));
    expect(totals(b.build())).toEqual({ nodes: 4, flops: 60, bytes: 152 });
  });
});
