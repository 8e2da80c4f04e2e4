/** What a step holds on WebGPU. */
import type { GraphPlan, PlanLimits } from "../../../core/exec/webgpu/plan";
import type { Model } from "../../../core/model/model";
import { type PlannedStep, plannedLimits, plannedStep } from "./plannedStep";

/** Bytes. */
export interface PlanMemory {
  readonly arena: number;
  /** Parameters, gradient, moments, running statistics. */
  readonly states: number;
  /** Frozen weights, their factors, and tables. */
  readonly constants: number;
  readonly inputs: number;
}

/** What one step of a model holds at most. */
export function plannedMemory(model: Model, batch: number, limits: PlanLimits = plannedLimits): PlanMemory {
  return memoryOf(plannedStep(model, batch, limits));
}

export function memoryOf({ plans: { train, apply } }: PlannedStep): PlanMemory {
  return { arena: train.cost.arenaBytes + extraArena(train, apply), ...fixedMemory([train, apply]) };
}

/** Slabs of the second plan that no slab of the first can stand for, and its own fixed memory. */
function extraArena(first: GraphPlan, second: GraphPlan): number {
  const free = [...first.slabs].sort((a, b) => a - b);
  let floats = 0;
  for (const need of [...second.slabs].sort((a, b) => b - a)) {
    const at = free.findIndex((size) => size >= need);
    if (at >= 0) free.splice(at, 1);
    else floats += need;
  }
  const kept = second.cost.arenaBytes - 4 * second.slabs.reduce((sum, n) => sum + n, 0);
  return 4 * floats + kept;
}

function fixedMemory(plans: readonly GraphPlan[]): Omit<PlanMemory, "arena"> {
  const roots = new Set(
    plans.flatMap(({ dispatches, feeds }) => [
      ...dispatches.flatMap(({ reads, writes }) => [...reads, ...writes].map(({ root }) => root)),
      ...feeds.map(({ region }) => region.root),
    ]),
  );
  const counted = new Set<string | object>();
  const memory = { states: 0, constants: 0, inputs: 0 };
  for (const root of roots) {
    const { of } = root;
    // Plans share states by name and data by array.
    const key = of.kind === "state" ? of.name : of.kind === "data" ? of.data : root;
    if (counted.has(key)) continue;
    counted.add(key);
    if (of.kind === "state") memory.states += 4 * root.floats;
    if (of.kind === "data" || of.kind === "fill") memory.constants += 4 * root.floats;
    if (of.kind === "feed") memory.inputs += 4 * root.floats;
  }
  return memory;
}
