/** Numbers of depth files that mean "not measured": 0, what is below, NaN; and a largest one that stands apart, such as 65535. */
import type { LabelStatistics } from "../labelStatistics";
import { alsoIgnore, type Proposal, percent, type Rule, shareOf, short } from "./rule";

const LARGEST_OF_16_BITS = 65535;
/** A largest number is a mark where so many pixels have it ... */
const LEAST_SHARE = 0.001;
/** ... and nearly all others are below this part of it. */
const APART = 0.5;

/** The largest number, where it marks pixels, with those that the reading ignores. */
export function marksOfDepth(statistics: LabelStatistics): readonly number[] {
  const { counts, set } = statistics;
  const ignored = (set.reading.ignore ?? []).filter((value) => value > 0);
  const { max } = counts;
  const isApart = counts.quantile(0.99, 0, max) < APART * max && shareOf(statistics, max) >= LEAST_SHARE;
  const isMark = max === LARGEST_OF_16_BITS || isApart;
  return isMark && !ignored.includes(max) ? [...ignored, max] : ignored;
}

export const depthMarks: Rule = {
  name: "depth-marks",
  kinds: ["depth"],
  look(statistics) {
    const { counts, set } = statistics;
    const proposals: Proposal[] = [];
    const always = (id: string, name: string, share: number) => {
      if (share > 0) proposals.push({ id, text: `${name} (${percent(share)} of the pixels) means "not measured".` });
    };
    always("ignore-0", "0", shareOf(statistics, 0));
    always("ignore-negative", `What is below 0, down to ${short(counts.min)},`, counts.pixelsBelow(0) / counts.total);
    always("ignore-nan", "NaN or an infinity", counts.notNumbers / counts.total);
    for (const mark of marksOfDepth(statistics).filter((value) => counts.pixelsAt(value) > 0)) {
      const text = `${mark} (${percent(shareOf(statistics, mark))} of the pixels) stands apart from the others: it looks like "not measured".`;
      const isNew = !set.reading.ignore?.includes(mark);
      proposals.push({
        id: `ignore-${mark}`,
        text,
        reading: alsoIgnore(statistics, [mark]),
        ...(isNew && { doubtful: true as const }),
      });
    }
    return proposals;
  },
};
