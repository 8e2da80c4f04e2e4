/** What the colours of predictions are said to mean. */
import { describe, expect, it } from "vitest";
import type { Legend } from "../../src/contracts/catalogue";
import type { Picture } from "../../src/contracts/picture";
import { nameAt, shownEntries } from "../../src/ui/pictures/pixels";

const legendOf = (count: number): Legend =>
  Array.from({ length: count }, (_, i) => ({ name: `class ${i}`, color: [i, 2 * i, 255 - i] as const }));
/** One row of pixels, by the places of their colours in the legend; null: not labelled. */
const pictureOf = (legend: Legend, places: readonly (number | null)[]): Picture => ({
  width: places.length,
  height: 1,
  rgba: Uint8ClampedArray.from(places.flatMap((i) => (i === null ? [0, 0, 0, 0] : [...legend[i]!.color, 255]))),
});

describe("the legend of predictions", () => {
  it("is the same for every picture where it is short, so that nothing moves while it trains", () => {
    const legend = legendOf(24);
    for (const places of [[0], [3, null, 7], []])
      expect(shownEntries([pictureOf(legend, places), null], legend)).toEqual(legend);
  });

  it("holds what can be seen where it is long", () => {
    const legend = legendOf(25);
    const pictures = [pictureOf(legend, [3, null]), pictureOf(legend, [24, 3])];
    expect(shownEntries(pictures, legend).map(({ name }) => name)).toEqual(["class 3", "class 24"]);
    expect(shownEntries([], legend)).toEqual([]);
  });

  it("says nothing of pictures that have other colours", () => {
    const legend = legendOf(3);
    const strange = pictureOf([{ name: "", color: [9, 9, 9] }], [0]);
    expect(shownEntries([pictureOf(legend, [1]), strange], legend)).toEqual([]);
  });

  it("names the place under the pointer, and what has no label", () => {
    const legend = legendOf(3);
    const picture = pictureOf(legend, [2, null]);
    expect([0.2, 0.9, 1].map((u) => nameAt(picture, legend, { u, v: 0.5 }))).toEqual([
      "class 2",
      "not labelled",
      "not labelled",
    ]);
    expect(nameAt(picture, [], { u: 0, v: 0 })).toBeNull();
  });
});
