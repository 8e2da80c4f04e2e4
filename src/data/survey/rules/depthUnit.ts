/** The unit of depth files, by the kind of their numbers and by how far the scene would be. */
import type { LabelStatistics } from "../labelStatistics";
import { marksOfDepth } from "./depthMarks";
import { type Proposal, type Rule, short } from "./rule";

interface Unit {
  readonly id: string;
  readonly label: string;
  readonly metres: number;
}

const metres: Unit = { id: "m", label: "metres", metres: 1 };
const centimetres: Unit = { id: "cm", label: "centimetres", metres: 0.01 };
const millimetres: Unit = { id: "mm", label: "millimetres", metres: 0.001 };
const kitti: Unit = { id: "256", label: "256ths of a metre", metres: 1 / 256 };
const taskonomy: Unit = { id: "512", label: "512ths of a metre", metres: 1 / 512 };

/** Nothing is farther in metres; nothing that is measured has its middle nearer or farther than these. */
const FARTHEST_METRES = 100;
const LARGEST_OF_8_BITS = 255;
const MIDDLE = { nearest: 0.3, farthest: 40 } as const;
/** Of numbers above `FARTHEST_METRES`: a middle below this is centimetres. */
const MOST_CENTIMETRES = 600;
/** A laser's map has no number at most of its pixels. */
const SPARSE = 0.6;
const LASER = { nearest: 10, farthest: 100 } as const;

export const depthUnit: Rule = {
  name: "depth-unit",
  kinds: ["depth"],
  look(statistics) {
    const { counts, floats, set } = statistics;
    const below = Math.min(...marksOfDepth(statistics), Number.POSITIVE_INFINITY);
    const [middle, most] = [counts.quantile(0.5, 0, below), counts.quantile(0.99, 0, below)];
    if (Number.isNaN(middle)) return [];
    const isFloat = 2 * floats > statistics.files;
    if (set.reading.scale === undefined && most <= (isFloat ? 1 : LARGEST_OF_8_BITS)) return [relative(middle, most)];
    const unit = isFloat ? ofFloats(middle, most) : ofIntegers(statistics, middle, most);
    const scale = set.reading.scale ?? (isFloat ? 1 : 0.001);
    return [proposal(unit, middle, most, scale, set.reading.scale !== undefined)];
  },
};

const ofFloats = (middle: number, most: number): Unit =>
  most <= FARTHEST_METRES ? metres : middle < MOST_CENTIMETRES ? centimetres : millimetres;

function ofIntegers(statistics: LabelStatistics, middle: number, most: number): Unit {
  const { counts } = statistics;
  if (counts.pixelsAt(65535) > 0 && counts.pixelsAt(0) === 0) return taskonomy;
  const isSparse = counts.pixelsAt(0) > SPARSE * counts.total;
  const laserMetres = most * kitti.metres;
  if (isSparse && laserMetres > LASER.nearest && laserMetres < LASER.farthest && middle > 1000) return kitti;
  return middle * millimetres.metres < MIDDLE.nearest ? centimetres : millimetres;
}

function relative(middle: number, most: number): Proposal {
  const text =
    `The numbers are small for a depth (half below ${short(middle)}, 99 % below ${short(most)}): they look like steps from near to far or like ` +
    "inverse depth, not like metres or millimetres. Where one of them is a known length, set its metres as the scale.";
  return { id: "depth-relative", text, doubtful: true };
}

/** `scale`: metres per unit in force; `scaleSet`: whether a reading says so. */
function proposal(unit: Unit, middle: number, most: number, scale: number, scaleSet: boolean): Proposal {
  const at = (metresPerUnit: number): string =>
    `half of the scene within ${short(middle * metresPerUnit)} m and 99 % within ${short(most * metresPerUnit)} m`;
  const isSame = Math.abs(scale / unit.metres - 1) < 1e-6;
  const now = isSame ? "" : `; as it is read now it would be ${at(scale)}`;
  const text = `The values (half below ${short(middle)}, 99 % below ${short(most)}) look like ${unit.label}: ${at(unit.metres)}${now}.`;
  const id = `depth-${unit.id}`;
  if (isSame) return { id, text };
  // A scale that a person or a layout set is doubted only where nothing could be so near or far.
  const isMeant = scaleSet && middle * scale >= MIDDLE.nearest && middle * scale <= MIDDLE.farthest;
  return { id, text, reading: { scale: unit.metres }, ...(isMeant ? {} : { doubtful: true as const }) };
}
