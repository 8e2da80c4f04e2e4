/** Labels in JPEG files, whose compression changed the values. */
import { percent, type Rule } from "./rule";

export const lossyClasses: Rule = {
  name: "jpeg-classes",
  kinds: ["classes"],
  look({ lossy, files }) {
    if (lossy === 0) return [];
    const text = `${lossy} of ${files} files are JPEGs, whose compression mixes classes along every border. Export them anew as PNG.`;
    return [{ id: "jpeg", text, doubtful: true }];
  },
};

export const lossyNumbers: Rule = {
  name: "jpeg-numbers",
  kinds: ["binary", "unit", "depth", "regression"],
  look({ lossy, files, masks, set }) {
    if (lossy === 0) return [];
    const grey = set.format.kind === "binary" ? ` (${percent(masks.greyShare)} of the values are grey)` : "";
    return [{ id: "jpeg", text: `${lossy} of ${files} files are JPEGs: their values are blurred a little${grey}.` }];
  },
};
