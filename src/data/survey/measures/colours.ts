/** The colours of class maps that were saved as pictures instead of indices. */
import { packColour } from "../../formats/labels";
import type { Raster } from "../../io/raster";
import type { Measure } from "./measure";

/** More are no classes. */
export const MOST_COLOURS = 256;

export class Colours implements Measure {
  /** Files of colours. */
  files = 0;
  /** Pixels by colour (formats/labels.ts packs it), up to one more than `MOST_COLOURS`. */
  readonly pixels = new Map<number, number>();
  /** Whether all of these files have 8 bits and no compression that changes colours. */
  isExact = true;

  look({ channels, data, depth, lossy }: Raster): void {
    if (channels < 3) return;
    this.files++;
    if (lossy || depth !== 8) this.isExact = false;
    for (let at = 0; at + 2 < data.length && this.pixels.size <= MOST_COLOURS; at += channels) {
      const colour = packColour(data[at]!, data[at + 1]!, data[at + 2]!);
      this.pixels.set(colour, (this.pixels.get(colour) ?? 0) + 1);
    }
  }
}
