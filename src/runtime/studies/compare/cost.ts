/** What a contestant's training step costs, computed without running it. */
import type { DataSource } from "../../../contracts/sample";
import { totals } from "../../../core/graph/cost";
import { blankWeights } from "../../../core/model/blank";
import { trainGraph } from "../../../core/model/graphs";
import { buildModel, type Model } from "../../../core/model/model";
import type { Contestant } from "../../products/catalogue/contestants";
import { plannedMemory } from "../../products/plan/planMemory";
import { modelSpec } from "../../run/prepare/modelSpec";
import { type Comparison, modelsOf, runConfig } from "./plan";

/** One model of a contestant: for the first task where each has its own. */
function modelFor(comparison: Comparison, contestant: Contestant, source: DataSource): Model {
  const [task] = modelsOf(comparison, contestant);
  const spec = { contestant, seed: 0, factor: 1, ...(task === undefined ? {} : { task }) };
  return buildModel(modelSpec(runConfig(comparison, spec), source));
}

/** Floating-point operations of one micro-batch, forward and backward, of one model of the contestant. */
export function stepFlops(comparison: Comparison, contestant: Contestant, source: DataSource): number {
  const model = modelFor(comparison, contestant, source);
  return totals(trainGraph(model, blankWeights(model), { batch: comparison.base.training.batchSize })).flops;
}

/** Bytes that one training step of one model holds on WebGPU: intermediate values, states, constants, inputs. */
export function stepBytes(comparison: Comparison, contestant: Contestant, source: DataSource): number {
  const model = modelFor(comparison, contestant, source);
  return Object.values(plannedMemory(model, comparison.base.training.batchSize)).reduce((sum, n) => sum + n, 0);
}

/** Of a core of a desktop processor, for an estimate before the first run was timed. */
const GUESSED_FLOPS_PER_MS = 2e7;

/** Learns from finished runs how fast this machine is. */
export class Pace {
  private flops = 0;
  private ms = 0;

  add(flops: number, ms: number): void {
    this.flops += flops;
    this.ms += ms;
  }

  /** Milliseconds that so many operations will take. */
  estimate(flops: number): number {
    return flops / (this.ms > 0 ? this.flops / this.ms : GUESSED_FLOPS_PER_MS);
  }
}
