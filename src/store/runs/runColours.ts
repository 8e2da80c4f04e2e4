/** Places of runs in a palette of colours that colour-blind people tell apart. */
import type { RunId } from "../../contracts/run";

export const RUN_COLOURS = 8;

/** Each run without a colour gets the first of those that the fewest have; the others keep theirs. */
export function assignColours(
  colours: ReadonlyMap<RunId, number>,
  ids: readonly RunId[],
): ReadonlyMap<RunId, number> {
  const unseen = ids.filter((id) => !colours.has(id));
  if (unseen.length === 0) return colours;
  const next = new Map(colours);
  const uses = new Array<number>(RUN_COLOURS).fill(0);
  for (const colour of next.values()) uses[colour]!++;
  for (const id of unseen) {
    const colour = uses.indexOf(Math.min(...uses));
    uses[colour]!++;
    next.set(id, colour);
  }
  return next;
}
