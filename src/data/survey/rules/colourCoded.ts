/** Class maps that show colours instead of indices. */
import type { LabelEncoding } from "../../../contracts/labelEncoding";
import { packColour } from "../../formats/labels";
import { type Colours, MOST_COLOURS } from "../measures/colours";
import type { Rule } from "./rule";

type Colour = readonly [number, number, number];

export const colourCoded: Rule = {
  name: "colour-coded",
  kinds: ["classes"],
  look({ colours, files, lossy }) {
    // Of JPEGs another rule speaks.
    if (colours.files === lossy) return [];
    const { size } = colours.pixels;
    const isMany = size > MOST_COLOURS;
    const text =
      `${colours.files} of ${files} files hold colours instead of class indices, ${isMany ? `more than ${MOST_COLOURS}` : size} different ones` +
      (isMany || !colours.isExact
        ? ". Classes cannot be told from them: save index images, as 8-bit PNG."
        : `, most often ${listed(commonest(colours))}. Followed, each is a class, in this order: ${listed(classColours(colours))}.`);
    if (isMany || !colours.isExact) return [{ id: "colour-coded", text, doubtful: true }];
    const reading: LabelEncoding = { colours: classColours(colours) };
    return [{ id: "colour-coded", text, reading, doubtful: true }];
  },
};

const unpack = (colour: number): Colour => [colour >> 16, (colour >> 8) & 255, colour & 255];

const listed = (colours: readonly Colour[]): string =>
  colours
    .slice(0, 4)
    .map((colour) => `(${colour.join(", ")})`)
    .join(", ") + (colours.length > 4 ? ", …" : "");

const commonest = ({ pixels }: Colours): readonly Colour[] =>
  [...pixels].sort(([, a], [, b]) => b - a).map(([colour]) => unpack(colour));

/** PASCAL VOC's order where all colours are of its scheme (its white-ish outline has no class); else by red, green and blue. */
function classColours({ pixels }: Colours): readonly Colour[] {
  const found = [...pixels.keys()].filter((colour) => colour !== VOC_OUTLINE).sort((a, b) => a - b);
  const places = found.map((colour) => vocColours.indexOf(colour));
  if (places.every((place) => place >= 0)) return vocColours.slice(0, Math.max(...places) + 1).map(unpack);
  return [...pixels.keys()].sort((a, b) => a - b).map(unpack);
}

const VOC_OUTLINE = packColour(224, 224, 192);

/** Of the 21 classes: bits of the index spread over the channels, from the highest bit down. */
const vocColours: readonly number[] = Array.from({ length: 21 }, (_, index) => {
  const rgb = [0, 0, 0];
  for (let bit = 7, rest = index; rest > 0; bit--, rest >>= 3)
    for (let channel = 0; channel < 3; channel++) rgb[channel]! |= ((rest >> channel) & 1) << bit;
  return packColour(rgb[0]!, rgb[1]!, rgb[2]!);
});
