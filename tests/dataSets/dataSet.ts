/** Data sets in published layouts made of Scenes: the files in memory, and what a reader must find in them. */
import { encode } from "jpeg-js";
import { IGNORE, type LabelMap, type RgbImage, type Sample, type Split } from "../../src/contracts/sample";
import { type BuiltInTask, taskIds } from "../../src/contracts/tasks";
import { renderScene, sceneClasses } from "../../src/data/scenes";
import { semantic } from "../../src/data/scenes/classes";
import { writePng } from "./writePng";

export type Files = Record<string, Uint8Array>;

export interface MadeSample {
  readonly id: string;
  readonly split: Split;
  readonly image: RgbImage;
  readonly labels: Readonly<Record<string, LabelMap>>;
}

/** How far a value that was read may lie from the one that was rendered. */
export interface Tolerances {
  /** Mean difference of the image's values, of 255; 0: none may differ. */
  readonly image?: number;
  /** Largest difference by task; absent: none. Normals: of each of the three numbers. */
  readonly labels?: Readonly<Partial<Record<string, number>>>;
  /** Depth: as a part of itself, in place of metres. */
  readonly relativeDepth?: number;
}

export interface MadeDataSet {
  readonly layout: string;
  readonly files: Files;
  readonly samples: readonly MadeSample[];
  /** There are no lists of the splits: the reader draws them. */
  readonly drawn?: true;
  /** The tasks that the layout must offer, with the names of their classes. */
  readonly tasks: Readonly<Record<string, { readonly classes?: readonly string[]; readonly classCount?: number }>>;
  readonly tolerances: Tolerances;
  /** Paths that must be reported as left out. */
  readonly leftOut?: readonly string[];
}

export interface MakeOptions {
  readonly width: number;
  readonly height: number;
  readonly train: number;
  readonly val: number;
}

export interface Scene extends Sample {
  readonly split: Split;
  /** Within its split. */
  readonly index: number;
  readonly labels: Readonly<Record<BuiltInTask, LabelMap>>;
}

const rendered = new Map<string, Scene[]>();

/** Scenes whose windows have no class, depth and normals: every format has its way to say so. All layouts share them. */
export function scenesFor(options: MakeOptions): readonly Scene[] {
  const key = JSON.stringify(options);
  if (!rendered.has(key)) rendered.set(key, renderAll(options));
  return rendered.get(key)!;
}

function renderAll({ width, height, train, val }: MakeOptions): Scene[] {
  const split = (name: Split, count: number) =>
    Array.from({ length: count }, (_, i) => renderOne(name, i, width, height));
  return [...split("train", train), ...split("val", val)];
}

function renderOne(split: Split, index: number, width: number, height: number): Scene {
  const { id, image, labels } = renderScene(index, split, width, height);
  const { data } = labels.semseg!;
  const withoutWindows = (task: BuiltInTask): LabelMap => {
    const label = labels[task]!;
    return mapped(label, (value, i) => (data[Math.floor(i / label.channels)] === semantic.window ? IGNORE : value));
  };
  const all = Object.fromEntries(taskIds.map((task) => [task, labels[task]!])) as Record<BuiltInTask, LabelMap>;
  const masked = (["semseg", "depth", "normals"] as const).map((task) => [task, withoutWindows(task)] as const);
  return { id, split, index, image, labels: { ...all, ...Object.fromEntries(masked) } };
}

export const text = (content: string): Uint8Array => new Uint8Array(Buffer.from(content));

/** The ids of a split, one a line. */
export const list = (samples: readonly MadeSample[], split: Split): Uint8Array =>
  text(`${samples.flatMap((sample) => (sample.split === split ? [sample.id] : [])).join("\n")}\n`);

/** The same map with other values. */
export const mapped = (label: LabelMap, change: (value: number, i: number) => number): LabelMap => ({
  ...label,
  data: label.data.map(change),
});

/** Values of a map with a mark in place of `IGNORE`. */
export const marked = ({ data }: LabelMap, mark: number, change = (value: number): number => value): number[] =>
  Array.from(data, (value) => (value === IGNORE ? mark : change(value)));

/** The highest value of all maps of a task that is a label. */
export function highestLabel(samples: readonly { readonly labels: MadeSample["labels"] }[], task: string): number {
  let highest = 0;
  for (const { labels } of samples)
    for (const value of labels[task]!.data) if (value !== IGNORE && value > highest) highest = value;
  return highest;
}

export function jpeg({ width, height, data }: RgbImage, quality = 95): Uint8Array {
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) rgba.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
  return new Uint8Array(encode({ width, height, data: rgba }, quality).data);
}

export const colourPng = ({ width, height, data }: RgbImage): Uint8Array =>
  writePng({ width, height, colour: 2, depth: 8, data });

/** One number a pixel. */
export const greyPng = (label: LabelMap, depth: number, mark = 0, change?: (value: number) => number): Uint8Array =>
  writePng({ width: label.width, height: label.height, colour: 0, depth, data: marked(label, mark, change) });

export const palettePng = (label: LabelMap, palette: readonly (readonly number[])[]): Uint8Array =>
  writePng({ width: label.width, height: label.height, colour: 3, depth: 8, data: marked(label, IGNORE), palette });

/** 256 colours, of which the first are those of Scenes. */
export const PALETTE = Array.from({ length: 256 }, (_, i) => sceneClasses[i]?.color ?? [i, 255 - i, 128]);

/** Directions as colours of `depth` bits, mid-grey where there is none. */
export const directionColours = ({ data }: LabelMap, depth: 8 | 16): number[] =>
  Array.from(data, (value) => (value === IGNORE ? 2 ** (depth - 1) : Math.round(((value + 1) / 2) * (2 ** depth - 1))));

export const directionsPng = (label: LabelMap, depth: 8 | 16): Uint8Array =>
  writePng({ width: label.width, height: label.height, colour: 2, depth, data: directionColours(label, depth) });

/** Quantisation to 8 bits is 1/255 a number, and making the vector unit again moves it by no more. */
export const DIRECTION_TOLERANCE_8_BITS = 2 / 255;
export const DIRECTION_TOLERANCE_16_BITS = 2 / 65535;
/** JPEG at quality 95 changes these pictures, whose colours change sharply at every edge, by 2 to 3 of 255 on average. */
export const JPEG_TOLERANCE = 4;
