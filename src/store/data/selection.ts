/** Edits of the selection of images. An edit that changes nothing is not written down. */
import type { Selection, TaskId } from "../../contracts/runConfig";

type Parts = { readonly [Key in keyof Selection]: Selection[Key] | undefined };

function compact({ classes, only, without }: Parts): Selection {
  const named = Object.entries(classes ?? {}).filter(([, indices]) => indices.length > 0);
  return {
    ...(named.length > 0 ? { classes: Object.fromEntries(named) } : {}),
    ...(only && only.length > 0 ? { only } : {}),
    ...(without && without.length > 0 ? { without } : {}),
  };
}

const minus = (all: readonly string[] | undefined, ids: readonly string[]): string[] => {
  const gone = new Set(ids);
  return (all ?? []).filter((id) => !gone.has(id));
};
const union = (all: readonly string[] | undefined, ids: readonly string[]): string[] => [
  ...new Set([...(all ?? []), ...ids]),
];

/** `training`: ids of the training images that alone are taken from now on. No image: nothing changes. */
export const takeOnly = (select: Selection, training: readonly string[]): Selection =>
  training.length === 0
    ? select
    : compact({ ...select, only: [...training], without: minus(select.without, training) });

/** Ids of either split. */
export const leaveOut = (select: Selection, ids: readonly string[]): Selection =>
  compact({ ...select, without: union(select.without, ids) });

/** Images that were left out by hand, or by taking only others, are taken again. */
export const takeBack = (select: Selection, ids: readonly string[], training: readonly string[]): Selection =>
  compact({
    ...select,
    without: minus(select.without, ids),
    only: select.only && union(select.only, training),
  });

export const clearByHand = ({ classes }: Selection): Selection =>
  compact({ classes, only: undefined, without: undefined });

/** Ticks or unticks a class. */
export function toggleClass(select: Selection, task: TaskId, index: number): Selection {
  const ticked = select.classes?.[task] ?? [];
  const next = ticked.includes(index)
    ? ticked.filter((other) => other !== index)
    : [...ticked, index].sort((a, b) => a - b);
  return compact({ ...select, classes: { ...select.classes, [task]: next } });
}
