/**
 * Batches from a data set: which samples, in which order, changed how. All of it is a function of (settings, step), so that a step can be
 * repeated and a resumed run sees what the unbroken one would have seen.
 *
 * Letters: B batch, S side of the square, c channels of a label.
 */
import { builtInFormats, type LabelFormat, labelChannels } from "../contracts/labelFormat";
import { type NormalisationId, normalisations } from "../contracts/normalisation";
import type { AugmentConfig } from "../contracts/runConfig";
import { type Batch, type ByTask, type DataSource, IGNORE, type Sample, type Split } from "../contracts/sample";
import { random } from "../core/math/random";
import { type Draw, drawAugmentation, PLAIN_DRAW } from "./augment/draw";
import { type BatchRow, makeBatchRow, readAhead, type SampleMaker } from "./batchRow";
import { sampleCache } from "./sampleCache";

export const DEFAULT_CACHE_BYTES = 512 * 2 ** 20;

/** Rows that are made before they are asked for: those of two batches, as a run has up to two steps in flight, within these bytes. */
const BATCHES_AHEAD = 2;
const BYTES_AHEAD = 256 * 2 ** 20;

export interface BatchSettings {
  /** B. */
  readonly batchSize: number;
  /** S, pixels. */
  readonly imageSize: number;
  readonly seed: number;
  /** The tasks whose labels go into the batch; each has to be labelled in the data set. */
  readonly tasks: readonly string[];
  readonly augment: AugmentConfig;
  /** ImageNet's by default. */
  readonly normalisation?: NormalisationId;
  /** How many samples of a split are used: a seeded choice, in which a smaller number takes part of a larger one's. All by default. */
  readonly subset?: Readonly<Partial<Record<Split, number>>>;
  readonly cacheBytes?: number;
}

export interface Batches {
  /** Of the tasks in use. */
  readonly formats: ByTask<LabelFormat>;
  /** Samples in use. */
  readonly size: Readonly<Record<Split, number>>;
  /** Training steps until every sample in use was seen once; not always a whole number. */
  readonly stepsPerEpoch: number;
  /** How many batches an evaluation takes. */
  evalSteps(split: Split): number;
  /** The batch of a training step, from 0. Batches are always full: one epoch's order follows the other without a cut. */
  trainBatch(step: number): Promise<Batch>;
  /** One evaluation batch, from 0, unchanged but for the resize; the last one is filled up with rows of weight 0. */
  evalBatch(split: Split, step: number): Promise<Batch>;
  /** All evaluation batches of a split, in order. */
  evalBatches(split: Split): AsyncIterable<Batch>;
  /** How epoch `epoch`, from 0, changes the training sample at this place among those in use. */
  drawOf(index: number, epoch: number): Draw;
  /** A sample by its place among those in use, as the data set has it, for viewing. */
  sample(split: Split, index: number): Promise<Sample>;
}

/**
 * `maker`: makes the rows in place of this thread, which changes no number of them.
 * @throws where the settings do not fit the data set.
 */
export function createBatches(source: DataSource, settings: BatchSettings, maker?: SampleMaker): Batches {
  checkSettings(source, settings);
  const { batchSize, imageSize: side, seed } = settings;
  const choose = (split: Split): Uint32Array => chooseSubset(source, split, settings.subset?.[split] ?? 0, seed);
  const chosen = { train: choose("train"), val: choose("val") };
  const size = { train: chosen.train.length, val: chosen.val.length };
  const cache = sampleCache(source, settings.cacheBytes ?? DEFAULT_CACHE_BYTES);
  const sample = (split: Split, index: number): Promise<Sample> => cache.get(split, chosen[split][index]!);
  const formats = formatsOf(source, settings.tasks);
  const orderOf = rememberLast((epoch) => random(seed, "shuffle", epoch).permutation(size.train));

  const drawAt = (position: number): Draw => drawAugmentation(settings.augment, random(seed, "augment", position));
  const row = async (split: Split, inUse: number, draw: Draw): Promise<BatchRow> => {
    const here = async (): Promise<BatchRow> => makeBatchRow(await sample(split, inUse), { side, draw, formats });
    if (!maker) return here();
    const index = chosen[split][inUse]!;
    return maker.make({ split, index, id: source.id(split, index), side, draw, formats }, here);
  };
  const trainRows = readAhead(
    async (position) =>
      row("train", orderOf(Math.floor(position / size.train))[position % size.train]!, drawAt(position)),
    () => (maker?.ready ? rowsAhead(settings, formats) : 0),
  );
  const evalSteps = (split: Split): number => Math.ceil(size[split] / batchSize);
  const evalBatch = async (split: Split, step: number): Promise<Batch> => {
    const first = step * batchSize;
    const count = Math.min(batchSize, size[split] - first);
    if (!(count > 0)) throw new Error(`There is no evaluation batch ${step} of ${split}; it has ${evalSteps(split)}.`);
    return collate(await Promise.all(range(count).map((i) => row(split, first + i, PLAIN_DRAW))), settings, formats);
  };
  return {
    formats,
    size,
    stepsPerEpoch: size.train / batchSize,
    evalSteps,
    trainBatch: async (step) => collate(await trainRows(step * batchSize, batchSize), settings, formats),
    evalBatch,
    evalBatches: (split) => eachBatch(evalSteps(split), (step) => evalBatch(split, step), maker),
    drawOf: (index, epoch) => drawAt(epoch * size.train + orderOf(epoch).indexOf(index)),
    sample,
  };
}

