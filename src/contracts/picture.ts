/** A picture that people look at: 8 bits of red, green, blue and opacity a pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** [H, W, 4] */
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}
