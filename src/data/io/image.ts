/** Photographs: JPEG (by jpeg-js) and PNG files to 8-bit colours. */
import { decode as decodeJpegFile } from "jpeg-js";
import type { RgbImage } from "../../contracts/sample";
import { decodePng, pngToRgb } from "./png";

const MAX_MEGAPIXELS = 200;
const MAX_MEMORY_MEBIBYTES = 4096;

/** File name endings that `decodeImage` can read, in lower case. */
export const IMAGE_EXTENSIONS = ["jpg", "jpeg", "png"] as const;

/**
 * Reads by the file's content, not its name. An orientation tag is not applied: labels lie on the pixels as they are stored.
 * @throws where the bytes are neither a readable JPEG nor a readable PNG.
 */
export function decodeImage(bytes: Uint8Array): RgbImage {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return decodeJpeg(bytes);
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return pngToRgb(decodePng(bytes));
  throw new Error("The file is neither a JPEG nor a PNG.");
}

function decodeJpeg(bytes: Uint8Array): RgbImage {
  const { width, height, data } = decodeJpegFile(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    // A cut photograph is an error that names its file, not a half-grey image in the training set.
    tolerantDecoding: false,
    maxResolutionInMP: MAX_MEGAPIXELS,
    maxMemoryUsageInMB: MAX_MEMORY_MEBIBYTES,
  });
  return { width, height, data };
}
