/** Which values of class maps are drawn as outlines: thin, with something else on their one side than on the other. */
import type { Raster } from "../../io/raster";
import type { Measure } from "./measure";

/** A run of pixels up to this share of the smaller side is thin. */
const THIN_SHARE = 0.02;
const THIN_LEAST = 2;
/** Smaller pictures have nothing but thin runs. */
const LEAST_SIDE = 32;

export interface BorderScore {
  readonly pixels: number;
  /** Part of the pixels that lie in a thin run, across or down. */
  readonly thin: number;
  /** Part of the thin runs that have different values at their two ends. */
  readonly between: number;
}

export class Borders implements Measure {
  private readonly pixels = new Float64Array(256);
  private readonly thinPixels = new Float64Array(256);
  private readonly runs = new Float64Array(256);
  private readonly runsBetween = new Float64Array(256);

  look({ width, height, channels, data }: Raster): void {
    if (channels !== 1 || !(data instanceof Uint8Array) || Math.min(width, height) < LEAST_SIDE) return;
    const limit = Math.max(THIN_LEAST, Math.round(THIN_SHARE * Math.min(width, height)));
    const thin = new Uint8Array(data.length);
    for (let y = 0; y < height; y++) this.scan(data, thin, y * width, 1, width, limit);
    for (let x = 0; x < width; x++) this.scan(data, thin, x, width, height, limit);
    for (let i = 0; i < data.length; i++) {
      this.pixels[data[i]!]!++;
      if (thin[i] === 1) this.thinPixels[data[i]!]!++;
    }
  }

  score(value: number): BorderScore {
    const [pixels, runs] = [this.pixels[value] ?? 0, this.runs[value] ?? 0];
    return {
      pixels,
      thin: pixels > 0 ? this.thinPixels[value]! / pixels : 0,
      between: runs > 0 ? this.runsBetween[value]! / runs : 0,
    };
  }

  /** One row or column: `count` pixels from `start`, `step` apart. */
  private scan(data: Uint8Array, thin: Uint8Array, start: number, step: number, count: number, limit: number): void {
    for (let from = 0; from < count; ) {
      const value = data[start + from * step]!;
      let to = from + 1;
      while (to < count && data[start + to * step] === value) to++;
      if (to - from <= limit) {
        for (let i = from; i < to; i++) thin[start + i * step] = 1;
        if (from > 0 && to < count) {
          this.runs[value]!++;
          if (data[start + (from - 1) * step] !== data[start + to * step]) this.runsBetween[value]!++;
        }
      }
      from = to;
    }
  }
}
