/** What a run leaves behind, made from its events: run file, metrics, pictures. */
import type { RunConfig, TaskId } from "../contracts/runConfig";
import type { Picture, RunEvent, SamplePictures, TaskMetrics } from "../contracts/runEvent";
import { encodePng } from "../data/io/png";

type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;
export type Outcome = "finished" | "interrupted" | "failed" | "running";

export interface RunFile {
  readonly format: 1;
  readonly outcome: Outcome;
  readonly config: RunConfig;
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
  readonly steps: readonly {
    readonly step: number;
    readonly total: number;
    readonly losses: Readonly<Partial<Record<TaskId, number>>>;
    readonly gradientNorm: number;
  }[];
}

/** Folds the events of a run into its files. */
export class RunRecord {
  private prepared: EventOf<"prepared"> | null = null;
  private steps: EventOf<"step">[] = [];
  private evaluations: EventOf<"evaluation">[] = [];
  private samples: readonly SamplePictures[] = [];
  private outcome: Outcome = "running";

  add(event: RunEvent): void {
    if (event.type === "prepared") {
      this.prepared = event;
      this.clear();
    }
    if (event.type === "reset") this.clear();
    if (event.type === "step") this.steps.push(event);
    if (event.type === "evaluation") this.evaluations.push(event);
    if (event.type === "predictions") this.samples = event.samples;
  }

  finish(outcome: Outcome): void {
    this.outcome = outcome;
  }

  get isPrepared(): boolean {
    return this.prepared !== null;
  }

  run(): RunFile {
    if (!this.prepared) throw new Error("There is no run file before a run was prepared.");
    const { config, executor, parameters } = this.prepared;
    return {
      format: 1,
      outcome: this.outcome,
      config,
      device: executor.description,
      parameters,
      steps: this.steps.at(-1)?.step ?? 0,
    };
  }

  metrics(): MetricsFile {
    return {
      format: 1,
      baseline: this.prepared?.baseline ?? {},
      evaluations: this.evaluations.map(({ step, images, metrics }) => ({ step, images, metrics })),
      steps: this.steps.map(({ step, total, losses, gradientNorm }) => ({ step, total, losses, gradientNorm })),
    };
  }

  pictures(): readonly SamplePictures[] {
    return this.samples;
  }

  private clear(): void {
    this.steps = [];
    this.evaluations = [];
    this.samples = [];
  }
}

const png = (picture: Picture): Uint8Array =>
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
      { name: `${id}.${task}.prediction.png`, bytes: png(prediction) },
      ...(truth ? [{ name: `${id}.${task}.truth.png`, bytes: png(truth) }] : []),
    ]);
    return [{ name: `${id}.image.png`, bytes: png(sample.image) }, ...tasks];
  });
}

/** An event as plain JSON: number arrays as lists, pictures and files by name and size only. */
export function eventForJson(event: RunEvent): unknown {
  if (event.type === "predictions")
    return { ...event, samples: event.samples.map((s) => ({ id: s.id, tasks: s.tasks.map((t) => t.task) })) };
  if (event.type === "artefact") return { ...event, bytes: event.bytes.length };
  return JSON.parse(
    JSON.stringify(event, (_key, value: unknown) => (value instanceof Float32Array ? Array.from(value) : value)),
  );
}
