/** A sample as a small picture with the colours of its labels, as people look through a data set. */

import type { Picture } from "../../../contracts/picture";
import type { RunConfig } from "../../../contracts/runConfig";
import type { DataSource, LabelMap, RgbImage, Sample, Split } from "../../../contracts/sample";
import type { Thumbnail } from "../../../contracts/survey";
import { nearestIndices } from "../../../core/math/interpolation";
import { taskOf } from "../../../core/tasks/registry";
import { paletteOf } from "./pictures";

const NOTHING: Picture = { width: 0, height: 0, rgba: new Uint8ClampedArray(0) };

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * `source`: the data set with the run's own tasks; `side`: the largest height in pixels, never more than the sample's own.
 * Rejects only where there is no such sample: files that cannot be read become the thumbnail's problem.
 */
export async function makeThumbnail(
  source: DataSource,
  split: Split,
  index: number,
  side: number,
  config: Pick<RunConfig, "customTasks">,
): Promise<Thumbnail> {
  const id = source.id(split, index);
  let sample: Sample;
  try {
    sample = await source.load(split, index);
  } catch (error) {
    return { id, image: NOTHING, labels: [], problem: (error as Error).message };
  }
  const size = fitted(sample.image, side);
  const labels = source.tasks.flatMap(({ task }) => {
    const label = sample.labels[task];
    if (!label) return [];
    const colours = taskOf(task, config.customTasks).paintLabel(nearest(label, size), paletteOf(source, task));
    return [{ task, picture: { ...size, rgba: colours } }];
  });
  return { id, image: { ...size, rgba: averaged(sample.image, size) }, labels };
}

/** The picture's size at most `side` high, its aspect ratio kept. */
function fitted({ width, height }: Size, side: number): Size {
  const scale = Math.min(1, side / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Each pixel is the mean of those that it stands for. [H,W,3] → [h,w,4] */
function averaged({ width, height, data }: RgbImage, size: Size): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(4 * size.width * size.height).fill(255);
  const columns = parts(width, size.width);
  const rows = parts(height, size.height);
  for (let y = 0; y < size.height; y++)
    for (let x = 0; x < size.width; x++) {
      const [top, bottom, left, right] = [rows[y]!, rows[y + 1]!, columns[x]!, columns[x + 1]!];
      const sums: [number, number, number] = [0, 0, 0];
      for (let row = top; row < bottom; row++)
        for (let at = 3 * (row * width + left); at < 3 * (row * width + right); at += 3)
          for (let c = 0; c < 3; c++) sums[c]! += data[at + c]!;
      const pixels = (bottom - top) * (right - left);
      for (let c = 0; c < 3; c++) rgba[4 * (y * size.width + x) + c] = sums[c]! / pixels;
    }
  return rgba;
}

/** Where each of `count` parts of a side begins, and the end. Parts are never empty, as there are at most as many as pixels. */
const parts = (length: number, count: number): readonly number[] =>
  Array.from({ length: count + 1 }, (_, i) => Math.floor((i * length) / count));

/** [H,W,d] → [h,w,d] */
function nearest({ width, height, channels, data }: LabelMap, size: Size): Float32Array {
  const rows = nearestIndices(size.height, height);
  const columns = nearestIndices(size.width, width);
  const small = new Float32Array(size.width * size.height * channels);
  for (let y = 0; y < size.height; y++)
    for (let x = 0; x < size.width; x++) {
      const from = (rows[y]! * width + columns[x]!) * channels;
      for (let c = 0; c < channels; c++) small[(y * size.width + x) * channels + c] = data[from + c]!;
    }
  return small;
}