function checkSettings(source: DataSource, { tasks, batchSize, imageSize, subset = {} }: BatchSettings): void {
  const offered = source.tasks.map(({ task }) => task);
  for (const task of tasks) {
    if (offered.includes(task)) continue;
    throw new Error(`${source.name} has no labels for ${task}. It has: ${offered.join(", ")}.`);
  }
  const counts = { "batch size": batchSize, "image size": imageSize, ...subset };
  for (const [name, count] of Object.entries(counts)) {
    if (Number.isInteger(count) && count > 0) continue;
    throw new Error(`The ${name} must be a whole number of at least 1, but it is ${count}.`);
  }
  if (source.size.train === 0) throw new Error(`${source.name} has no training samples.`);
}

/** How the labels of the tasks in use are to be treated. @throws where the data set says of a task neither this nor a built-in's id. */
function formatsOf(source: DataSource, used: readonly string[]): ByTask<LabelFormat> {
  const builtIn: ByTask<LabelFormat> = builtInFormats;
  return Object.fromEntries(
    used.map((id) => {
      const format = source.tasks.find(({ task }) => task === id)?.format ?? builtIn[id];
      if (!format) throw new Error(`${source.name} does not say what kind of labels ${id} has.`);
      return [id, format];
    }),
  );
}

/** Indices into the data set, in its order; `wanted`: how many, 0 for all. */
export function chooseSubset(source: DataSource, split: Split, wanted: number, seed: number): Uint32Array {
  const all = source.size[split];
  const count = Math.min(wanted > 0 ? wanted : all, all);
  if (count === all) return Uint32Array.from(range(all));
  return random(seed, "subset", split).permutation(all).slice(0, count).sort();
}

/** In order; the next one is begun while the caller works on one, where its rows are made elsewhere. */
async function* eachBatch(
  count: number,
  make: (step: number) => Promise<Batch>,
  maker: SampleMaker | undefined,
): AsyncGenerator<Batch> {
  let next: Promise<Batch> | undefined;
  for (let step = 0; step < count; step++) {
    const batch = await (next ?? make(step));
    next = maker?.ready && step + 1 < count ? make(step + 1) : undefined;
    // Whoever stops in between does not ask for it.
    next?.catch(() => {});
    yield batch;
  }
}

function rowsAhead({ batchSize, imageSize, tasks }: BatchSettings, formats: ByTask<LabelFormat>): number {
  const channels = tasks.reduce((sum, task) => sum + labelChannels(formats[task]!), 3);
  return Math.min(BATCHES_AHEAD * batchSize, Math.floor(BYTES_AHEAD / (4 * channels * imageSize ** 2)));
}

/** Rows → a batch of B; a task that a sample lacks, and the rows that are missing, are ignored. */
function collate(
  rows: readonly BatchRow[],
  { batchSize, imageSize, tasks, normalisation = "imagenet" }: BatchSettings,
  formats: ByTask<LabelFormat>,
): Batch {
  const pixels = imageSize * imageSize;
  const image = new Float32Array(batchSize * pixels * 3);
  const labels: Record<string, Float32Array> = {};
  const weight = new Float32Array(batchSize).fill(1, 0, rows.length);
  rows.forEach(({ square }, row) => {
    normalise(square.image, image, row * pixels * 3, normalisation);
  });
  for (const task of tasks) {
    const values = new Float32Array(batchSize * pixels * labelChannels(formats[task]!)).fill(IGNORE);
    rows.forEach(({ square }, row) => {
      const label = square.labels[task];
      if (label) values.set(label, row * label.length);
    });
    labels[task] = values;
  }
  return { size: batchSize, imageSize, image, labels, weight, ids: rows.map(({ id }) => id) };
}

/** 0..255 → (v/255 - mean) / deviation, channel by channel. */
function normalise(from: Float32Array, to: Float32Array, offset: number, id: NormalisationId): void {
  const { mean, deviation } = normalisations[id];
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (255 * deviation[channel]!);
    const shift = mean[channel]! / deviation[channel]!;
    for (let at = channel; at < from.length; at += 3) to[offset + at] = from[at]! * scale - shift;
  }
}

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** A batch lies in one epoch or two, so the last two answers are worth keeping. */
function rememberLast<T>(compute: (key: number) => T): (key: number) => T {
  const known = new Map<number, T>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = compute(key);
      known.set(key, value);
      const oldest = known.keys().next().value;
      if (known.size > 2 && oldest !== undefined) known.delete(oldest);
    }
    return value;
  };
}
