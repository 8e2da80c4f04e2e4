/** Images, truths and predictions as pictures for people. */

import { type Normalisation, normalisations } from "../../../contracts/normalisation";
import type { Picture } from "../../../contracts/picture";
import type { TaskId } from "../../../contracts/runConfig";
import type { SamplePictures } from "../../../contracts/runEvent";
import type { Batch, ByTask, DataSource } from "../../../contracts/sample";
import type { ModelTask } from "../../../core/model/model";
import type { Palette, Task } from "../../../core/tasks/task";
import type { SquareSample } from "../../../data/augment/augment";
import { sceneClasses, scenePartClasses } from "../../../data/scenes";
import type { Shown } from "../../run/prepare/preparedRun";
import type { RunParts } from "../../run/prepare/runParts";

/** Row `row` of a batch as a picture: the normalisation undone. */
function imagePicture({ image, imageSize }: Batch, row: number, { mean, deviation }: Normalisation): Picture {
  const pixels = imageSize * imageSize;
  const rgba = new Uint8ClampedArray(4 * pixels).fill(255);
  for (let i = 0; i < pixels; i++)
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = 255 * (image[(row * pixels + i) * 3 + c]! * deviation[c]! + mean[c]!);
  return { width: imageSize, height: imageSize, rgba };
}

const palettes: ByTask<Palette> = {
  semseg: sceneClasses.map(({ color }) => color),
  human_parts: scenePartClasses.map(({ color }) => color),
};

/** The data set's own colours of a task's classes, where it has some. */
export const paletteOf = ({ name }: DataSource, task: TaskId): Palette | undefined =>
  name === "Scenes" ? palettes[task] : undefined;

/** A sample at training size and its labels of these tasks, as far as it has them. */
export function squarePictures(
  { image, labels }: SquareSample,
  side: number,
  tasks: readonly Task[],
  source: DataSource,
): { readonly image: Picture; readonly labels: readonly { readonly task: TaskId; readonly picture: Picture }[] } {
  const picture = (rgba: Uint8ClampedArray<ArrayBuffer>): Picture => ({ width: side, height: side, rgba });
  const rgba = new Uint8ClampedArray(4 * side * side).fill(255);
  for (let i = 0; i < side * side; i++) for (let c = 0; c < 3; c++) rgba[4 * i + c] = image[3 * i + c]!;
  return {
    image: picture(rgba),
    labels: tasks.flatMap((task) => {
      const label = labels[task.id];
      return label ? [{ task: task.id, picture: picture(task.paintLabel(label, paletteOf(source, task.id))) }] : [];
    }),
  };
}

/** The samples that a run shows, their truths and its predictions. */
export function predictionPictures(
  { config, model, source }: Pick<RunParts, "config" | "model" | "source">,
  shown: readonly Shown[],
): readonly SamplePictures[] {
  const colours = normalisations[config.input.normalisation];
  return shown.flatMap((found) => samplePictures(found, model.tasks, source, colours));
}

function samplePictures(
  { batch, rows, logits }: Shown,
  modelTasks: readonly ModelTask[],
  source: DataSource,
  normalisation: Normalisation,
): readonly SamplePictures[] {
  const side = batch.imageSize;
  const pixels = side * side;
  const picture = (rgba: Uint8ClampedArray<ArrayBuffer>): Picture => ({ width: side, height: side, rgba });
  return Array.from({ length: rows }, (_, row) => ({
    id: batch.ids[row]!,
    image: imagePicture(batch, row, normalisation),
    tasks: modelTasks.map(({ id, task, channels }) => {
      const palette = paletteOf(source, id);
      const rowOf = (data: Float32Array, width: number): Float32Array =>
        data.subarray(row * pixels * width, (row + 1) * pixels * width);
      const label = batch.labels[id];
      return {
        task: id,
        truth: label ? picture(task.paintLabel(rowOf(label, task.labelChannels), palette)) : null,
        prediction: picture(task.paintPrediction(rowOf(logits[id]!, channels), channels, palette)),
      };
    }),
  }));
}
