/** The Swin-T step's plan, and the JavaScript that replaying it takes. */
import { bindDispatches, encode, PlanBuffers } from "../../src/core/exec/webgpu/bound";
import { openDevice } from "../../src/core/exec/webgpu/device";
import { Memory } from "../../src/core/exec/webgpu/memory";
import { Pipelines } from "../../src/core/exec/webgpu/pipelines";
import { planGraph } from "../../src/core/exec/webgpu/plan";
import { blankWeights } from "../../src/core/model/blank";
import { trainGraph } from "../../src/core/model/graphs";
import { buildModel } from "../../src/core/model/model";
import { type PlanReport, planReport } from "../../src/runtime/products/plan/planReport";
import { dawn } from "./executors";
import { median } from "./median";
import { settingOf } from "./step/model";

export type PlanFigures = Pick<PlanReport, "dispatches" | "flopsRatio" | "arenaBytes" | "liveBytes" | "flops">;

export function planFigures(): PlanFigures {
  const { config, batch } = settingOf("swin-t");
  const report = planReport({ backbone: "swin-t", image: 224, batch, method: "ditask", tasks: config.tasks });
  const { dispatches, flopsRatio, arenaBytes, liveBytes, flops } = report;
  return { dispatches, flopsRatio, arenaBytes, liveBytes, flops };
}

export interface ReplayFigures {
  readonly dispatches: number;
  /** Median milliseconds of recording every dispatch of the train plan into one command buffer. */
  readonly recordMs: number;
}

/** Nothing is submitted: a software adapter would need minutes for the step, and its kernels are not what is measured. Batch 1. */
export async function replayFigures(rounds: number): Promise<ReplayFigures> {
  const { device, limits } = await openDevice(dawn());
  const model = buildModel(settingOf("swin-t").spec);
  const plan = planGraph(trainGraph(model, blankWeights(model), { batch: 1 }), limits);
  const memory = new Memory(device);
  const bound = await bindDispatches(device, new Pipelines(device), new PlanBuffers(memory, plan), plan.dispatches);
  const times = Array.from({ length: rounds + 1 }, () => {
    const start = performance.now();
    encode(device, bound);
    return performance.now() - start;
  });
  memory.destroyAll();
  device.destroy();
  return { dispatches: bound.length, recordMs: median(times.slice(1)) };
}
