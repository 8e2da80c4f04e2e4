/** Places of runs in a palette of colours that colour-blind people tell apart. */
import type { RunId, StudyPlace } from "../../contracts/run";
import type { RunConfig } from "../../contracts/runConfig";
import { variantKey } from "./variants";

export const RUN_COLOURS = 8;

interface Coloured {
  readonly id: RunId;
  readonly config: RunConfig;
  readonly place?: StudyPlace;
}

/**
 * Each of `runs` without a colour gets the first of those that the fewest have, seeds of one method the same; the others keep theirs.
 * `known`: runs that may have one already.
 */
export function assignColours(
  colours: ReadonlyMap<RunId, number>,
  runs: readonly Coloured[],
  known: Iterable<Coloured> = [],
): ReadonlyMap<RunId, number> {
  const unseen = runs.filter(({ id }) => !colours.has(id));
  if (unseen.length === 0) return colours;
  const next = new Map(colours);
  const uses = new Array<number>(RUN_COLOURS).fill(0);
  for (const colour of next.values()) uses[colour]!++;
  const ofVariant = new Map<string, number>();
  const remember = (run: Coloured): void => {
    const key = variantKey(run);
    const colour = next.get(run.id);
    if (key !== undefined && colour !== undefined) ofVariant.set(key, colour);
  };
  for (const run of known) remember(run);
  for (const run of unseen) {
    const colour = ofVariant.get(variantKey(run) ?? "") ?? uses.indexOf(Math.min(...uses));
    uses[colour]!++;
    next.set(run.id, colour);
    remember(run);
  }
  return next;
}
