/** Classes that count from 1, with 0 for pixels without one, as NYUD's files have them. */
import { classValues, filesWith, percent, type Rule, shareOf } from "./rule";

export const countsFromOne: Rule = {
  name: "counts-from-1",
  kinds: ["classes"],
  look(statistics) {
    const values = classValues(statistics);
    const names = statistics.set.data.classes?.length;
    const [least = 0, largest = 0] = [values?.[0], values?.at(-1)];
    if (!values || values.length < 2 || least < 0) return [];
    const beyondNames = names !== undefined && largest === names;
    // Without names a count from 1 shows only where nothing is 0.
    if (!beyondNames && !(names === undefined && least === 1)) return [];
    const why = beyondNames ? `up to ${largest}, and there are ${names} names of classes` : `from 1 to ${largest}`;
    const zero =
      least === 0
        ? ` 0 (${filesWith(statistics, 0)} of ${statistics.files} files, ${percent(shareOf(statistics, 0))} of the pixels) then has no label.`
        : "";
    return [
      {
        id: "counts-from-1",
        text: `The values run ${why}: they look like classes counted from 1.${zero}`,
        reading: { ignore: [...new Set([...(statistics.set.reading.ignore ?? []), 0])], shift: -1 },
        doubtful: true,
      },
    ];
  },
};
