/** View model of the Runs panels: the listed runs with their names, colours and what they are compared with. */
import { useMemo } from "react";
import type { Catalogue, TaskEntry } from "../../../contracts/catalogue";
import type { RunId } from "../../../contracts/run";
import { summariesOf } from "../../../store/library/librarySlice";
import type { MetricsByTask } from "../../../store/runs/deltaM";
import { deltaOf, listedRuns, referenceMetrics } from "../../../store/runs/listedRuns";
import type { RunEntry } from "../../../store/runs/runEntry";
import { runNames } from "../../../store/runs/runNames";
import { variantKey } from "../../../store/runs/variants";
import { withOwnTasks } from "../../../store/setup/ownTasks";
import { useSlice } from "../../parts/context";

export interface ListedRun {
  readonly entry: RunEntry;
  readonly name: string;
  readonly colour: string;
  readonly ticked: boolean;
  readonly pinned: boolean;
  /** Δm in percent; undefined: nothing is pinned, or it lacks a task. */
  readonly delta: number | undefined;
  readonly trained: Trained | undefined;
}

export interface RunList {
  readonly catalogue: Catalogue;
  readonly runs: readonly ListedRun[];
  /** Of any of the runs, in the catalogue's order. */
  readonly tasks: readonly TaskEntry[];
  readonly reference: MetricsByTask;
  /** What Δm is measured against; empty: nothing. */
  readonly referenceName: string;
}

/** What a row's buttons ask for. */
export interface RowActions {
  onBranch(run: ListedRun): void;
  onExport(run: ListedRun): void;
}

export interface Trained {
  readonly backbone: number;
  readonly decoders: number;
}

const decoderGroups = ["downsampler", "head"];

function trainedOf({ run }: RunEntry): Trained | undefined {
  if (!run.prepared) return undefined;
  const sum = (own: boolean): number =>
    run
      .prepared!.parameters.filter(({ id }) => decoderGroups.includes(id) === own)
      .reduce((all, { trained }) => all + trained, 0);
  return { backbone: sum(false), decoders: sum(true) };
}

/** Ticked runs, seeds of one method together. */
export interface Bundle {
  readonly key: string;
  readonly name: string;
  readonly runs: readonly ListedRun[];
}

export const withoutSeed = (name: string): string => name.replace(/, seed [^,]+/, "");

export function bundlesOf(runs: readonly ListedRun[], together = true): readonly Bundle[] {
  const bundles = new Map<string, ListedRun[]>();
  for (const run of runs) {
    const key = (together ? variantKey(run.entry) : undefined) ?? run.entry.id;
    bundles.set(key, [...(bundles.get(key) ?? []), run]);
  }
  return [...bundles].map(([key, own]) => ({
    key,
    runs: own,
    name: own.length > 1 ? withoutSeed(own[0]!.name) : own[0]!.name,
  }));
}

export const runColour = (place: number | undefined): string => `var(--run-${place ?? 0})`;

/** null until the session has told what exists. */
export function useRunList(): RunList | null {
  const known = useSlice((state) => state.catalogue.known);
  const runs = useSlice((state) => state.runs);
  const listed = useSlice((state) => state.library.listed);
  return useMemo(() => known && listOf(known, runs, listedRuns(runs, summariesOf(listed))), [known, runs, listed]);
}

interface Marks {
  readonly ticked: readonly RunId[];
  readonly reference: readonly RunId[];
  readonly colours: ReadonlyMap<RunId, number>;
}

export function listOf(known: Catalogue, marks: Marks, entries: readonly RunEntry[]): RunList {
  const own = new Map(entries.flatMap(({ config }) => config.customTasks.map((task) => [task.id, task] as const)));
  const catalogue = withOwnTasks(known, [...own.values()]);
  const names = runNames(catalogue, entries);
  const tasks = catalogue.tasks.filter(({ id }) => entries.some(({ config }) => config.tasks.includes(id)));
  const reference = referenceMetrics(entries, marks.reference);
  const runs = entries.map((entry) => ({
    entry,
    name: names.get(entry.id) ?? entry.id,
    colour: runColour(marks.colours.get(entry.id)),
    ticked: marks.ticked.includes(entry.id),
    pinned: marks.reference.includes(entry.id),
    delta: deltaOf(entry, reference, tasks),
    trained: trainedOf(entry),
  }));
  return { catalogue, runs, tasks, reference, referenceName: referenceName(runs.filter(({ pinned }) => pinned)) };
}

function referenceName(pinned: readonly ListedRun[]): string {
  const [first, second] = pinned;
  if (!first) return "";
  if (!second) return first.name;
  if (first.entry.place?.kind === "references") return "single-task references";
  return `${withoutSeed(first.name)}, ${pinned.length} seeds`;
}
