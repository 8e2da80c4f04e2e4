/** What a prepared run consists of. */
import type { RunConfig } from "../../../contracts/runConfig";
import type { DataSource } from "../../../contracts/sample";
import type { NamePlan } from "../../../core/checkpoint/importPlan";
import type { Executor, Plan } from "../../../core/exec/executor";
import type { Model } from "../../../core/model/model";
import type { Weights } from "../../../core/nn/weights";
import type { Batches } from "../../../data/batches";

export interface RunParts {
  readonly config: RunConfig;
  readonly source: DataSource;
  readonly batches: Batches;
  readonly model: Model;
  readonly weights: Weights;
  /** SHA-256 of the backbone's parameters before any step and any adapter: a checkpoint goes on only where it is the same. */
  readonly baseHash: string;
  readonly executor: Executor;
  readonly plans: { readonly train: Plan; readonly apply: Plan; readonly evaluate: Plan };
  /** Where the user's own file has the backbone's parameters; absent: the backbone is built in. */
  readonly fileNames?: NamePlan;
  /** Of a run that starts from an adapter: [P], the trainable parameters as they were without it, and what is to be said of it. */
  readonly adapted?: { readonly before: Float32Array; readonly notes: readonly string[] };
}
