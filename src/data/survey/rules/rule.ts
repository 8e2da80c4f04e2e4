/** What a rule of the import doctor is: from what the files of a task show to what is probably meant. */

import type { LabelEncoding } from "../../../contracts/labelEncoding";
import type { LabelFormat } from "../../../contracts/labelFormat";
import { IGNORE } from "../../../contracts/sample";
import type { LabelStatistics } from "../labelStatistics";

export interface Proposal {
  /** Names the guess within its task; more than the rule's name where a rule may guess twice. */
  readonly id: string;
  /** One sentence with the numbers that speak for it. */
  readonly text: string;
  /** What to set to follow it; absent: nothing can or need be set. */
  readonly reading?: LabelEncoding;
  /** Something is probably wrong as long as this is not in force. */
  readonly doubtful?: true;
}

export interface Rule {
  readonly name: string;
  /** Kinds of labels that it knows. */
  readonly kinds: readonly LabelFormat["kind"][];
  look(statistics: LabelStatistics): readonly Proposal[];
}

export const percent = (share: number): string =>
  share > 0 && share < 0.001 ? "under 0.1 %" : `${Number((100 * share).toFixed(1))} %`;

/** A number with three digits, more where it is larger. */
export const short = (value: number): string =>
  Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));

/** What is ignored already, and these. */
export const alsoIgnore = ({ set }: LabelStatistics, values: readonly number[]): Pick<LabelEncoding, "ignore"> => ({
  ignore: [...new Set([...(set.reading.ignore ?? []), ...values])],
});

/** Values of class files that may be classes, ascending; undefined where they are colours, too many or no whole numbers. */
export function classValues({ counts, colours }: LabelStatistics): readonly number[] | undefined {
  if (colours.files > 0) return undefined;
  return counts.values?.map(({ value }) => value).filter((value) => value !== IGNORE && value !== -1);
}

export const shareOf = ({ counts }: LabelStatistics, value: number): number => counts.pixelsAt(value) / counts.total;

/** In how many files a value is, where it is counted exactly. */
export const filesWith = ({ counts }: LabelStatistics, value: number): number =>
  counts.values?.find((entry) => entry.value === value)?.files ?? 0;
