/**
 * Scenes: the built-in procedural data set. Small indoor rooms, ray-cast, with exact labels for six tasks, at any size, without end.
 *
 * Camera space of the normals: x right, y up, z towards the camera. Depth: metres along the camera's axis. Labels are taken at the pixels'
 * centres; the colour image is antialiased.
 */
import type { DataSource, Sample, Split } from "../../contracts/sample";
import { attributesOf } from "./attributes";
import { sceneClasses, scenePartClasses } from "./classes";
import { Painter } from "./colors";
import { Eye } from "./eye";
import { type LabelOptions, labelMaps, sceneTasks } from "./labels";

export { sceneTasks } from "./labels";

import { composeScene } from "./layout";
import { surfacesOf } from "./surfaces";

export { attributeCount, attributeGroups, sceneClasses, scenePartClasses } from "./classes";

export interface RenderOptions extends LabelOptions {
  /** Colour samples per pixel and axis. Default 2, from 160 pixels of height on 3. */
  readonly samples?: number;
}

/** Seeds are integers below 2^52, so that both splits of every seed have a key of their own in the exact integers. */
export const SEED_LIMIT = 2 ** 52;

/**
 * The key of a scene. It is one-to-one in (seed, split): training keys are even and validation keys odd, so no training scene is ever
 * a validation scene, whatever the seeds.
 */
export function sceneKey(seed: number, split: Split): number {
  if (!Number.isInteger(seed) || seed < 0 || seed >= SEED_LIMIT) {
    throw new Error(`A scene's seed must be an integer from 0 to 2^52 - 1, got ${seed}.`);
  }
  return seed * 2 + (split === "val" ? 1 : 0);
}

/** Renders the scene of a seed with all its labels. */
export function renderScene(
  seed: number,
  split: Split,
  width: number,
  height: number,
  options: RenderOptions = {},
): Sample {
  return render(seed, split, width, height, options).sample;
}

function render(seed: number, split: Split, width: number, height: number, options: RenderOptions) {
  const eye = new Eye(composeScene(sceneKey(seed, split)), width, height);
  const surfaces = surfacesOf(eye);
  const { image, irradiance } = new Painter(eye, surfaces).render(options.samples ?? (height >= 160 ? 3 : 2));
  const sample: Sample = {
    id: sceneId(split, seed),
    image: { width, height, data: image },
    labels: labelMaps(surfaces, options),
  };
  return { sample, surfaces, irradiance };
}

/** One render for both: the sample, and its attributes [grid,grid,attributeCount] (see attributeGroups). The grid must divide both sides. */
export function renderSceneWithAttributes(
  seed: number,
  split: Split,
  width: number,
  height: number,
  grid: number,
  options: RenderOptions = {},
): { sample: Sample; attributes: Float32Array } {
  const { sample, surfaces, irradiance } = render(seed, split, width, height, options);
  return { sample, attributes: attributesOf(surfaces, irradiance, grid) };
}

/** Scenes of one run seed lie this far apart from those of the next. */
const SEEDS_PER_RUN = 2 ** 24;

export interface ScenesOptions extends RenderOptions {
  /** Side of the square pictures. */
  readonly size: number;
  /** How many scenes each split has; at most 2^24. */
  readonly train: number;
  readonly val: number;
  /** Which endless series of scenes, 0 to 2^28 - 1. */
  readonly seed: number;
}

const sceneId = (split: Split, seed: number): string => `scene-${split}-${seed}`;

/** Scenes as a data source: every load renders. */
export function scenesSource(options: ScenesOptions): DataSource {
  const { size, train, val, seed } = options;
  if (
    Math.max(train, val) > SEEDS_PER_RUN ||
    !Number.isInteger(seed) ||
    seed < 0 ||
    seed >= SEED_LIMIT / SEEDS_PER_RUN
  ) {
    throw new Error(
      `Scenes hold at most 2^24 pictures per split and seeds from 0 to 2^28 - 1, got ${train} + ${val} pictures and seed ${seed}.`,
    );
  }
  const count = { train, val };
  const seedOf = (split: Split, index: number): number => {
    if (Number.isInteger(index) && index >= 0 && index < count[split]) return seed * SEEDS_PER_RUN + index;
    throw new Error(`Scenes has ${count[split]} ${split} pictures, numbered from 0; there is no number ${index}.`);
  };
  const names = { semseg: sceneClasses, human_parts: scenePartClasses } as const;
  return {
    name: "Scenes",
    tasks: sceneTasks.map((task) => {
      if (task === "normals") return { task, format: { kind: "unit", flipX: true, yUp: true } };
      if (task !== "semseg" && task !== "human_parts") return { task };
      return { task, classes: names[task].map((entry) => entry.name), classCount: names[task].length };
    }),
    size: count,
    origin: { kind: "scenes", options },
    load: async (split, index) => renderScene(seedOf(split, index), split, size, size, options),
    id: (split, index) => sceneId(split, seedOf(split, index)),
  };
}
