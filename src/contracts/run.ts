/** A run as an object: its identity, where it came from, and how runs are scheduled together. */
import * as v from "valibot";
import type { RunConfig, TaskId } from "./runConfig";

/** Names a run everywhere: in commands, events, addresses and as its folder of the library. */
export type RunId = string;

const RunIdSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/));

export const isRunId = (value: unknown): value is RunId => v.is(RunIdSchema, value);

/** The day and time, and a few digits that tell two runs of one second apart. */
export const newRunId = (now: Date = new Date(), chance: () => number = Math.random): RunId =>
  `${now.toISOString().slice(0, 19).replaceAll(":", "-")}-${Math.floor(chance() * 36 ** 4)
    .toString(36)
    .padStart(4, "0")}`;

/** "newest": where the run rests or was kept last. "best": where the metric of `training.bestMetric` was best. */
export const checkpointKinds = ["newest", "best"] as const;
export type CheckpointKind = (typeof checkpointKinds)[number];

/** The run and the step that another one was branched from. */
export interface RunParent {
  readonly run: RunId;
  readonly step: number;
}

/** How the runs of a study stand to each other; for people. */
export const studyKinds = ["race", "queue", "sweep", "comparison", "references"] as const;
export type StudyKind = (typeof studyKinds)[number];

/** A run's place in a study: runs of one group take their steps in turn on the same batches, groups follow each other. */
export interface StudyPlace {
  readonly study: string;
  readonly kind: StudyKind;
  readonly group: number;
}

/** What is asked for when a run is made. */
export interface RunRequest {
  readonly run: RunId;
  readonly config: RunConfig;
  /** For people; empty: named by what differs from other runs. */
  readonly name?: string;
  readonly parent?: RunParent;
}

/** The most runs of one group: each keeps its own graphs, weights and moments in memory. */
export const GROUP_LIMIT = 6;

/** Optimiser steps as columns of equal length, as a record keeps them. */
export interface StepColumns {
  readonly step: Float64Array;
  readonly epoch: Float64Array;
  readonly losses: Readonly<Record<TaskId, Float64Array>>;
  readonly total: Float64Array;
  readonly gradientNorm: Float64Array;
  readonly learningRates: Readonly<Record<string, Float64Array>>;
  readonly stepMs: Float64Array;
}
