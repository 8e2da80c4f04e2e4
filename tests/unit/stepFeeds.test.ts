import { expect, it } from "vitest";
import { fieldDefaults } from "../../src/contracts/fields";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { Plan } from "../../src/core/exec/executor";
import { inputs } from "../../src/core/model/graphs";
import { buildModel } from "../../src/core/model/model";
import { StepFeeds } from "../../src/runtime/run/prepare/stepFeeds";

const model = buildModel({
  backbone: "micro",
  method: { id: "full" },
  tasks: [{ id: "semseg" }, { id: "sal" }, { id: "normals" }],
});
const batch = { image: new Float32Array(0), imageSize: 0, size: 0, labels: {}, weight: Float32Array.of() };

function weightsFed(taskWeights: RunConfig["training"]["taskWeights"]): number[] {
  const usual = fieldDefaults();
  const config = { version: 4, ...usual, changes: [], training: { ...usual.training, taskWeights } } as const;
  const plan = { graph: { nodes: [] } } as unknown as Plan;
  const feeds = new StepFeeds({ model, plans: { train: plan, apply: plan, evaluate: plan } }, () => ({
    ...config,
    changes: [],
  }));
  return [...(feeds.train(batch as never, 0, 0)[inputs.taskWeights] as Float32Array)];
}

it("tasks weigh what the run says, and where it says nothing what each weighs by itself", () => {
  expect(weightsFed({})).toEqual([1, 5, 10]);
  expect(weightsFed({ sal: 0.5, depth: 3 })).toEqual([1, 0.5, 10]);
  expect(weightsFed({ normals: 0 })).toEqual([1, 5, 0]);
});
