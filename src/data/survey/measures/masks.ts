/** Masks: how much is yes, there and on the pictures' margins, and how much is neither black nor white. */
import { IGNORE, type LabelMap } from "../../../contracts/sample";
import { whiteOf } from "../../formats/labels";
import type { Raster } from "../../io/raster";
import type { Measure } from "./measure";

/** Values within this part of the range from its ends count as black and white. */
const END_SHARE = 0.1;

export class Masks implements Measure {
  /** The brightness of white in the files; the larger where they differ. */
  white = 0;
  /** Whether any file is a picture with a palette, whose values are no brightness. */
  hasPalette = false;
  private readonly all: Share = { pixels: 0, yes: 0 };
  private readonly margin: Share = { pixels: 0, yes: 0 };
  private values = 0;
  private grey = 0;

  look(file: Raster, label: LabelMap | undefined): void {
    const white = whiteOf(file);
    this.white = Math.max(this.white, white);
    if (file.palette) this.hasPalette = true;
    else {
      this.values += file.data.length;
      for (const value of file.data) if (value > END_SHARE * white && value < (1 - END_SHARE) * white) this.grey++;
    }
    if (label) this.count(label);
  }

  /** Part of the labelled pixels that is yes. */
  get yes(): number {
    return this.all.pixels === 0 ? 0 : this.all.yes / this.all.pixels;
  }

  /** The same of the pixels on the pictures' margins. */
  get yesOnMargin(): number {
    return this.margin.pixels === 0 ? 0 : this.margin.yes / this.margin.pixels;
  }

  /** Part of the values that is neither black nor white. */
  get greyShare(): number {
    return this.values === 0 ? 0 : this.grey / this.values;
  }

  private count({ width, height, data }: LabelMap): void {
    for (const value of data) if (value !== IGNORE) add(this.all, value);
    for (let y = 0; y < height; y++) {
      const isWhole = y === 0 || y === height - 1;
      for (let x = 0; x < width; x += isWhole ? 1 : Math.max(width - 1, 1)) {
        const value = data[y * width + x]!;
        if (value !== IGNORE) add(this.margin, value);
      }
    }
  }
}

interface Share {
  pixels: number;
  yes: number;
}

function add(share: Share, value: number): void {
  share.pixels++;
  share.yes += value;
}
