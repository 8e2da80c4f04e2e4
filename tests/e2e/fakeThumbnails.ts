/** Small pictures of rendered scenes with their labels, plain and changed at random. */

import type { Picture } from "../../src/contracts/picture";
import type { AugmentConfig, RunConfig, TaskId } from "../../src/contracts/runConfig";
import type { Split } from "../../src/contracts/sample";
import type { Thumbnail } from "../../src/contracts/survey";
import { taskOf } from "../../src/core/tasks/registry";
import { renderScene } from "../../src/data/scenes";
import { noise } from "./fakeNumbers";
import { palettes } from "./fakePictures";

export function thumbnailOf(tasks: readonly TaskId[], split: Split, index: number, side: number): Thumbnail {
  const height = Math.min(side, 120);
  const width = Math.round((4 / 3) * height);
  const scene = renderScene(index, split, width, height);
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) rgba[4 * i + c] = scene.image.data[3 * i + c]!;
  return {
    id: scene.id,
    image: { width, height, rgba },
    labels: tasks.map((task) => ({
      task,
      picture: { width, height, rgba: taskOf(task).paintLabel(scene.labels[task]!.data, palettes[task]) },
    })),
  };
}

/** The picture as the settings may change it; all pictures of one sample by the same draw. */
function changed({ width, height, rgba }: Picture, augment: AugmentConfig, seed: number, colours: boolean): Picture {
  const random = noise(seed);
  const draw = (): number => 2 * random();
  const flip = augment.horizontalFlip && seed % 2 === 0;
  const zoom = augment.scaleMin + (draw() / 2 + 0.5) * (augment.scaleMax - augment.scaleMin);
  const angle = (draw() * augment.rotationDegrees * Math.PI) / 180;
  const light = colours ? 1 + draw() * augment.colourJitter : 1;
  const out = new Uint8ClampedArray(rgba.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const u = ((flip ? width - 1 - x : x) - width / 2) / zoom;
      const v = (y - height / 2) / zoom;
      const fromX = Math.round(width / 2 + u * Math.cos(angle) - v * Math.sin(angle));
      const fromY = Math.round(height / 2 + u * Math.sin(angle) + v * Math.cos(angle));
      if (fromX < 0 || fromX >= width || fromY < 0 || fromY >= height) continue;
      const from = 4 * (fromY * width + fromX);
      const to = 4 * (y * width + x);
      for (let c = 0; c < 3; c++) out[to + c] = light * rgba[from + c]!;
      out[to + 3] = rgba[from + 3]!;
    }
  return { width, height, rgba: out };
}

export function changesOf(plain: Thumbnail, { data: { augment } }: RunConfig, count: number): Thumbnail[] {
  return Array.from({ length: count }, (_, i) => ({
    id: plain.id,
    image: changed(plain.image, augment, i + 2, true),
    labels: plain.labels.map(({ task, picture }) => ({ task, picture: changed(picture, augment, i + 2, false) })),
  }));
}
