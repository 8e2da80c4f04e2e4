import { describe, expect, it } from "vitest";
import { sizeOf } from "../../src/core/graph/node";
import { evaluationFlops } from "../../src/core/methods/spectralLinear";
import { blankWeights } from "../../src/core/model/blank";
import { trainGraph } from "../../src/core/model/graphs";
import { buildModel } from "../../src/core/model/model";
import { planReport } from "../../src/runtime/products/plan/planReport";
import { nodeProductFlops } from "../../src/runtime/products/plan/productFlops";

const tasks = ["semseg", "human_parts", "sal", "normals"] as const;
const micro = { backbone: "micro", batch: 2, method: "ditask", tasks } as const;

const productsOf = (evaluation: "factored" | "merged") => {
  const model = buildModel({
    backbone: "micro",
    method: { id: "ditask", settings: { evaluation } },
    tasks: tasks.map((id) => ({ id })),
  });
  const { nodes } = trainGraph(model, blankWeights(model), { batch: 2 });
  return { model, flops: nodes.reduce((sum, node) => sum + nodeProductFlops(node), 0) };
};

describe("the plan's figures", () => {
  const report = planReport(micro);

  it("add up: parts, places and ops each hold every dispatch and every operation once", () => {
    const { train, apply } = report.parts;
    expect(train.dispatches + apply.dispatches).toBe(report.dispatches);
    expect(report.list).toHaveLength(report.dispatches);
    for (const groups of [report.byPlace, report.byOp]) {
      expect(groups.reduce((n, g) => n + g.dispatches, 0)).toBe(report.dispatches);
      expect(groups.reduce((n, g) => n + g.flops, 0) / report.flops).toBeCloseTo(1, 9);
    }
  });

  it("never issue fewer operations than the products have, nor reserve less than is alive", () => {
    expect(report.flopsRatio).toBeGreaterThanOrEqual(1);
    expect(report.flopsRatio).toBeCloseTo(report.flops / report.productFlops, 12);
    expect(report.arenaBytes).toBeGreaterThanOrEqual(report.liveBytes);
    expect(report.memory.arena).toBe(report.arenaBytes);
  });

  it("count the flat states, the images and the labels in bytes", () => {
    const { layout } = buildModel({
      backbone: "micro",
      method: { id: "ditask" },
      tasks: tasks.map((id) => ({ id })),
    });
    const statistics = layout.statistics.reduce((n, s) => n + sizeOf(s.shape), 0);
    // Parameters, gradient and two moments; statistics that hold and pending ones; the loss by which a step is judged.
    expect(report.memory.states).toBe(4 * (4 * layout.size + 2 * statistics + 1));
    const pixels = 2 * 32 * 32;
    expect(report.memory.inputs).toBeGreaterThanOrEqual(4 * pixels * (3 + 1 + 1 + 1 + 3));
  });

  it("grow with the batch, the dispatches hardly", () => {
    const larger = planReport({ ...micro, batch: 4 });
    expect(larger.liveBytes).toBeGreaterThan(1.5 * report.liveBytes);
    expect(larger.productFlops).toBeGreaterThan(1.5 * report.productFlops);
    expect(Math.abs(larger.dispatches - report.dispatches)).toBeLessThan(0.2 * report.dispatches);
  });
});

describe("the operations of the products", () => {
  it("are those of the graph: the two evaluations differ by what the cost model says", () => {
    const factored = productsOf("factored");
    const merged = productsOf("merged");
    const names = new Set(factored.model.method.spectrumSites.map(({ site }) => site));
    const sites = factored.model.backbone.sites.filter(({ name }) => names.has(name));
    const expected = sites.reduce((sum, site) => {
      const flops = evaluationFlops(site, { batch: 2, training: true });
      return sum + flops.merged - flops.factored;
    }, 0);
    expect(expected).not.toBe(0);
    expect(merged.flops - factored.flops).toBe(expected);
  });

  it("take each site by its cheaper evaluation, so neither alone is below", () => {
    const { productFlops } = planReport(micro);
    expect(productFlops).toBeLessThanOrEqual(productsOf("factored").flops);
    expect(productFlops).toBeLessThanOrEqual(productsOf("merged").flops);
  });
});

describe("the step of Swin-T at 224 pixels with four tasks, batch 8", () => {
  const report = planReport({ backbone: "swin-t", image: 224, batch: 8, method: "ditask", tasks });

  it("stays under 900 dispatches", () => expect(report.dispatches).toBeLessThan(900));
  it("reserves less than 1.5 times the bytes that are alive at once", () =>
    expect(report.arenaBytes).toBeLessThan(1.5 * report.liveBytes));
});

describe("what cannot be planned is refused by name", () => {
  it("backbone", () => expect(() => planReport({ ...micro, backbone: "swin-x" })).toThrow(/swin-x.*known:.*swin-t/));
  it("method", () => expect(() => planReport({ ...micro, method: "prompt" })).toThrow(/prompt.*known:.*ditask/));
  it("image size", () => expect(() => planReport({ ...micro, image: 50 })).toThrow(/multiple of/));
});
