/** State of one run in the page: its identity and all that its events told. */
import { type Change, heldConfig, withChange } from "../../contracts/changes";
import type { CheckpointKind, RunId, RunParent, RunRequest, StudyPlace } from "../../contracts/run";
import type { RunConfig } from "../../contracts/runConfig";
import type { EventOfRun, RunEvent, RunState, RunSummary } from "../../contracts/runEvent";
import { foldHistory, type HistorySlice, noHistory } from "./historySlice";
import { foldResults, noResults, type ResultSlice } from "./resultSlice";
import { type Failure, foldRun, noRun, type RunSlice } from "./runSlice";

export type Checkpoint = Extract<EventOfRun, { type: "checkpoint" }>;

/** What a run has told. */
export interface RunRecord {
  readonly run: RunSlice;
  readonly history: HistorySlice;
  readonly results: ResultSlice;
  /** Live fields that changed on the way, oldest first. */
  readonly changes: readonly Change[];
  readonly checkpoints: Readonly<Partial<Record<CheckpointKind, Checkpoint>>>;
}

export interface RunEntry extends RunRecord {
  readonly id: RunId;
  /** As it began, and what changed on the way: repeats the run. */
  readonly recipe: RunConfig;
  /** What holds now, with all changes so far: what a run begins with that is to be like it. */
  readonly config: RunConfig;
  /** For people; empty: named by what differs from other runs. */
  readonly name: string;
  readonly note: string;
  /** Milliseconds since 1970; 0: not known. */
  readonly created: number;
  readonly parent?: RunParent;
  readonly place?: StudyPlace;
  /** False: its summary is all that is known; "open-run" tells the record. */
  readonly told: boolean;
}

const ofRecipe = (recipe: RunConfig) => ({ recipe, config: heldConfig(recipe), changes: recipe.changes });

export const noRecord: RunRecord = {
  run: noRun,
  history: noHistory(),
  results: noResults,
  changes: [],
  checkpoints: {},
};

/** What the panels of one run show: an entry, or nothing yet. */
export type ShownRun = RunRecord & Partial<RunEntry>;

/** A run that was asked for and has not told of itself. */
export const askedEntry = (
  { run, config, name = "", parent }: RunRequest,
  message: string,
  place?: StudyPlace,
): RunEntry => ({
  ...noRecord,
  ...{ id: run, name, note: "", created: 0, told: false, ...ofRecipe(config) },
  ...(parent && { parent }),
  ...(place && { place }),
  run: { ...noRun, state: place && place.group > 0 ? "idle" : "preparing", message },
  history: noHistory(),
});

/** A run of the library before its record is told. */
export function entryOfSummary(summary: RunSummary): RunEntry {
  const { run: id, state, step, metrics, config, resumable: _, ...about } = summary;
  const evaluation = { type: "evaluation", run: id, step, metrics, images: 0, ms: 0 } as const;
  const evaluations = Object.keys(metrics).length > 0 ? [evaluation] : [];
  return {
    ...about,
    ...ofRecipe(config),
    id,
    told: false,
    run: { ...noRun, state, message: "", step },
    history: noHistory(),
    results: { ...noResults, evaluations },
    checkpoints: {},
  };
}

const foldRecord = (entry: RunEntry, event: RunEvent): RunEntry => ({
  ...entry,
  run: foldRun(entry.run, event),
  history: foldHistory(entry.history, event),
  results: foldResults(entry.results, event),
});

export const foldFailed = (entry: RunEntry, event: Failure): RunEntry => foldRecord(entry, event);

type Created = Extract<EventOfRun, { type: "created" }>;

/** `entry`: what was known of the run before. */
function foldCreated(entry: RunEntry | undefined, event: Created): RunEntry {
  const { type: _, run: id, config, ...about } = event;
  const known = foldRecord(entry ?? askedEntry(event, ""), event);
  return { ...known, ...about, ...ofRecipe(config), id, told: true, checkpoints: {} };
}

/** undefined: an event of a run that is not known, and that does not tell what it is. */
export function foldEntry(entry: RunEntry | undefined, event: EventOfRun): RunEntry | undefined {
  if (event.type === "created") return foldCreated(entry, event);
  if (event.type === "prepared") {
    const known = entry ?? askedEntry(event, "");
    return { ...foldRecord(known, event), ...ofRecipe(event.config), told: true };
  }
  if (!entry) return undefined;
  switch (event.type) {
    case "changed":
      return { ...entry, ...ofRecipe(withChange(entry.recipe, event)) };
    case "resumed": {
      const changes = entry.changes.filter(({ step }) => step <= event.step);
      return { ...foldRecord(entry, event), ...ofRecipe({ ...entry.recipe, changes }) };
    }
    case "checkpoint":
      return { ...entry, checkpoints: { ...entry.checkpoints, [event.kind]: event } };
    case "renamed":
      return { ...entry, name: event.name, note: event.note };
    default:
      return foldRecord(entry, event);
  }
}

/** Of the last evaluation. */
export const lastMetrics = ({ results }: RunRecord) => results.evaluations.at(-1)?.metrics ?? {};

const begun: readonly RunState[] = ["running", "evaluating", "finished"];

/** Whether it is worth a place in the list: it has begun, or waits in a study. */
export const isListed = ({ run, place }: RunEntry): boolean =>
  run.step > 0 || place !== undefined || begun.includes(run.state);
