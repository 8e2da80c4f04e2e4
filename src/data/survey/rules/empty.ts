/** Files in which no pixel has a label. */
import type { Rule } from "./rule";

export const emptyFiles: Rule = {
  name: "empty-files",
  kinds: ["classes", "binary", "unit", "depth", "regression"],
  look({ empty, files, refused }) {
    if (empty === 0) return [];
    const isAll = empty === files - refused;
    const text = `${empty} of ${files} files have no labelled pixel.`;
    return [{ id: "empty-files", text, ...(isAll ? { doubtful: true as const } : {}) }];
  },
};
