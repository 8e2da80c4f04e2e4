/** All runs that the page knows, by id, and which of them are shown, ticked, pinned, or about to be deleted. */
import type { Command } from "../../contracts/command";
import type { RunId, RunRequest } from "../../contracts/run";
import type { EventOfRun, RunEvent, RunSummary } from "../../contracts/runEvent";
import { isBeside } from "../failures";
import { assignColours } from "./runColours";
import {
  askedEntry,
  entryOfSummary,
  foldEntry,
  foldFailed,
  isListed,
  noRecord,
  type RunEntry,
  type ShownRun,
} from "./runEntry";
import { type Failure, noRun } from "./runSlice";

export type Study = Omit<Extract<RunEvent, { type: "study" }>, "type">;

/** What was just done, and can be undone. */
export interface Toast {
  readonly text: string;
  /** "show": shows `run` again and removes `others` where they have no step. "keep": does not delete `others`. */
  readonly undo: "show" | "keep";
  readonly run: RunId | null;
  readonly others: readonly RunId[];
  readonly study?: string;
}

export type { ShownRun };

export interface RunsSlice {
  readonly byId: ReadonlyMap<RunId, RunEntry>;
  /** The one that the panels of Train show; null: none yet. */
  readonly current: RunId | null;
  /** Whose curves and pictures lie over each other in Runs. */
  readonly ticked: readonly RunId[];
  /** What Δm is measured against: one run, or single-task runs that stand for one together. */
  readonly reference: readonly RunId[];
  readonly studies: ReadonlyMap<string, Study>;
  /** A place in the palette for each run of the list; it stays while the page is open. */
  readonly colours: ReadonlyMap<RunId, number>;
  /** Gone from the list, deleted unless that is undone. */
  readonly hidden: readonly RunId[];
  readonly toast: Toast | null;
  /** What failed of no run. */
  readonly failure: Failure | null;
  /** Why a run was not opened, renamed or deleted. */
  readonly problem: string;
  /** Methods that an address proposes for a race. */
  readonly proposed: readonly string[];
}

export const noRuns: RunsSlice = {
  byId: new Map(),
  current: null,
  ticked: [],
  reference: [],
  studies: new Map(),
  colours: new Map(),
  hidden: [],
  toast: null,
  failure: null,
  problem: "",
  proposed: [],
};

const nothingShown: ShownRun = noRecord;

/** What the panels of Train show. */
export function shownRun({ byId, current, failure }: RunsSlice): ShownRun {
  const entry = current === null ? undefined : byId.get(current);
  if (entry) return entry;
  return failure ? failed(failure) : nothingShown;
}

const failures = new WeakMap<Failure, ShownRun>();

/** Of a session that failed before there was a run; one object for one failure, so that nothing is drawn twice. */
function failed(failure: Failure): ShownRun {
  const known = failures.get(failure);
  if (known) return known;
  const shown = { ...noRecord, run: { ...noRun, state: "failed", message: failure.message, failure } as const };
  failures.set(failure, shown);
  return shown;
}

const withEntry = (slice: RunsSlice, entry: RunEntry): RunsSlice => ({
  ...slice,
  byId: new Map(slice.byId).set(entry.id, entry),
});

/** What the page shows while it waits for the answer. `summaries`: the runs of the library. */
export function askRuns(slice: RunsSlice, command: Command, summaries: readonly RunSummary[]): RunsSlice {
  switch (command.type) {
    case "prepare":
      return askOne(slice, command);
    case "restart":
    case "branch":
      return askCopy(slice, command);
    case "study":
      return askStudy(slice, command);
    case "resume":
      return askResume(openSummary(slice, command.run, summaries), command.run);
    case "open-run":
      return openSummary(slice, command.run, summaries);
    case "import-run":
      return { ...slice, problem: "" };
    default:
      return slice;
  }
}

const askOne = (slice: RunsSlice, request: RunRequest): RunsSlice => ({
  ...withEntry(slice, askedEntry(request, "Preparing")),
  current: request.run,
  failure: null,
});

function askCopy(slice: RunsSlice, command: Extract<Command, { type: "restart" | "branch" }>): RunsSlice {
  const from = command.type === "restart" ? command.of : command.from.run;
  const branch: Partial<RunRequest> = command.type === "branch" ? command : {};
  const config = branch.config ?? slice.byId.get(from)?.config;
  return config ? askOne(slice, { run: command.run, config, name: branch.name ?? "" }) : slice;
}

