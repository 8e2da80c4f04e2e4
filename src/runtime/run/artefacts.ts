/** Artefacts of a run, made from its events: run file, metrics, pictures. */

import { withChange } from "../../contracts/changes";
import type { Picture } from "../../contracts/picture";
import type { RunConfig, TaskId } from "../../contracts/runConfig";
import type { RunEvent, RunInputs, SamplePictures, TaskMetrics } from "../../contracts/runEvent";
import type { UpdateAnalysis } from "../../contracts/updateAnalysis";
import { deltaM, type TaskScore } from "../../core/metrics/deltaM";
import { taskOf } from "../../core/tasks/registry";
import { encodePng } from "../../data/io/png";
import { stepsOf } from "./record/stepColumns";

type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;
export type Outcome = "finished" | "interrupted" | "failed" | "running";

export interface RunFile {
  readonly format: 1;
  readonly outcome: Outcome;
  readonly config: RunConfig;
  /** Which data and weights of the user's own it was: the same ones repeat it. */
  readonly inputs?: RunInputs;
  readonly device: string;
  readonly parameters: EventOf<"prepared">["parameters"];
  readonly steps: number;
}

export interface MetricsFile {
  readonly format: 1;
  readonly baseline: EventOf<"prepared">["baseline"];
  readonly evaluations: readonly {
    readonly step: number;
    readonly images: number;
    readonly metrics: Readonly<Partial<Record<TaskId, TaskMetrics>>>;
  }[];
  /** Δm in percent of the last evaluation against single-task scores, where those were given. */
  readonly deltaM?: number;
  /** What training did to the weights and how the tasks' gradients lie to each other, where it was measured. */
  readonly updateAnalysis?: UpdateAnalysis;
  readonly steps: readonly {
    readonly step: number;
    readonly total: number;
    readonly losses: Readonly<Partial<Record<TaskId, number>>>;
    readonly gradientNorm: number;
    readonly skipped?: true;
  }[];
}

/** Data and backbone by the names of the user's own files, else by those of the catalogue. */
export const namesOf = ({ config, inputs }: RunFile): { readonly data: string; readonly backbone: string } => ({
  data: inputs?.data?.label ?? config.data.source,
  backbone: inputs?.weights?.label ?? config.backbone,
});

type Metrics = Readonly<Partial<Record<TaskId, TaskMetrics>>>;

/** Δm of metrics against those of a reference over the tasks of a configuration; undefined where one of the two lacks a task. */
export function relativeTo(
  reference: Metrics,
  metrics: Metrics,
  { tasks, customTasks }: Pick<RunConfig, "tasks" | "customTasks">,
): number | undefined {
  const scores = tasks.map((id) => {
    const { key, largerIsBetter } = taskOf(id, customTasks).metric.measures[0];
    return { value: metrics[id]?.[key], singleTask: reference[id]?.[key], largerIsBetter };
  });
  const known = scores.filter((s): s is TaskScore => s.value !== undefined && s.singleTask !== undefined);
  return known.length === scores.length ? deltaM(known) : undefined;
}

const upTo = <E extends { readonly step: number }>(events: readonly E[], step: number): E[] =>
  events.filter((event) => event.step <= step);

/** Folds the events of a run into its files. */
export class RunRecord {
  private prepared: EventOf<"prepared"> | null = null;
  private steps: EventOf<"step">[] = [];
  private evaluations: EventOf<"evaluation">[] = [];
  private samples: readonly SamplePictures[] = [];
  private updateAnalysis: UpdateAnalysis | null = null;
  private outcome: Outcome = "running";
  private readonly singleTask: Partial<Record<TaskId, TaskMetrics>> = {};

  add(event: RunEvent): void {
    if (event.type === "prepared") {
      this.prepared = event;
      this.outcome = "running";
    }
    if (event.type === "state" && event.state === "finished") this.outcome = "finished";
    if (event.type === "state" && event.state === "running") this.outcome = "running";
    if (event.type === "changed" && this.prepared)
      this.prepared = { ...this.prepared, config: withChange(this.prepared.config, event) };
    if (event.type === "resumed") this.rewind(event.step);
    if (event.type === "step") this.steps.push(event);
    if (event.type === "steps") this.takeSteps(stepsOf(event.columns, event.run));
    if (event.type === "evaluation") this.evaluations = [...upTo(this.evaluations, event.step - 1), event];
    if (event.type === "update-analysis") this.updateAnalysis = event.updateAnalysis;
    if (event.type === "predictions") this.samples = event.samples;
  }

