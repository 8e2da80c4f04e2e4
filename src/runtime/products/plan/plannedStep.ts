/** A training step as WebGPU would run it: the train graph (one micro-batch) and the apply graph, lowered as the executor lowers them. */
import type { TaskId } from "../../../contracts/runConfig";
import { type BackboneId, backbones } from "../../../core/backbones/registry";
import { type DecoderChoice, decoders } from "../../../core/decoders/registry";
import { type GraphPlan, type PlanLimits, planGraph } from "../../../core/exec/webgpu/plan";
import type { Graph } from "../../../core/graph/node";
import { type MethodChoice, type MethodId, methods } from "../../../core/methods/registry";
import { blankWeights } from "../../../core/model/blank";
import { trainGraph } from "../../../core/model/graphs";
import { buildModel, type Model } from "../../../core/model/model";
import { applyGraph } from "../../../core/model/optimiser";

export interface PlanRequest {
  readonly backbone: string;
  /** Side of the images in pixels; absent: the backbone's own. */
  readonly image?: number;
  readonly batch: number;
  readonly method: string;
  /** Absent: the HRNet-style decoder. */
  readonly decoder?: string;
  readonly tasks: readonly TaskId[];
}

/** One micro-batch, and the update of the parameters. */
export interface PlannedStep {
  readonly graphs: Readonly<Record<"train" | "apply", Graph>>;
  readonly plans: Readonly<Record<"train" | "apply", GraphPlan>>;
}

/**
 * What every desktop adapter offers: the workgroup sizes that WebGPU guarantees, and bindings of 1 GiB (guaranteed are 128 MiB, which
 * Swin-T at batch 8 exceeds).
 */
export const plannedLimits: PlanLimits = {
  maxWorkgroupInvocations: 256,
  maxWorkgroupStorageBytes: 16384,
  maxStorageBuffers: 8,
  subgroups: false,
  cpuAdapter: false,
  maxBufferBytes: 2 ** 30,
};

function chosen<T extends object>(what: string, registry: T, id: string): keyof T {
  if (Object.hasOwn(registry, id)) return id as keyof T;
  throw new Error(`${what} is "${id}"; known: ${Object.keys(registry).join(", ")}.`);
}

export function plannedModel({ backbone, image, method, decoder, tasks }: PlanRequest): Model {
  return buildModel({
    backbone: chosen("--backbone", backbones, backbone) as BackboneId,
    method: { id: chosen("--method", methods, method) as MethodId } as MethodChoice,
    tasks: tasks.map((id) => ({ id })),
    losses: "masked",
    ...(decoder === undefined ? {} : { decoder: { id: chosen("--decoder", decoders, decoder) } as DecoderChoice }),
    ...(image === undefined ? {} : { imageSize: image }),
  });
}

/** Weights have their sizes and no values. */
export function plannedStep(model: Model, batch: number, limits: PlanLimits): PlannedStep {
  const train = trainGraph(model, blankWeights(model), { batch });
  const apply = applyGraph(model.layout);
  return { graphs: { train, apply }, plans: { train: planGraph(train, limits), apply: planGraph(apply, limits) } };
}
