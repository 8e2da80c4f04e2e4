/** Which way up a photograph is: the orientation tag of EXIF (JEITA CP-3451, tag 0x0112) in a JPEG, and turning by it. */
import type { RgbImage } from "../../contracts/sample";
import { jpegParts } from "./jpegParts";

const APP1 = 0xe1;
const EXIF_HEADER = "Exif\0\0";
const ORIENTATION_TAG = 0x0112;
const MOST_ENTRIES = 512;
/** The tag of a picture that is seen as it is stored. */
export const UPRIGHT = 1;

/** 1 to 8; 1, upright, where the file has no such tag or a damaged one. */
export function jpegOrientation(bytes: Uint8Array): number {
  try {
    for (const { marker, content } of jpegParts(bytes))
      if (marker === APP1 && startsWith(content, EXIF_HEADER)) return tiffOrientation(content.subarray(6));
  } catch {
    // Decoding tells what is wrong with the file.
  }
  return UPRIGHT;
}

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  [...text].every((character, i) => bytes[i] === character.charCodeAt(0));

/** tiff: a TIFF header and its first directory. */
function tiffOrientation(tiff: Uint8Array): number {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 8) return UPRIGHT;
  const little = startsWith(tiff, "II");
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return UPRIGHT;
  const entries = Math.min(view.getUint16(directory, little), MOST_ENTRIES);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + 12 * i;
    if (at + 12 > tiff.length) return UPRIGHT;
    if (view.getUint16(at, little) !== ORIENTATION_TAG) continue;
    const orientation = view.getUint16(at + 8, little);
    return orientation >= 1 && orientation <= 8 ? orientation : UPRIGHT;
  }
  return UPRIGHT;
}

/** Whether turning by this tag exchanges width and height. */
export const swapsSides = (orientation: number): boolean => orientation >= 5;

/** The picture as it is to be seen; data: [H,W,3]. */
export function upright(image: RgbImage, orientation: number): RgbImage {
  if (orientation === UPRIGHT) return image;
  const [width, height] = swapsSides(orientation) ? [image.height, image.width] : [image.width, image.height];
  const data = new Uint8Array(image.data.length);
  // The tag says where row 0 and column 0 of the stored picture are seen, for example 6: at the right and at the top.
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = swapsSides(orientation) ? [y, x] : [x, y];
      const storedX = fromRight ? image.width - 1 - column : column;
      const storedY = fromBottom ? image.height - 1 - row : row;
      const from = 3 * (storedY * image.width + storedX);
      const to = 3 * (y * width + x);
      for (let c = 0; c < 3; c++) data[to + c] = image.data[from + c]!;
    }
  }
  return { width, height, data };
}
