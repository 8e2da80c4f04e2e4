/** One class alone teaches nothing. */
import { IGNORE } from "../../../contracts/sample";
import { classValues, filesWith, type Rule } from "./rule";

export const oneClass: Rule = {
  name: "one-class",
  kinds: ["classes"],
  look(statistics) {
    const values = classValues(statistics);
    const isMask = values?.[0] === 0 && filesWith(statistics, IGNORE) > 0;
    if (values?.length !== 1 || isMask) return [];
    const text = `All labelled pixels of ${statistics.files} files have the value ${values[0]}: there is nothing to tell apart.`;
    return [{ id: "one-class", text, doubtful: true }];
  },
};
