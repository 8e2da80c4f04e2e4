/** What 0 means in class maps that have it beside other classes: background, a class of its own; or nothing at all. */
import { alsoIgnore, classValues, filesWith, percent, type Rule, shareOf } from "./rule";

const VOID_NAME = /^_*(void|unlabel+ed|unlabel+ed.*|ignored?|no[ _-]?label|unknown|undefined)_*$/i;
const BACKGROUND_NAME = /^_*(background|bg)/i;
/** A value of this part of all pixels is more than pixels that were left out. */
const BACKGROUND_SHARE = 0.3;

export const zero: Rule = {
  name: "zero",
  kinds: ["classes"],
  look(statistics) {
    const values = classValues(statistics);
    const { reading, data } = statistics.set;
    const isPlain = reading.classMap === undefined && reading.colours === undefined;
    if (!values || values.length < 2 || values[0] !== 0 || !isPlain) return [];
    const share = shareOf(statistics, 0);
    const found = `0 (${filesWith(statistics, 0)} of ${statistics.files} files, ${percent(share)} of the pixels)`;
    const name = data.classes?.[0];
    if (name !== undefined && VOID_NAME.test(name)) {
      const text = `${found} is called "${name}": it looks like "no label".`;
      return [{ id: "void-0", text, reading: alsoIgnore(statistics, [0]), doubtful: true }];
    }
    if (name !== undefined && BACKGROUND_NAME.test(name))
      return [{ id: "background-0", text: `${found} is called "${name}", and is a class of its own.` }];
    // Names say what 0 is; without them both readings are told.
    if (name !== undefined || reading.ignore?.includes(0)) return [];
    const isDense = values.at(-1) === values.length - 1;
    const asVoid = { ...alsoIgnore(statistics, [0]), ...(isDense ? { shift: -1 } : {}) };
    const background = { id: "background-0", text: `${found} looks like background, which is a class of its own.` };
    const nothing = `${found} is a class of its own as it is read now; where it means "no label", set this.`;
    return share >= BACKGROUND_SHARE
      ? [background, { id: "void-0", text: nothing, reading: asVoid }]
      : [{ id: "void-0", text: nothing, reading: asVoid }];
  },
};
