/**
 * Which way the axes of directions point. Surfaces that are seen face the camera; floors are low in pictures and look up, walls on the left look
 * right. x to the right, y up and z to the camera is how Scenes has them; other data sets may well differ, which harms only where they are mixed.
 */
import type { LabelStatistics } from "../labelStatistics";
import { type Proposal, percent, type Rule, short } from "./rule";

type Signs = [1 | -1, 1 | -1, 1 | -1];

/** A mean further from 0 is a direction. */
const CLEAR = 0.1;
/** Files of the other sign of z beyond this part do not belong together. */
const MIXED = 0.1;

export const directionSigns: Rule = {
  name: "direction-signs",
  kinds: ["unit"],
  look(statistics) {
    const { z, lowerY, upperY, leftX, rightX } = statistics.directions;
    const floors = lowerY.value - upperY.value;
    const walls = leftX.value - rightX.value;
    return [
      ...mixed(statistics),
      ...axis(statistics, 2, z.value, `z is ${short(z.value)} on average`, ["to the camera", "away from the camera"]),
      ...axis(
        statistics,
        1,
        floors,
        `y is ${short(floors)} larger in the lower half of the pictures than in the upper`,
        ["up, as floors do", "down"],
      ),
      ...axis(statistics, 0, walls, `x is ${short(walls)} larger in the left half of the pictures than in the right`, [
        "right",
        "left",
      ]),
    ];
  },
};

function axis(
  { set }: LabelStatistics,
  place: 0 | 1 | 2,
  mean: number,
  found: string,
  [ahead, back]: readonly [string, string],
): readonly Proposal[] {
  if (Math.abs(mean) < CLEAR) return [];
  const name = "xyz"[place]!;
  const now: Signs = [...(set.reading.signs ?? ([1, 1, 1] as const))] as Signs;
  if (mean > 0) return [{ id: `sign-${name}`, text: `${found}: it points ${ahead}.` }];
  const turned = now.map((sign, at) => (at === place ? -sign : sign)) as Signs;
  const text = `${found}: it points ${back}. Set this to have it point ${ahead.split(",")[0]}.`;
  return [{ id: `sign-${name}`, text, reading: { signs: turned } }];
}

function mixed({ directions }: LabelStatistics): readonly Proposal[] {
  const { positive, negative } = directions.filesWithZ;
  const fewer = Math.min(positive, negative) / Math.max(positive + negative, 1);
  if (fewer <= MIXED) return [];
  const text = `z is mostly positive in ${positive} files and negative in ${negative} (${percent(fewer)}): the files look like a mixture of two conventions, or z is not the third channel.`;
  return [{ id: "mixed-signs", text, doubtful: true }];
}
