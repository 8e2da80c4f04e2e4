/** Statistics of the label files of one task, counted file by file; the rules (rules/) draw their guesses from them. */
import { IGNORE, type LabelMap } from "../../contracts/sample";
import type { Raster } from "../io/raster";
import type { LabelSet } from "../layouts/labelSet";
import { ValueCounts } from "./counts";
import { Borders } from "./measures/borders";
import { Colours } from "./measures/colours";
import { Directions } from "./measures/directions";
import { Masks } from "./measures/masks";
import type { Measure } from "./measures/measure";

/** "8-bit PNG with a palette", "float32 array of 3 channels". */
export function contentOf({ lossy, depth, palette, channels, data }: Raster): string {
  if (lossy) return "JPEG";
  if (depth === undefined) {
    const numbers = data.constructor.name.replace("Array", "").toLowerCase();
    return `${numbers} array${channels > 1 ? ` of ${channels} channels` : ""}`;
  }
  const what = palette ? " with a palette" : ["", "", " with alpha", " in colours", " in colours with alpha"][channels];
  return `${depth}-bit PNG${what}`;
}

export class LabelStatistics {
  files = 0;
  /** Files that cannot be read as labels of this task. */
  refused = 0;
  /** Files whose values were changed by lossy compression. */
  lossy = 0;
  /** Files that hold floats. */
  floats = 0;
  /** Files in which no pixel has a label. */
  empty = 0;
  readonly counts = new ValueCounts();
  readonly content = new Map<string, number>();
  readonly borders = new Borders();
  readonly colours = new Colours();
  readonly directions: Directions;
  readonly masks = new Masks();
  private pixels = 0;
  private ignored = 0;

  constructor(readonly set: LabelSet) {
    this.directions = new Directions(set.reading);
  }

  /** `label`: what it says under the reading in force; absent where it cannot be read so. */
  look(file: Raster, label: LabelMap | undefined): void {
    this.files++;
    this.counts.add(file.data);
    const what = contentOf(file);
    this.content.set(what, (this.content.get(what) ?? 0) + 1);
    if (file.lossy) this.lossy++;
    if (file.data instanceof Float32Array || file.data instanceof Float64Array) this.floats++;
    if (label) this.countLabelled(label);
    else this.refused++;
    for (const measure of this.measures()) measure.look(file, label);
  }

  /** Of the pixels that were read, the part without a label. */
  get unlabelled(): number {
    return this.pixels === 0 ? 0 : this.ignored / this.pixels;
  }

  private countLabelled({ data, channels }: LabelMap): void {
    let ignored = 0;
    for (let at = 0; at < data.length; at += channels) if (data[at] === IGNORE) ignored++;
    this.pixels += data.length / channels;
    this.ignored += ignored;
    if (ignored * channels === data.length) this.empty++;
  }

  private measures(): readonly Measure[] {
    if (this.set.derived) return [];
    const { kind } = this.set.format;
    if (kind === "classes") return [this.borders, this.colours];
    if (kind === "unit") return [this.directions];
    return kind === "binary" ? [this.masks] : [];
  }
}
