/** What a training step costs on WebGPU, computed without running anything: the dispatches of its plans, counted. */

import type { GraphPlan, PlanLimits } from "../../../core/exec/webgpu/plan";
import type { Evaluation } from "../../../core/methods/spectralLinear";
import { accounting, type GroupCount } from "../../../core/model/accounting";
import { describeDispatch, grouped, kernelOf, type PlanGroup, placeOf } from "./dispatches";
import { memoryOf, type PlanMemory } from "./planMemory";
import { type PlanRequest, plannedLimits, plannedModel, plannedStep } from "./plannedStep";
import { evaluationsOf, stepProductFlops } from "./productFlops";

export interface PlanReport {
  /** Of the train graph (one micro-batch) and the apply graph together. */
  readonly dispatches: number;
  /** Operations issued, padding and recomputation included, over `productFlops`. */
  readonly flopsRatio: number;
  /** Bytes reserved for intermediate values; the apply plan uses the train plan's slabs. */
  readonly arenaBytes: number;
  /** The most bytes of intermediate values alive at one dispatch: no placement needs less. */
  readonly liveBytes: number;
  /** Operations issued. */
  readonly flops: number;
  /** 2·M·N·K of all products of the step, unpadded, each counted once, every adapted site by its cheaper evaluation. */
  readonly productFlops: number;
  readonly parts: Readonly<Record<"train" | "apply", PlanPart>>;
  readonly evaluations: Readonly<Record<Evaluation, number>>;
  readonly byPlace: readonly PlanGroup[];
  readonly byOp: readonly PlanGroup[];
  readonly memory: PlanMemory;
  readonly model: {
    readonly backbone: string;
    readonly image: number;
    readonly batch: number;
    readonly method: string;
  };
  readonly parameters: readonly GroupCount[];
  /** Every dispatch in order, for people who look for the expensive ones. */
  readonly list: readonly string[];
}

export interface PlanPart {
  readonly dispatches: number;
  readonly flops: number;
  readonly arenaBytes: number;
  readonly liveBytes: number;
  readonly slabs: number;
}

export function planReport(request: PlanRequest, limits: PlanLimits = plannedLimits): PlanReport {
  const model = plannedModel(request);
  const { batch } = request;
  const step = plannedStep(model, batch, limits);
  const { graphs, plans } = step;
  const memory = memoryOf(step);
  const both = [plans.train, plans.apply];
  const flops = both.reduce((sum, { cost }) => sum + cost.flops, 0);
  const productFlops = stepProductFlops(model, [graphs.train, graphs.apply], batch);
  const dispatches = both.flatMap((plan) => plan.dispatches);
  return {
    dispatches: dispatches.length,
    flopsRatio: flops / productFlops,
    arenaBytes: memory.arena,
    liveBytes: Math.max(...both.map(({ cost }) => cost.liveBytes)),
    flops,
    productFlops,
    parts: { train: partOf(plans.train), apply: partOf(plans.apply) },
    evaluations: evaluationsOf(model, batch),
    byPlace: grouped(dispatches, ({ node }) => placeOf(node)),
    byOp: grouped(dispatches, kernelOf),
    memory,
    model: { backbone: request.backbone, image: model.imageSize, batch, method: request.method },
    parameters: accounting(model.layout).groups,
    list: dispatches.map(describeDispatch),
  };
}

const partOf = ({ cost, slabs }: GraphPlan): PlanPart => ({ ...cost, slabs: slabs.length });
