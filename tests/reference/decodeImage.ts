import type { RgbImage } from "../../src/contracts/sample";
import { upright } from "../../src/data/io/exif";
import { decodePhotograph } from "../../src/data/io/image";

/** The photograph as it is to be seen. */
export function decodeImage(bytes: Uint8Array): RgbImage {
  const { stored, orientation } = decodePhotograph(bytes);
  return upright(stored, orientation);
}
