/** Masks whose white is dark, whose yes and no are exchanged, or that are no masks. */
import type { BuiltInTask } from "../../../contracts/tasks";
import type { LabelStatistics } from "../labelStatistics";
import { alsoIgnore, percent, type Rule, short } from "./rule";

/** Yes and no as the reading in force has them. */
const rangeOf = ({ set, masks }: LabelStatistics): readonly [number, number] => set.reading.range ?? [0, masks.white];

/** A mask of 0 and 1 (perhaps with 255 for "no label") in a picture whose white is 255. */
export const darkMask: Rule = {
  name: "dark-mask",
  kinds: ["binary"],
  look(statistics) {
    const { counts, masks } = statistics;
    const values = counts.values?.map(({ value }) => value) ?? [];
    const marked = values.length === 3 && values[2] === 255 ? [255] : [];
    const [no, yes] = values;
    if (masks.hasPalette || no !== 0 || yes === undefined || values.length - marked.length !== 2) return [];
    if (yes > masks.white / 2) return [];
    const text =
      `The files hold ${values.join(", ")}, but white is ${masks.white}: ${yes} looks like "yes"` +
      (marked.length > 0 ? ' and 255 like "no label".' : ", and would be read as no.");
    const reading = { range: [0, yes] as const, ...(marked.length > 0 ? alsoIgnore(statistics, marked) : {}) };
    return [{ id: "dark-mask", text, reading, doubtful: true }];
  },
};

/** Edges are lines, and salient things seldom reach all round the picture. */
const MOST_YES = { edge: 0.5, sal: 0.5 } as const satisfies Partial<Record<BuiltInTask, number>>;
const LEAST_ON_MARGIN = 0.75;

export const invertedMask: Rule = {
  name: "inverted",
  kinds: ["binary"],
  look(statistics) {
    const { masks, set } = statistics;
    const { task } = set.data;
    if (task !== "edge" && task !== "sal") return [];
    const [no, yes] = rangeOf(statistics);
    // Of an inverted reading the rule speaks of the files as they are.
    const isInverted = yes < no;
    const [share, margin] = isInverted ? [1 - masks.yes, 1 - masks.yesOnMargin] : [masks.yes, masks.yesOnMargin];
    if (share <= MOST_YES[task] || (task === "sal" && margin < LEAST_ON_MARGIN)) return [];
    const text = `${percent(share)} of the pixels are white, on the pictures' margins ${percent(margin)}: black looks like "yes".`;
    return [{ id: "inverted", text, reading: { range: isInverted ? [no, yes] : [yes, no] }, doubtful: true }];
  },
};

/** Beyond these parts of grey values a mask has soft borders, or is none. */
const SOFT = 0.02;
const NO_MASK = 0.3;

export const greyMask: Rule = {
  name: "grey-mask",
  kinds: ["binary"],
  look(statistics) {
    const { greyShare } = statistics.masks;
    if (greyShare < SOFT) return [];
    const [no, yes] = rangeOf(statistics);
    const text = `${percent(greyShare)} of the values are grey: what is nearer to ${short(yes)} than to ${short(no)} is "yes".`;
    return [{ id: "grey-mask", text, ...(greyShare > NO_MASK ? { doubtful: true as const } : {}) }];
  },
};
