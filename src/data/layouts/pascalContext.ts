/** The context labels of PASCAL-Context (459 classes, `LabelMap` in a MAT file) as a mask of the distilled normals. */
import { IGNORE, type LabelMap } from "../../contracts/sample";
import { nearestIndices } from "../../core/math/interpolation";
import type { FileTree } from "../fileTree";
import type { Raster } from "../io/raster";
import { readRaster } from "../io/readRaster";
import { readFile } from "./labelSet";

/** Context classes that NYUD has too, on which the network that made the normals was trained, and tvmonitor. */
const WITH_NORMALS: ReadonlySet<number> = new Set([
  3, 4, 6, 9, 10, 11, 13, 15, 17, 18, 22, 23, 29, 30, 33, 34, 36, 37, 38, 39, 41, 43, 46, 49, 50, 51, 53, 55, 56, 59,
  61, 62, 65, 66, 68, 69, 72, 73, 78, 83, 84, 85, 87, 88, 95, 96, 101, 104, 105, 107, 111, 113, 115, 122, 124, 135, 141,
  142, 143, 146, 150, 154, 157, 158, 159, 165, 172, 174, 181, 183, 184, 191, 193, 195, 197, 199, 202, 213, 215, 216,
  219, 220, 223, 225, 228, 230, 232, 233, 238, 239, 242, 243, 246, 250, 251, 252, 255, 260, 261, 263, 269, 272, 273,
  275, 281, 283, 284, 285, 286, 287, 288, 290, 291, 292, 293, 295, 304, 307, 309, 310, 314, 315, 319, 323, 329, 330,
  331, 336, 342, 345, 349, 350, 351, 352, 355, 357, 368, 370, 371, 374, 379, 380, 383, 384, 397, 401, 403, 405, 407,
  408, 411, 412, 413, 414, 417, 419, 421, 423, 427, 429, 430, 432, 440, 441, 442, 443, 444, 446, 454, 457,
]);

/** A map of context labels. @throws with the file's name where it holds anything else. */
export const readContext = (tree: FileTree, path: string): Promise<Raster> =>
  readFile(tree, path, (bytes) => {
    const context = readRaster(bytes, ["LabelMap"]);
    if (context.channels === 1 && context.data.every((label) => Number.isInteger(label) && label >= 0)) return context;
    throw new Error("context labels are one whole number from 0 a pixel, but the file holds others. Copy it again.");
  });

/** Normals of other classes' pixels become unlabelled. label: [H,W,3]; without a context label it stays as it is. */
export async function keepContextNormals(tree: FileTree, path: string | undefined, label: LabelMap): Promise<LabelMap> {
  if (path === undefined) return label;
  const context = await readContext(tree, path);
  const rows = nearestIndices(label.height, context.height);
  const columns = nearestIndices(label.width, context.width);
  const data = label.data.slice();
  for (let pixel = 0; pixel < label.width * label.height; pixel++) {
    const at = rows[Math.floor(pixel / label.width)]! * context.width + columns[pixel % label.width]!;
    if (!WITH_NORMALS.has(context.data[at]!)) data.fill(IGNORE, 3 * pixel, 3 * pixel + 3);
  }
  return { ...label, data };
}