function askStudy(slice: RunsSlice, { study, kind, groups }: Extract<Command, { type: "study" }>): RunsSlice {
  const byId = new Map(slice.byId);
  for (const [group, requests] of groups.entries())
    for (const request of requests) byId.set(request.run, askedEntry(request, "Waits", { study, kind, group }));
  const ids = groups.map((requests) => requests.map(({ run }) => run));
  const studies = new Map(slice.studies).set(study, { study, kind, groups: ids, group: 0 });
  const asked = groups.flat().map(({ run, config }) => ({ id: run, config, place: { study, kind, group: 0 } }));
  const current = ids[0]?.[0] ?? slice.current;
  return withColours({ ...slice, byId, studies, current, failure: null }, asked);
}

function openSummary(slice: RunsSlice, run: RunId, summaries: readonly RunSummary[]): RunsSlice {
  const summary = summaries.find((one) => one.run === run);
  const known = slice.byId.has(run) || !summary ? slice : withEntry(slice, entryOfSummary(summary));
  return { ...known, problem: "", failure: null };
}

/** What its record says of its state is of the visit before. */
function askResume(slice: RunsSlice, run: RunId): RunsSlice {
  const entry = slice.byId.get(run);
  const opening = { state: "preparing", message: "Opening", progress: null, failure: null } as const;
  const next = entry ? withEntry(slice, { ...entry, run: { ...entry.run, ...opening } }) : slice;
  return { ...next, current: run };
}

const withColours = (slice: RunsSlice, runs: Parameters<typeof assignColours>[1]): RunsSlice => ({
  ...slice,
  colours: assignColours(slice.colours, runs, slice.byId.values()),
});

const isOfRun = (event: RunEvent): event is EventOfRun => "run" in event && event.type !== "failed";

export function foldRuns(slice: RunsSlice, event: RunEvent): RunsSlice {
  if (event.type === "failed") return foldFailure(slice, event);
  if (event.type === "removed") return withoutRuns(slice, [event.run]);
  if (event.type === "study") return foldStudy(slice, event);
  if (event.type === "library")
    return withColours(
      slice,
      event.entries.flatMap(({ run }) => (run ? [entryOfSummary(run)] : [])),
    );
  return isOfRun(event) ? foldOfRun(slice, event) : slice;
}

function foldOfRun(slice: RunsSlice, event: EventOfRun): RunsSlice {
  const before = slice.byId.get(event.run);
  const entry = foldEntry(before, event);
  if (!entry || entry === before) return slice;
  const next = withEntry(slice, entry);
  if (!isListed(entry)) return next;
  const begins = event.type === "step" && before?.run.step === 0;
  return withColours(begins ? tick(next, entry.id, true) : next, [entry]);
}

function foldFailure(slice: RunsSlice, event: Failure): RunsSlice {
  if (event.of !== undefined && ofTheList.includes(event.of)) return { ...slice, problem: event.message };
  const run = event.run ?? (isBeside(event) ? null : slice.current);
  const entry = run === null ? undefined : slice.byId.get(run);
  if (entry) return withEntry(slice, foldFailed(entry, event));
  return isBeside(event) ? slice : { ...slice, failure: event };
}

const ofTheList: readonly Command["type"][] = [
  "open-run",
  "import-run",
  "rename-run",
  "remove-run",
  "change",
  "end-study",
];

/** Without runs, wherever they are named. */
export function withoutRuns(slice: RunsSlice, ids: readonly RunId[]): RunsSlice {
  const byId = new Map(slice.byId);
  for (const id of ids) byId.delete(id);
  const stays = (id: RunId): boolean => !ids.includes(id);
  return {
    ...slice,
    byId,
    current: slice.current !== null && stays(slice.current) ? slice.current : null,
    ticked: slice.ticked.filter(stays),
    reference: slice.reference.every(stays) ? slice.reference : [],
    hidden: slice.hidden.filter(stays),
  };
}

/** The page follows a study from group to group; reference runs are pinned together when all have ended. */
function foldStudy(slice: RunsSlice, { type: _, ...study }: Extract<RunEvent, { type: "study" }>): RunsSlice {
  const next = { ...slice, studies: new Map(slice.studies).set(study.study, study) };
  const runs = study.groups.flat();
  if (study.group >= study.groups.length) {
    const unbegun = runs.filter((id) => next.byId.get(id)?.told === false && next.byId.get(id)?.run.step === 0);
    const ended = withoutRuns(next, unbegun);
    return study.kind === "references" && unbegun.length === 0 ? { ...ended, reference: runs } : ended;
  }
  const place = slice.current === null ? undefined : slice.byId.get(slice.current)?.place;
  const follows = place?.study === study.study && place.group < study.group;
  return follows ? { ...next, current: study.groups[study.group]?.[0] ?? slice.current } : next;
}

export function tick(slice: RunsSlice, run: RunId, on: boolean): RunsSlice {
  const others = slice.ticked.filter((id) => id !== run);
  return { ...slice, ticked: on ? [...others, run] : others };
}
