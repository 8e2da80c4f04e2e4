/** Directions: under which range of values they have unit length, and where they point in the parts of the picture. */
import type { LabelEncoding } from "../../../contracts/labelEncoding";
import { IGNORE, type LabelMap } from "../../../contracts/sample";
import { directionRange } from "../../formats/labels";
import type { Raster } from "../../io/raster";
import type { Measure } from "./measure";

type Range = readonly [number, number];

/** Ranges that files are written with: floats, floats as colours, 8 bits, 8 bits with 128 as 0, 16 bits. */
const KNOWN_RANGES: readonly Range[] = [
  [-1, 1],
  [0, 1],
  [0, 255],
  [1, 255],
  [0, 65535],
  [-127, 127],
  [-32767, 32767],
];

/** Of each file this many pixels, evenly spread, are looked at. */
const PIXELS_SEEN = 20_000;
/** Lengths this near to 1 are taken for 1: eight bits leave them within 0.01. */
const LENGTH_TOLERANCE = 0.1;

export interface RangeScore {
  readonly range: Range;
  /** Part of the directions that have unit length. */
  readonly unit: number;
  /** Mean distance of those lengths from 1. */
  readonly error: number;
}

/** Sum and number of one component in one part of the pictures. */
class Mean {
  private sum = 0;
  private count = 0;
  add(value: number): void {
    this.sum += value;
    this.count++;
  }
  get value(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }
}

export class Directions implements Measure {
  /** Under the reading in force. Mean z, mean y of the lower and upper half, mean x of the left and right half of the pictures. */
  readonly z = new Mean();
  readonly lowerY = new Mean();
  readonly upperY = new Mean();
  readonly leftX = new Mean();
  readonly rightX = new Mean();
  /** Files whose directions mostly have a positive z, and those with a negative one. */
  filesWithZ = { positive: 0, negative: 0 };
  /** The range in force, as the first file has it. */
  private inForce: Range | undefined;
  private readonly scores = KNOWN_RANGES.map((range) => ({ range, unit: 0, error: 0 }));
  private seen = 0;

  constructor(private readonly reading: LabelEncoding) {}

  look(file: Raster, label: LabelMap | undefined): void {
    if (file.channels < 3 || file.palette) return;
    this.inForce ??= this.force(this.reading.range ?? directionRange(file));
    const pixels = file.width * file.height;
    const stride = Math.max(1, Math.ceil(pixels / PIXELS_SEEN));
    for (let pixel = 0; pixel < pixels; pixel += stride) this.measure(file, pixel);
    if (label) this.place(label, stride);
  }

  /** The range in force first, then the others, the best first. */
  get ranges(): readonly RangeScore[] {
    const shares = this.scores.map(({ range, unit, error }) => ({
      range,
      unit: this.seen === 0 ? 0 : unit / this.seen,
      error: unit === 0 ? Number.POSITIVE_INFINITY : error / unit,
    }));
    const isForced = ({ range }: RangeScore): boolean => range === this.inForce;
    return shares.sort((a, b) => Number(isForced(b)) - Number(isForced(a)) || b.unit - a.unit || a.error - b.error);
  }

  /** The known range of these ends, or a new one. */
  private force([from, to]: Range): Range {
    const known = this.scores.find(({ range }) => range[0] === from && range[1] === to);
    if (known) return known.range;
    this.scores.push({ range: [from, to], unit: 0, error: 0 });
    return this.scores.at(-1)!.range;
  }

  private measure({ data, channels }: Raster, pixel: number): void {
    const [x, y, z] = [data[pixel * channels]!, data[pixel * channels + 1]!, data[pixel * channels + 2]!];
    // Black, grey and white mark pixels without a label.
    if (!Number.isFinite(x + y + z) || (x === y && y === z)) return;
    this.seen++;
    for (const score of this.scores) {
      const [from, to] = score.range;
      const middle = (from + to) / 2;
      const [dx, dy, dz] = [x - middle, y - middle, z - middle];
      const error = Math.abs((2 / Math.abs(to - from)) * Math.sqrt(dx * dx + dy * dy + dz * dz) - 1);
      if (error > LENGTH_TOLERANCE) continue;
      score.unit++;
      score.error += error;
    }
  }

  private place({ width, height, data }: LabelMap, stride: number): void {
    const z = new Mean();
    for (let pixel = 0; pixel < width * height; pixel += stride) {
      if (data[3 * pixel] === IGNORE) continue;
      const [row, column] = [Math.floor(pixel / width), pixel % width];
      z.add(data[3 * pixel + 2]!);
      this.z.add(data[3 * pixel + 2]!);
      (2 * row < height ? this.upperY : this.lowerY).add(data[3 * pixel + 1]!);
      (2 * column < width ? this.leftX : this.rightX).add(data[3 * pixel]!);
    }
    if (z.value > 0) this.filesWithZ.positive++;
    if (z.value < 0) this.filesWithZ.negative++;
  }
}