  /** Steps and evaluations in their order. */
  history(): readonly (EventOf<"step"> | EventOf<"evaluation">)[] {
    return [...this.steps, ...this.evaluations].sort((a, b) => a.step - b.step);
  }

  /** The evaluations so far. */
  measured(): readonly EventOf<"evaluation">[] {
    return this.evaluations;
  }

  finish(outcome: Outcome): void {
    this.outcome = outcome;
  }

  get isPrepared(): boolean {
    return this.prepared !== null;
  }

  run(): RunFile {
    if (!this.prepared) throw new Error("There is no run file before a run was prepared.");
    const { config, executor, parameters, inputs } = this.prepared;
    return {
      format: 1,
      outcome: this.outcome,
      config,
      ...(inputs && { inputs }),
      device: executor.description,
      parameters,
      steps: this.steps.at(-1)?.step ?? 0,
    };
  }

  metrics(): MetricsFile {
    const deltaM = this.deltaM();
    return {
      format: 1,
      ...(deltaM === undefined ? {} : { deltaM }),
      baseline: this.prepared?.baseline ?? {},
      evaluations: this.evaluations.map(({ step, images, metrics }) => ({ step, images, metrics })),
      ...(this.updateAnalysis ? { updateAnalysis: this.updateAnalysis } : {}),
      steps: this.steps.map(({ step, total, losses, gradientNorm, skipped }) => ({
        ...{ step, total, losses, gradientNorm },
        ...(skipped && { skipped }),
      })),
    };
  }

  /** Takes metrics files of single-task runs: the last evaluation of each task counts. Throws where one is no metrics file. */
  compareWith(files: readonly unknown[]): void {
    for (const file of files) {
      const last = (file as Partial<MetricsFile>)?.evaluations?.at(-1);
      if (!last) throw new Error("A baseline has no evaluations: give the metrics.json of a finished run.");
      Object.assign(this.singleTask, last.metrics);
    }
  }

  /** (100/T) Σ ±(M - M_single) / M_single over the tasks of this run; undefined where a task has no single-task score. */
  deltaM(): number | undefined {
    const { config } = this.prepared ?? {};
    return config && relativeTo(this.singleTask, this.evaluations.at(-1)?.metrics ?? {}, config);
  }

  pictures(): readonly SamplePictures[] {
    return this.samples;
  }

  /** They take the place of what came from their first step on. */
  private takeSteps(steps: readonly EventOf<"step">[]): void {
    const [first] = steps;
    if (first) this.steps = [...upTo(this.steps, first.step - 1), ...steps];
  }

  private rewind(step: number): void {
    this.steps = upTo(this.steps, step);
    this.evaluations = upTo(this.evaluations, step);
  }
}

export const pngOf = (picture: Picture): Uint8Array =>
  encodePng({
    width: picture.width,
    height: picture.height,
    channels: 4,
    data: new Uint8Array(picture.rgba),
  });

const safeName = (text: string): string => text.replace(/[^A-Za-z0-9._-]+/g, "_");

/** One PNG each for the image, the truths and the predictions. */
export function pictureFiles(
  samples: readonly SamplePictures[],
): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  return samples.flatMap((sample) => {
    const id = safeName(sample.id);
    const tasks = sample.tasks.flatMap(({ task, truth, prediction }) => [
      { name: `${id}.${task}.prediction.png`, bytes: pngOf(prediction) },
      ...(truth ? [{ name: `${id}.${task}.truth.png`, bytes: pngOf(truth) }] : []),
    ]);
    return [{ name: `${id}.image.png`, bytes: pngOf(sample.image) }, ...tasks];
  });
}

/** An event as plain JSON: number arrays as lists, pictures and files by name and size only. */
export function eventForJson(event: RunEvent): unknown {
  if (event.type === "predictions")
    return { ...event, samples: event.samples.map((s) => ({ id: s.id, tasks: s.tasks.map((t) => t.task) })) };
  if (event.type === "artefact") return { ...event, bytes: event.bytes.length };
  return JSON.parse(
    JSON.stringify(event, (_key, value: unknown) =>
      ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value,
    ),
  );
}
