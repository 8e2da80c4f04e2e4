/** What a run of a comparison leaves behind: one JSON file, written whole or not at all. */
import type { RunConfig } from "../../../contracts/runConfig";
import type { ParameterGroup } from "../../../contracts/runEvent";
import type { Measure } from "../../../core/metrics/metric";
import type { MetricsByTask } from "../../run/evaluation";

/** A task and the number that stands for it in Δm. */
export interface MeasuredTask {
  readonly id: string;
  readonly label: string;
  readonly measure: Measure;
}

export interface RunResult {
  readonly format: 1;
  readonly contestant: string;
  /** The task of a model of its own; null: all tasks of the configuration. */
  readonly task: string | null;
  readonly factor: number;
  /** With the steps that were taken. */
  readonly config: RunConfig;
  readonly tasks: readonly MeasuredTask[];
  /** True where the loss stopped being a number; there are no metrics then. */
  readonly diverged: boolean;
  /** On the images that the tables report, after the last step. */
  readonly reported: MetricsByTask;
  /** On the images that rates are chosen on. */
  readonly choosing: MetricsByTask;
  /** The baseline: metrics of a constant prediction on the reported images. */
  readonly constant: MetricsByTask;
  readonly parameters: readonly ParameterGroup[];
  /** Trained parameters of the backbone, what the method adds included, and in the decoders. */
  readonly trained: { readonly backbone: number; readonly decoders: number };
  /** Weighted loss of every step, as long as it was a number. */
  readonly totals: readonly number[];
  /** Median over the steps, of which the first few are left out. */
  readonly stepMs: number;
  /** The most resident memory of the process while it trained. */
  readonly peakBytes: number;
  readonly device: string;
}

/** The time of a training step, measured with nothing else running. */
export interface StepTime {
  readonly format: 1;
  readonly stepMs: number;
  readonly device: string;
}

/** Where results are kept, by name. What is not there yet reads as undefined. */
export interface ResultStore {
  /** @throws where a file is there but is no result. */
  read(name: string): Promise<RunResult | undefined>;
  write(name: string, result: RunResult): Promise<void>;
  /** By the name of a run of the same model. */
  readTime(name: string): Promise<StepTime | undefined>;
  writeTime(name: string, time: StepTime): Promise<void>;
}

/** @throws where a parsed file is not a result, naming it. */
export function parseResult(value: unknown, path: string): RunResult {
  const result = value as Partial<RunResult> | null;
  if (result?.format !== 1 || typeof result.contestant !== "string" || !result.config || !result.reported)
    throw new Error(`${path} is not a result of this comparison (format 1). Move it away; its run is then repeated.`);
  return result as RunResult;
}

/** @throws where a parsed file is not a step's time, naming it. */
export function parseTime(value: unknown, path: string): StepTime {
  const time = value as Partial<StepTime> | null;
  if (time?.format !== 1 || typeof time.stepMs !== "number" || typeof time.device !== "string")
    throw new Error(`${path} is not a step's time (format 1). Move it away; it is then measured again.`);
  return time as StepTime;
}
