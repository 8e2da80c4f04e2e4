/** A value drawn as outline of objects, as PASCAL VOC draws 255, marks pixels without a class. */
import { IGNORE } from "../../../contracts/sample";
import { alsoIgnore, classValues, percent, type Rule } from "./rule";

/** Poles and lines are thin too, but mostly have the same on both sides. */
const LEAST_THIN = 0.8;
const LEAST_BETWEEN = 0.6;
/** Outlines are at least this part of the pixels, and at most that. */
const SHARES = { least: 0.001, most: 0.25 } as const;

export const borderValue: Rule = {
  name: "border",
  kinds: ["classes"],
  look(statistics) {
    const { set, counts, borders } = statistics;
    if (set.reading.classMap || set.reading.colours) return [];
    return (classValues(statistics) ?? []).flatMap((value) => {
      const { pixels, thin, between } = borders.score(value);
      const share = pixels / counts.total;
      if (value === IGNORE || share < SHARES.least || share > SHARES.most) return [];
      if (thin < LEAST_THIN || between < LEAST_BETWEEN) return [];
      const text =
        `${value} (${percent(share)} of the pixels) is thin at ${percent(thin)} of its pixels and has different values on its two sides at ` +
        `${percent(between)} of its crossings: it looks like the outline of objects, which has no label.`;
      return [{ id: `border-${value}`, text, reading: alsoIgnore(statistics, [value]), doubtful: true as const }];
    });
  },
};
