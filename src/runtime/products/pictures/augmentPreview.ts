/** What a run would make of one training image: for people who choose the random changes. */
import type { RunConfig } from "../../../contracts/runConfig";
import type { DataSource } from "../../../contracts/sample";
import type { Thumbnail } from "../../../contracts/survey";
import { taskOf } from "../../../core/tasks/registry";
import { toSquare } from "../../../data/augment/augment";
import { type Draw, PLAIN_DRAW } from "../../../data/augment/draw";
import { chooseSubset } from "../../../data/batches";
import { runBatches } from "../../run/prepare/prepare";
import { squarePictures } from "./pictures";

/** More would not be looked at. */
export const MOST_PREVIEWS = 64;

export interface AugmentPreview {
  /** At the model's size, as an evaluation sees an image. */
  readonly plain: Thumbnail;
  /** As the run's first epochs see it, one each. */
  readonly changed: readonly Thumbnail[];
}

export interface Previewed {
  /** With the run's own tasks, after its selection. */
  readonly source: DataSource;
  readonly config: RunConfig;
  /** The model's. */
  readonly imageSize: number;
  /** Of the training image among those that the run takes. */
  readonly index: number;
}

/**
 * The place of a training image among those that a run takes, by its id or by a place that is counted round; undefined where it is not among
 * them, or there are none.
 */
export function placeTaken(source: DataSource, config: RunConfig, image: string | number): number | undefined {
  const taken = chooseSubset(source, "train", config.data.train, config.training.seed);
  const place =
    typeof image === "number" ? image % taken.length : taken.findIndex((i) => source.id("train", i) === image);
  return place >= 0 ? place : undefined;
}

/** @throws where there is no such image, where its files cannot be read, or where `count` is no number of previews. */
export async function augmentPreview(
  { source, config, imageSize, index }: Previewed,
  count: number,
): Promise<AugmentPreview> {
  if (!(Number.isInteger(count) && count >= 0 && count <= MOST_PREVIEWS))
    throw new Error(`${count} previews were asked for; expected a whole number up to ${MOST_PREVIEWS}.`);
  const batches = runBatches(config, source, imageSize);
  if (!(Number.isInteger(index) && index >= 0 && index < batches.size.train))
    throw new Error(`There is no training image ${index}; the run has ${batches.size.train}, numbered from 0.`);
  const sample = await batches.sample("train", index);
  const tasks = config.tasks.map((id) => taskOf(id, config.customTasks));
  const formats = batches.formats;
  const thumbnail = (draw: Draw): Thumbnail => ({
    id: sample.id,
    ...squarePictures(toSquare(sample, imageSize, draw, formats), imageSize, tasks, source),
  });
  return {
    plain: thumbnail(PLAIN_DRAW),
    changed: Array.from({ length: count }, (_, epoch) => thumbnail(batches.drawOf(index, epoch))),
  };
}
