/** A scene of the pool as a row of a batch. */
import { normalisations } from "../../../contracts/normalisation";
import { inputs } from "../../../core/model/graphs";
import { ATTRIBUTES } from "../../../core/train/pretrain";
import type { PoolMemory } from "../../workers/scenes/sceneMethods";

const { mean: MEAN, deviation: DEVIATION } = normalisations.imagenet;

/** Writes scene `index`, flipped or not, into row `row` of the feeds. */
export function fillRow(
  memory: PoolMemory,
  attributes: number,
  feeds: Record<string, Float32Array>,
  row: number,
  index: number,
  mirror: boolean,
): void {
  const { size, grid } = memory.spec;
  const image = feeds[inputs.image]!;
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const from = ((index * size + y) * size + (mirror ? size - 1 - x : x)) * 3;
      const to = ((row * size + y) * size + x) * 3;
      for (let c = 0; c < 3; c++) image[to + c] = (memory.images[from + c]! / 255 - MEAN[c]!) / DEVIATION[c]!;
    }
  const target = feeds[ATTRIBUTES]!;
  for (let y = 0; y < grid; y++)
    for (let x = 0; x < grid; x++) {
      const from = ((index * grid + y) * grid + (mirror ? grid - 1 - x : x)) * attributes;
      const to = ((row * grid + y) * grid + x) * attributes;
      for (let a = 0; a < attributes; a++) target[to + a] = memory.attributes[from + a]! / 255;
    }
}
