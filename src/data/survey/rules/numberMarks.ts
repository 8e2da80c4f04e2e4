/** A largest or least number of a regression map that stands apart and is frequent looks like "no label". */
import { alsoIgnore, percent, type Rule, shareOf, short } from "./rule";

const LEAST_SHARE = 0.005;
/** How far the number lies from nearly all others, as a part of their own range. */
const APART = 1;

export const numberMarks: Rule = {
  name: "number-marks",
  kinds: ["regression"],
  look(statistics) {
    const { counts, set } = statistics;
    if (set.format.kind === "regression" && set.format.unlabelled !== undefined) return [];
    const { min, max } = counts;
    const [low, high] = [counts.quantile(0.01, min, max), counts.quantile(0.99, min, max)];
    const isApart = (value: number): boolean =>
      Math.min(Math.abs(value - low), Math.abs(value - high)) > APART * (high - low);
    return [min, max]
      .filter((value) => shareOf(statistics, value) >= LEAST_SHARE && high > low && isApart(value))
      .map((value) => ({
        id: `ignore-${value}`,
        text: `${short(value)} (${percent(shareOf(statistics, value))} of the numbers) stands apart from the others, which run from ${short(low)} to ${short(high)}: it looks like "no label".`,
        reading: alsoIgnore(statistics, [value]),
        doubtful: true as const,
      }));
  },
};
