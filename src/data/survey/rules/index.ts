/** All rules of the import doctor, in the order in which their guesses are told, and the way to apply them. */
import type { LabelEncoding } from "../../../contracts/labelEncoding";
import type { Guess } from "../../../contracts/survey";
import type { LabelStatistics } from "../labelStatistics";
import { borderValue } from "./borderValue";
import { colourCoded } from "./colourCoded";
import { countsFromOne } from "./countsFromOne";
import { depthMarks } from "./depthMarks";
import { depthUnit } from "./depthUnit";
import { directionRange } from "./directionRange";
import { directionSigns } from "./directionSigns";
import { emptyFiles } from "./empty";
import { ignoredClasses } from "./ignoredClasses";
import { lossyClasses, lossyNumbers } from "./lossy";
import { maskForClasses } from "./maskForClasses";
import { darkMask, greyMask, invertedMask } from "./masks";
import { numberMarks } from "./numberMarks";
import { oneClass } from "./oneClass";
import type { Rule } from "./rule";
import { sparseClasses } from "./sparseClasses";
import { zero } from "./zero";

const rules: readonly Rule[] = [
  colourCoded,
  lossyClasses,
  lossyNumbers,
  maskForClasses,
  oneClass,
  countsFromOne,
  sparseClasses,
  ignoredClasses,
  zero,
  borderValue,
  darkMask,
  invertedMask,
  greyMask,
  depthUnit,
  depthMarks,
  directionRange,
  directionSigns,
  numberMarks,
  emptyFiles,
];

/** What is probably meant by a task's files. Labels that are computed from files of another meaning have no labelEncodings, so nothing is guessed. */
export function guesses(statistics: LabelStatistics): readonly Guess[] {
  const { set, files } = statistics;
  if (files === 0 || set.derived) return [];
  return rules
    .filter(({ kinds }) => kinds.includes(set.format.kind))
    .flatMap((rule) => rule.look(statistics))
    .map(({ id, text, reading = {}, doubtful }) => {
      const inForce = isInForce(reading, set.reading);
      const changes = Object.keys(reading).length > 0;
      return { id, text, reading, inForce, ...(doubtful && !(changes && inForce) ? { doubtful } : {}) };
    });
}

/** What is set already where a reading says nothing else. */
const unsaid: LabelEncoding = { shift: 0, signs: [1, 1, 1] };

/** Whether following `wanted` would change nothing; of ignored values more may be in force. */
function isInForce(wanted: LabelEncoding, now: LabelEncoding): boolean {
  return (Object.keys(wanted) as (keyof LabelEncoding)[]).every((key) => {
    if (key === "ignore") return wanted.ignore!.every((value) => now.ignore?.includes(value));
    return JSON.stringify(wanted[key]) === JSON.stringify(now[key] ?? unsaid[key]);
  });
}
