/** A mask of black and white where classes are expected: 255 would be taken for "no label". */
import { IGNORE } from "../../../contracts/sample";
import { classValues, filesWith, percent, type Rule, shareOf } from "./rule";

const yesIs255: readonly number[] = Array.from({ length: 256 }, (_, value) =>
  value === 0 ? 0 : value === 255 ? 1 : IGNORE,
);

export const maskForClasses: Rule = {
  name: "mask-0-255",
  kinds: ["classes"],
  look(statistics) {
    const values = classValues(statistics);
    const files = filesWith(statistics, IGNORE);
    if (values?.length !== 1 || values[0] !== 0 || files === 0) return [];
    const text = `The files hold 0 and 255 alone (255 in ${files} of ${statistics.files} files, ${percent(shareOf(statistics, IGNORE))} of the pixels): they look like masks, in which 255 is a class.`;
    return [{ id: "mask-0-255", text, reading: { classMap: yesIs255 }, doubtful: true }];
  },
};
