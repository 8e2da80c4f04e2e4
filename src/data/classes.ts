/** Which classes a label map shows. */
import { IGNORE, type LabelMap } from "../contracts/sample";

/** Ascending, without `IGNORE`. */
export function classesOf({ data }: Pick<LabelMap, "data">): readonly number[] {
  const shown = new Uint8Array(IGNORE + 1);
  for (const index of data) shown[index] = 1;
  return Array.from({ length: IGNORE }, (_, index) => index).filter((index) => shown[index] === 1);
}
