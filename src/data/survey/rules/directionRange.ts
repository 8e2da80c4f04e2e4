/** How directions are written as numbers: which values mean -1 and 1. */
import type { RangeScore } from "../measures/directions";
import { percent, type Rule, short } from "./rule";

/** Under the right range nearly all directions have length 1. */
const MOSTLY = 0.9;
const RIGHT_ENOUGH = 0.8;
/** Eight bits leave an error below this; another zero shows beyond it. */
const ROUNDING_ERROR = 0.002;
/** How much nearer to 1 the lengths come with another zero. */
const CLEARLY_NEARER = 0.8;

export const directionRange: Rule = {
  name: "direction-range",
  kinds: ["unit"],
  look({ directions }) {
    const [now, ...others] = directions.ranges;
    const best = others[0];
    if (!now || !best) return [];
    const told = ({ range, unit }: RangeScore): string =>
      `with ${range.map(short).join(" and ")} as -1 and 1, ${percent(unit)} of the directions have length 1`;
    if (now.unit < RIGHT_ENOUGH && best.unit >= MOSTLY)
      return [
        {
          id: `range-${best.range.join("-")}`,
          text: `As it is read now, ${told(now)}; ${told(best)}.`,
          reading: { range: best.range },
          doubtful: true,
        },
      ];
    if (now.unit < RIGHT_ENOUGH)
      return [{ id: "no-directions", text: `The files look like no directions: ${told(now)}.`, doubtful: true }];
    const nearer = others.find(
      ({ unit, error }) => unit >= now.unit && now.error > ROUNDING_ERROR && error < CLEARLY_NEARER * now.error,
    );
    const sure = { id: "range", text: `The files hold directions: ${told(now)}.` };
    if (!nearer) return [sure];
    const text = `Lengths come nearer to 1 with ${nearer.range.map(short).join(" and ")} as -1 and 1 (off by ${short(nearer.error)} in place of ${short(now.error)}).`;
    return [sure, { id: `range-${nearer.range.join("-")}`, text, reading: { range: nearer.range } }];
  },
};
