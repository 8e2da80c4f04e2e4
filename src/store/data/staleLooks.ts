/** Invalidation of survey results: each depends on a part of the configuration. */
import type { RunConfig } from "../../contracts/runConfig";
import { sameValue } from "../setup/paths";
import type { StudioState } from "../studio";
import { configLookedAt } from "./dataSlice";

export interface StaleLooks {
  readonly survey: boolean;
  readonly count: boolean;
  readonly preview: boolean;
}

/** What the files are read by: another value needs another look through them. */
const readBy = ({ data: { source, layout, valShare, labelEncodings }, customTasks }: RunConfig): unknown => [
  source,
  layout,
  valShare,
  labelEncodings,
  customTasks,
];

/** What is counted. */
const countedBy = ({ data: { augment: _, ...data }, tasks, training }: RunConfig): unknown => [
  data,
  tasks,
  training.seed,
];

/** What the random changes depend on. */
const changedBy = ({ data: { augment, select, train }, input, backbone, training }: RunConfig): unknown => [
  augment,
  select,
  train,
  input,
  backbone,
  training.seed,
];

/** Null: data is not looked at. */
export function staleLooks(state: StudioState, before: StudioState): StaleLooks | null {
  const now = state.view === "data" ? configLookedAt(state) : null;
  if (!now) return null;
  const then = before.view === "data" ? configLookedAt(before) : null;
  // Counts and changes are made when the view is entered; the look through the files is asked for, or comes with their opening.
  if (!then) return { survey: false, count: true, preview: true };
  const isOpened = now.data.source === state.catalogue.opened?.entry.id;
  const other = now.data.source !== then.data.source;
  return {
    survey: isOpened && !other && !sameValue(readBy(now), readBy(then)),
    count: !sameValue(countedBy(now), countedBy(then)),
    preview: other || !sameValue(changedBy(now), changedBy(then)),
  };
}
