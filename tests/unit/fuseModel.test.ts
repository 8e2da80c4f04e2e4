import { describe, expect, it } from "vitest";
import { fuse } from "../../src/core/exec/webgpu/fuse";
import { type Graph, type Node, sizeOf, type Value } from "../../src/core/graph/node";
import { expandComposites, removeDeadNodes, statesOf } from "../../src/core/graph/passes";
import { random } from "../../src/core/math/random";
import { blankWeights } from "../../src/core/model/blank";
import { GRADIENT, trainGraph } from "../../src/core/model/graphs";
import { plannedLimits, plannedModel } from "../../src/runtime/products/plan/plannedStep";
import { evaluate } from "../reference/evaluate";

/** Labels are class numbers where they are classes; running variances stay positive. */
function draw(v: Value): Float64Array {
  const name = String(v.node.attrs["name"]);
  const stream = random(19, "fused model", name);
  const value = () => {
    if (name === "label.semseg") return stream.int(5);
    return 0.3 * stream.normal() + (/variance/i.test(name) ? 3 : 0);
  };
  return Float64Array.from({ length: sizeOf(v.shape) }, value);
}

/** Blank weights are zeros, which would hide every mistake: they get numbers here. */
function fillBlank(node: Node): void {
  const data = node.attrs["data"] as Float32Array;
  const stream = random(19, "fused model", "constant", node.id);
  if (data.every((x) => x === 0)) for (let i = 0; i < data.length; i++) data[i] = 0.3 * stream.normal();
}

const named = (graph: Graph, op: string): Node[] => graph.nodes.filter((node) => node.op.name === op);

describe.each(["ditask", "full"])("fusing the training step of %s", (method) => {
  it("changes neither losses nor gradient", () => {
    const tasks = ["semseg", "normals"] as const;
    const model = plannedModel({ backbone: "micro", batch: 1, method, tasks });
    const graph = removeDeadNodes(trainGraph(model, blankWeights(model), { batch: 1 }));
    for (const node of named(graph, "constant")) fillBlank(node);
    const feeds = Object.fromEntries(
      named(graph, "input").map((node) => [String(node.attrs["name"]), draw(node.outputs[0]!)]),
    );
    const states = new Map([...statesOf(graph)].map(([name, v]) => [name, draw(v)]));
    const fused = fuse(
      expandComposites(graph, (node) => (node.op.kernel?.(node, plannedLimits) ?? null) !== null),
      plannedLimits,
    );
    expect(named(fused, "fusedMatmul").length).toBeGreaterThan(20);
    const before = evaluate(graph, feeds, states);
    const after = evaluate(fused, feeds, states);
    expect(before.states.get(GRADIENT)!.filter((g) => Math.abs(g) > 1e-6).length).toBeGreaterThan(500);
    for (const [name, truth] of [...Object.entries(before.outputs), ...before.states]) {
      const got = after.outputs[name] ?? after.states.get(name)!;
      const error = truth.reduce((worst, v, i) => Math.max(worst, Math.abs(v - got[i]!) / Math.max(1, Math.abs(v))), 0);
      expect(error, name).toBeLessThan(1e-9);
    }
  });
});
