/** Losses of all steps of a run so far. The numbers lie in columns that grow in place; `version` changes with them. */
import type { StepColumns } from "../../contracts/run";
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
  switch (event.type) {
    case "created":
      return noHistory(slice.version + 1);
    case "resumed":
      return rewind(slice, event.step + 1);
    case "steps":
      return append(slice, event.columns);
    case "step": {
      const { step, total, losses } = event;
      const one = (value: number): Float64Array => Float64Array.of(value);
      const own = Object.fromEntries(Object.entries(losses).map(([task, loss]) => [task, one(loss!)]));
      return append(slice, { step: one(step), total: one(total), losses: own });
    }
    default:
      return slice;
  }
}

type Losses = Pick<StepColumns, "step" | "total" | "losses">;

/** Steps that were told before give way to the new ones. */
function append(slice: HistorySlice, { step, total, losses }: Losses): HistorySlice {
  if (step.length === 0) return slice;
  const { steps, curves: before, broken, version } = rewind(slice, step[0]!);
  const curves = new Map(before);
  const fresh: HistorySlice["broken"][number][] = [];
  for (const [curve, values] of [["total", total] as const, ...Object.entries(losses)]) {
    const column = curves.get(curve) ?? new Column();
    column.pad(steps.length);
    column.append(values);
    curves.set(curve, column);
    values.forEach((value, i) => {
      if (!Number.isFinite(value)) fresh.push({ step: step[i]!, curve });
    });
  }
  steps.append(step);
  return { version: version + 1, steps, curves, broken: fresh.length > 0 ? [...broken, ...fresh] : broken };
}

/** Without what was told of `step` and later ones: a resumed run takes their place. */
function rewind(slice: HistorySlice, step: number): HistorySlice {
  const { steps, curves } = slice;
  let length = steps.length;
  while (length > 0 && steps.at(length - 1) >= step) length--;
  if (length === steps.length) return slice;
  steps.truncate(length);
  for (const column of curves.values()) column.truncate(length);
  return { ...slice, version: slice.version + 1, broken: slice.broken.filter((one) => one.step < step) };
}
