/** Edges between regions of a label map, one pixel wide, as ASTMT makes them: |Laplacian| > 0, then thinned. */
import type { LabelMap } from "../../contracts/sample";
import type { Raster } from "../io/raster";

/** file: [H,W,1] → 0 or 1 per pixel. @throws where the file is no map of labels. */
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

/** Pixels that a half-step has to look at, each once. */
class Waiting {
  private places: number[] = [];
  private readonly isWaiting: Uint8Array;

  constructor(pixels: number) {
    this.isWaiting = new Uint8Array(pixels);
  }

  get size(): number {
    return this.places.length;
  }

  add(place: number): void {
    if (this.isWaiting[place] === 1) return;
    this.isWaiting[place] = 1;
    this.places.push(place);
  }

  take(): readonly number[] {
    const taken = this.places;
    this.places = [];
    for (const place of taken) this.isWaiting[place] = 0;
    return taken;
  }
}

/**
 * Thinning by Guo and Hall (Communications of the ACM 32(3), 1989, algorithm A1): two half-steps, each deleting all of its pixels at once,
 * until nothing changes. Beyond the border all is 0. A half-step looks again only where neighbours changed since it looked, so that the
 * time grows with the pixels, not with the thickness of what they show.
 */
export function thin(mask: Uint8Array, width: number, height: number): Uint8Array {
  const pixels = mask.slice();
  const steps = [new Waiting(pixels.length), new Waiting(pixels.length)];
  const addToAll = (place: number): void => {
    if (pixels[place] === 1) for (const waiting of steps) waiting.add(place);
  };
  for (let i = 0; i < pixels.length; i++) addToAll(i);
  const x: number[] = [];
  while (steps.some(({ size }) => size > 0)) {
    for (const [step, waiting] of steps.entries()) {
      const deleted = waiting.take().filter((i) => {
        NEIGHBOURS.forEach((_, k) => {
          const place = neighbour(i, k, width, height);
          x[k] = place < 0 ? 0 : pixels[place]!;
        });
        return pixels[i] === 1 && mayGo(x, step === 1);
      });
      for (const i of deleted) pixels[i] = 0;
      for (const i of deleted) for (let k = 0; k < 8; k++) addToAll(neighbour(i, k, width, height));
    }
  }
  return pixels;
}

/** The place of a pixel's k-th neighbour, or -1 beyond the border. */
function neighbour(place: number, k: number, width: number, height: number): number {
  const [dx, dy] = NEIGHBOURS[k]!;
  const [column, row] = [(place % width) + dx, Math.floor(place / width) + dy];
  return column >= 0 && column < width && row >= 0 && row < height ? row * width + column : -1;
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
