/** From what the pixels' centres met to the six label maps of the multi-task contract. */

import type { LabelMap } from "../../contracts/sample";
import type { BuiltInTask } from "../../contracts/tasks";
import { semantic } from "./classes";
import type { Surfaces } from "./surfaces";

/** Marks pixels without a label. */
const IGNORE = 255;

export interface LabelOptions {
  /** Make the whole part map "ignore" where no person is seen, as the PASCAL part labels do. Default true. */
  readonly partsIgnoreEmpty?: boolean;
}

function map(surfaces: Surfaces, channels: number, data: Float32Array): LabelMap {
  return { width: surfaces.width, height: surfaces.height, channels, data };
}

function parts(surfaces: Surfaces, ignoreEmpty: boolean): Float32Array {
  const data = Float32Array.from(surfaces.part);
  return ignoreEmpty && !surfaces.part.some((part) => part > 0) ? data.fill(IGNORE) : data;
}

const movable: ReadonlySet<number> = new Set<number>([
  semantic.table,
  semantic.chair,
  semantic.sofa,
  semantic.bed,
  semantic.cabinet,
  semantic.lamp,
  semantic.plant,
]);

/**
 * Saliency, 0 or 1. All people who cover at least half a percent of the picture are salient. Without any such person it is the one piece of
 * furniture with the largest sum over its pixels of exp(-2 r^2) / (1 + depth), r from the picture's centre in half heights: large,
 * central and near. Ties go to the lower instance; a picture without people and furniture has no salient pixel.
 */
function saliency(surfaces: Surfaces): Float32Array {
  const { semClass, instance } = surfaces;
  const n = semClass.length;
  const people = new Map<number, number>();
  for (let i = 0; i < n; i++)
    if (semClass[i] === semantic.person) people.set(instance[i]!, (people.get(instance[i]!) ?? 0) + 1);
  const chosen = new Set([...people].filter(([, count]) => count >= n * 0.005).map(([of]) => of));
  if (chosen.size === 0) for (const of of mainFurniture(surfaces)) chosen.add(of);
  return Float32Array.from(instance, (of, i) =>
    chosen.has(of) && (semClass[i] === semantic.person || movable.has(semClass[i]!)) ? 1 : 0,
  );
}

/** The winning piece of furniture, or nothing. */
function mainFurniture(surfaces: Surfaces): number[] {
  const { width, height, semClass, instance, depth } = surfaces;
  const scores = new Map<number, number>();
  for (let i = 0; i < semClass.length; i++) {
    if (!movable.has(semClass[i]!)) continue;
    const x = ((i % width) + 0.5 - width / 2) / (height / 2);
    const y = (Math.floor(i / width) + 0.5 - height / 2) / (height / 2);
    const of = instance[i]!;
    scores.set(of, (scores.get(of) ?? 0) + Math.exp(-2 * (x * x + y * y)) / (1 + depth[i]!));
  }
  const ranked = [...scores].sort((p, q) => q[1] - p[1] || p[0] - q[0]);
  return ranked.slice(0, 1).map(([of]) => of);
}

/**
 * Edges, 0 or 1: a pixel is an edge where its right or lower neighbour belongs to another instance or class. Instances are people, pieces of
 * furniture, pictures, windows, the rug and each plane of the room, so that corners of the room are edges and joints of a body are not.
 */
function edges(surfaces: Surfaces): Float32Array {
  const { width, height, semClass, instance } = surfaces;
  const out = new Float32Array(width * height);
  const differ = (i: number, j: number): boolean => instance[i] !== instance[j] || semClass[i] !== semClass[j];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if ((x + 1 < width && differ(i, i + 1)) || (y + 1 < height && differ(i, i + width))) out[i] = 1;
    }
  }
  return out;
}

/** The tasks that scenes have labels for. */
export const sceneTasks = ["semseg", "human_parts", "sal", "normals", "depth", "edge"] as const satisfies BuiltInTask[];

/** All six maps, [H,W,C] each. */
export function labelMaps(
  surfaces: Surfaces,
  options: LabelOptions = {},
): Record<(typeof sceneTasks)[number], LabelMap> {
  return {
    semseg: map(surfaces, 1, Float32Array.from(surfaces.semClass)),
    human_parts: map(surfaces, 1, parts(surfaces, options.partsIgnoreEmpty ?? true)),
    sal: map(surfaces, 1, saliency(surfaces)),
    normals: map(surfaces, 3, surfaces.normals),
    depth: map(surfaces, 1, surfaces.depth),
    edge: map(surfaces, 1, edges(surfaces)),
  };
}
