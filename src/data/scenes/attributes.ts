/**
 * Targets for pretraining that are none of the tuned tasks: what the surfaces in each cell of a grid are made of, which solids cover it, how
 * large those are, how it is lit, how it is patterned (the groups of attributeGroups).
 */
import { attributeCount, attributeGroups } from "./classes";
import type { Surfaces } from "./surfaces";

/** Limits between small, medium and large: the solid's radius in half heights of the picture. */
const SIZE_LIMITS = [0.16, 0.4] as const;
/** Limits between shadow, ambient and lit: mean irradiance, where 1 shows a surface in its own colour. */
const LIGHT_LIMITS = [0.5, 0.95] as const;

function sizeBucket(extent: number): number {
  return extent === 0 ? 0 : extent < SIZE_LIMITS[0] ? 1 : extent < SIZE_LIMITS[1] ? 2 : 3;
}

function lightBucket(irradiance: number): number {
  return irradiance < LIGHT_LIMITS[0] ? 0 : irradiance < LIGHT_LIMITS[1] ? 1 : 2;
}

/** Shares of area, [grid,grid,attributeCount] row by row from the top left; each group sums to 1 in each cell. */
export function attributesOf(surfaces: Surfaces, irradiance: Float32Array, grid: number): Float32Array {
  const { width, height } = surfaces;
  if (!Number.isInteger(grid) || grid < 1 || width % grid !== 0 || height % grid !== 0) {
    throw new Error(
      `Attributes need a grid that divides the picture: got ${grid} cells for ${width}x${height} pixels. Choose a divisor of both.`,
    );
  }
  const offsets: number[] = [];
  attributeGroups.reduce((sum, group) => {
    offsets.push(sum);
    return sum + group.names.length;
  }, 0);
  const out = new Float32Array(grid * grid * attributeCount);
  const cellWidth = width / grid;
  const share = (grid * grid) / (width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * grid) / height);
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const at = (row * grid + Math.floor(x / cellWidth)) * attributeCount;
      out[at + offsets[0]! + surfaces.substance[i]!]! += share;
      out[at + offsets[1]! + surfaces.shape[i]!]! += share;
      out[at + offsets[2]! + sizeBucket(surfaces.extent[i]!)]! += share;
      out[at + offsets[3]! + lightBucket(irradiance[i]!)]! += share;
      out[at + offsets[4]! + surfaces.texture[i]!]! += share;
    }
  }
  return out;
}
