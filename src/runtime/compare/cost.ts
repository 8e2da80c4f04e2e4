/** What a contestant's training step costs, computed without running it. */
import type { DataSource } from "../../contracts/sample";
import { totals } from "../../core/graph/describe";
import { blankWeights } from "../../core/model/blank";
import { trainGraph } from "../../core/model/graphs";
import { buildModel } from "../../core/model/model";
import { modelSpec } from "../modelSpec";
import type { Contestant } from "./contestants";
import { type Comparison, modelsOf, runConfig } from "./plan";

/** Floating-point operations of one micro-batch, forward and backward, of one model of the contestant. */
export function stepFlops(comparison: Comparison, contestant: Contestant, source: DataSource): number {
  const [task] = modelsOf(comparison, contestant);
  const config = runConfig(comparison, { contestant, seed: 0, factor: 1, ...(task === undefined ? {} : { task }) });
  const model = buildModel(modelSpec(config, source));
  return totals(trainGraph(model, blankWeights(model), { batch: config.training.batchSize })).flops;
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
