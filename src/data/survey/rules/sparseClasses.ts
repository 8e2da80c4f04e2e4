/** Class ids with gaps between them: Cityscapes' label ids, ids of which a part is used, grey levels in steps. */
import { IGNORE } from "../../../contracts/sample";
import { CITYSCAPES_CLASS_MAP } from "../../layouts/cityscapes";
import type { LabelStatistics } from "../labelStatistics";
import { classValues, type Proposal, type Rule } from "./rule";

const CITYSCAPES_FILE = /_labelIds\.png$/;
/** Ids up to this many times as many as are used may well be classes that are rare; with more, or with even steps, hardly. */
const GAPS = { some: 2, many: 4 } as const;
const LEAST_CLASSES = 2;
/** Longer lists are no classes of a few. */
const LARGEST_ID = 1023;

export const sparseClasses: Rule = {
  name: "sparse-classes",
  kinds: ["classes"],
  look(statistics) {
    const { set } = statistics;
    const ignored = set.reading.ignore ?? [];
    const values = classValues(statistics)?.filter((value) => !ignored.includes(value)) ?? [];
    const [largest = 0, names] = [values.at(-1), set.data.classes?.length];
    if (isCityscapes(statistics, largest)) return [cityscapes];
    const isWhole = values.length >= LEAST_CLASSES && values[0]! >= 0 && largest <= LARGEST_ID;
    if (!isWhole || (set.reading.shift ?? 0) !== 0) return [];
    const fitsNames = names !== undefined && values.length === names && largest > names;
    // Who saves a palette means its indices.
    const isPalette = [...statistics.content.keys()].some((what) => what.includes("palette"));
    const hasGaps = names === undefined && !isPalette && largest + 1 > GAPS.some * values.length;
    if (!fitsNames && !hasGaps) return [];
    const classMap = Array.from({ length: largest + 1 }, (_, id) => {
      const index = values.indexOf(id);
      return index < 0 ? IGNORE : index;
    });
    const why = fitsNames ? "as many as there are names of classes" : "with gaps between them";
    const text = `The files have ${values.length} values (${listed(values)}), ${why}: they look like ids that are to be numbered 0 to ${values.length - 1} in their order.`;
    const isSure = fitsNames || largest + 1 > GAPS.many * values.length || hasEvenSteps(values);
    return [{ id: "sparse-classes", text, reading: { classMap }, ...(isSure && { doubtful: true as const }) }];
  },
};

/** Whether all are multiples of a number above 1, as grey levels are that people can tell apart. */
function hasEvenSteps(values: readonly number[]): boolean {
  const divisor = values.reduce((a, b) => {
    let [x, y] = [a, b];
    while (y !== 0) [x, y] = [y, x % y];
    return x;
  }, 0);
  return values.length > 2 && divisor > 1;
}

const cityscapes: Proposal = {
  id: "cityscapes-ids",
  text: "The files are named labelIds: they hold Cityscapes' 34 ids, of which 19 are its training classes.",
  reading: { classMap: CITYSCAPES_CLASS_MAP },
  doubtful: true,
};

function isCityscapes({ set, colours }: LabelStatistics, largest: number): boolean {
  const [path = ""] = set.paths.values();
  return CITYSCAPES_FILE.test(path) && largest < CITYSCAPES_CLASS_MAP.length && colours.files === 0;
}

const listed = (values: readonly number[]): string =>
  values.length > 8 ? `${values.slice(0, 4).join(", ")}, …, ${values.slice(-2).join(", ")}` : values.join(", ");
