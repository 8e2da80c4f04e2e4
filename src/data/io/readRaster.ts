/** Any file of labels to the values that it stores; the content says which format it is, not the name. */
import { arrayRaster } from "./array";
import { readJpeg } from "./image";
import { hdf5Refusal, isHdf5, isMat5, matArray } from "./mat";
import { isNpy, readNpy } from "./npy";
import { isPng, readPng } from "./pngFile";
import type { Raster } from "./raster";

/** File name endings that `readRaster` can read, in lower case. */
export const RASTER_EXTENSIONS = ["png", "npy", "mat", "jpg", "jpeg"] as const;

/**
 * `variables`: names that a MAT file's variable may have; one alone needs none.
 * @throws where the bytes are of no known format, damaged, or hold no picture.
 */
export function readRaster(bytes: Uint8Array, variables: readonly string[] = []): Raster {
  if (isPng(bytes)) return readPng(bytes);
  if (isNpy(bytes)) return arrayRaster(readNpy(bytes));
  if (isMat5(bytes)) return arrayRaster(matArray(bytes, variables));
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return readJpeg(bytes);
  if (isHdf5(bytes)) throw hdf5Refusal();
  throw new Error("The file is neither a PNG, a JPEG, an NPY nor a MAT file of version 5.");
}
