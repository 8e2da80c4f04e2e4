/** Edges between regions of a label map, one pixel wide, as ASTMT makes them: |Laplacian| > 0, then thinned. */
import type { LabelMap } from "../../contracts/sample";
import type { Raster } from "../io/raster";

/** file: [H,W,1] → 0 or 1 per pixel. */
export function labelEdges(file: Raster): LabelMap {
  const { width, height } = file;
  const edges = thin(laplacianEdges(file), width, height);
  return { width, height, channels: 1, data: Float32Array.from(edges) };
}

/** Where the sum of the four neighbours differs from four times the pixel; the border is mirrored about its own pixels, as in OpenCV. */
function laplacianEdges({ width, height, data, channels }: Raster): Uint8Array {
  const mirrored = (i: number, size: number): number => (size === 1 ? 0 : i < 0 ? 1 : i >= size ? size - 2 : i);
  const at = (x: number, y: number): number => data[(mirrored(y, height) * width + mirrored(x, width)) * channels]!;
  const edges = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) !== 4 * at(x, y)) edges[y * width + x] = 1;
  return edges;
}

/** Neighbours in the order of the conditions below: east, then against the clock. */
const NEIGHBOURS = [
  [1, 0],
  [1, -1],
  [0, -1],
  [-1, -1],
  [-1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
] as const;

/**
 * Thinning by Guo and Hall (Communications of the ACM 32(3), 1989, algorithm A1): two half-steps, each deleting all of its pixels at once,
 * until nothing changes. Beyond the border all is 0.
 */
export function thin(mask: Uint8Array, width: number, height: number): Uint8Array {
  const pixels = mask.slice();
  for (let changed = true; changed; ) {
    const first = deleteStep(pixels, width, height, false);
    changed = deleteStep(pixels, width, height, true) || first;
  }
  return pixels;
}

function deleteStep(pixels: Uint8Array, width: number, height: number, second: boolean): boolean {
  const deleted: number[] = [];
  const x: number[] = [];
  for (let i = 0; i < pixels.length; i++) {
    if (pixels[i] === 0) continue;
    const [column, row] = [i % width, Math.floor(i / width)];
    for (let k = 0; k < 8; k++) {
      const [dx, dy] = NEIGHBOURS[k]!;
      const inside = column + dx >= 0 && column + dx < width && row + dy >= 0 && row + dy < height;
      x[k] = inside ? pixels[i + dy * width + dx]! : 0;
    }
    if (mayGo(x, second)) deleted.push(i);
  }
  for (const i of deleted) pixels[i] = 0;
  return deleted.length > 0;
}

/** Conditions G1, G2 and G3 (in the second half-step G3 turned by 180°); x: the eight neighbours, x[0] east. */
function mayGo(x: readonly number[], second: boolean): boolean {
  let crossings = 0;
  let pairsFrom = 0;
  let pairsTo = 0;
  for (let k = 0; k < 8; k += 2) {
    const [even, odd, next] = [x[k]!, x[k + 1]!, x[(k + 2) % 8]!];
    if (even === 0 && (odd === 1 || next === 1)) crossings++;
    pairsFrom += even | odd;
    pairsTo += odd | next;
  }
  const fewest = Math.min(pairsFrom, pairsTo);
  if (crossings !== 1 || fewest < 2 || fewest > 3) return false;
  const turn = second ? 4 : 0;
  const [east, northEast, north, southEast] = [x[turn]!, x[turn + 1]!, x[turn + 2]!, x[(turn + 7) % 8]!];
  return !((northEast === 1 || north === 1 || southEast === 0) && east === 1);
}
