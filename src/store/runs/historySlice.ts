/** Losses of all steps so far. The numbers lie in columns that grow in place; `version` changes with them. */
import type { TaskId } from "../../contracts/runConfig";
import type { RunEvent } from "../../contracts/runEvent";
import { Column } from "./column";

export type CurveId = TaskId | "total";

export interface HistorySlice {
  readonly version: number;
  readonly steps: Column;
  readonly curves: ReadonlyMap<CurveId, Column>;
  /** Losses that were not finite, in order of arrival. */
  readonly broken: readonly { readonly step: number; readonly curve: CurveId }[];
}

export const noHistory = (version = 0): HistorySlice => ({
  version,
  steps: new Column(),
  curves: new Map(),
  broken: [],
});

export function foldHistory(slice: HistorySlice, event: RunEvent): HistorySlice {
  if (event.type === "prepared" || event.type === "reset") return noHistory(slice.version + 1);
  if (event.type !== "step") return slice;
  rewind(slice, event.step);
  const values: [CurveId, number][] = [["total", event.total], ...(Object.entries(event.losses) as [TaskId, number][])];
  const curves = new Map(slice.curves);
  for (const [id, value] of values) {
    const column = curves.get(id) ?? new Column();
    while (column.length < slice.steps.length) column.push(Number.NaN);
    column.push(value);
    curves.set(id, column);
  }
  slice.steps.push(event.step);
  const broken = values.filter(([, value]) => !Number.isFinite(value)).map(([curve]) => ({ step: event.step, curve }));
  return {
    version: slice.version + 1,
    steps: slice.steps,
    curves,
    broken: broken.length > 0 ? [...slice.broken, ...broken] : slice.broken,
  };
}

/** A step that was told before (a resumed run) takes the place of what followed it. */
function rewind({ steps, curves }: HistorySlice, step: number): void {
  let length = steps.length;
  while (length > 0 && steps.at(length - 1) >= step) length--;
  steps.truncate(length);
  for (const column of curves.values()) column.truncate(length);
}
