/** Values that mark pixels without a class: 255, -1 and those of the reading are taken so; 65535 of 16-bit arrays is not. */
import { IGNORE } from "../../../contracts/sample";
import type { LabelStatistics } from "../labelStatistics";
import { alsoIgnore, classValues, filesWith, type Proposal, percent, type Rule, shareOf } from "./rule";

const MARK_OF_16_BITS = 65535;

export const ignoredClasses: Rule = {
  name: "ignored-classes",
  kinds: ["classes"],
  look(statistics) {
    const { set, counts, colours } = statistics;
    if (colours.files > 0) return [];
    const { ignore = [], classMap = [] } = set.reading;
    // A mask of 0 and 255 alone has no room for an unlabelled part.
    const isMask = classValues(statistics)?.length === 1 && counts.pixelsAt(0) > 0;
    const always = classMap.length > IGNORE || isMask ? [-1] : [IGNORE, -1];
    const proposals = [...new Set([...always, ...ignore])]
      .filter((value) => counts.pixelsAt(value) > 0)
      .map((value) => ignored(statistics, value));
    if (counts.notNumbers > 0)
      proposals.push({
        id: "ignore-nan",
        text: `NaN or an infinity (${percent(counts.notNumbers / counts.total)} of the pixels) has no label.`,
      });
    if (counts.max === MARK_OF_16_BITS && !ignore.includes(MARK_OF_16_BITS))
      proposals.push({ ...ignored(statistics, MARK_OF_16_BITS), doubtful: true });
    return proposals;
  },
};

function ignored(statistics: LabelStatistics, value: number): Proposal {
  const files = filesWith(statistics, value);
  const where = files > 0 ? `${files} of ${statistics.files} files, ` : "";
  const isAlways = value === IGNORE || value === -1;
  return {
    id: `ignore-${value}`,
    text: `${value} (${where}${percent(shareOf(statistics, value))} of the pixels) looks like "no label".`,
    ...(isAlways ? {} : { reading: alsoIgnore(statistics, [value]) }),
  };
}
