/** Data sets made in memory: the scenes of the built-in source as files, and ways to spoil them. */

import type { FileOptions } from "../../src/contracts/dataOrigin";
import type { LabelEncoding } from "../../src/contracts/labelEncoding";
import { IGNORE, type LabelMap, type Sample } from "../../src/contracts/sample";
import type { Guess, Survey } from "../../src/contracts/survey";
import type { FileTree } from "../../src/data/fileTree";
import { encodePng } from "../../src/data/io/png";
import { type OpenedData, openData } from "../../src/data/layouts";
import { scenesSource } from "../../src/data/scenes";
import { type SurveyOptions, surveyData } from "../../src/data/survey";

export type Files = Record<string, Uint8Array>;

export const text = (content: string): Uint8Array => new TextEncoder().encode(content);

export const memoryFiles = (files: Files): FileTree => ({
  list: async () => Object.keys(files),
  read: async (path) => {
    const bytes = files[path];
    if (!bytes) throw new Error(`no ${path}`);
    return bytes;
  },
});

export const open = (files: Files, options: Partial<FileOptions> = {}): Promise<OpenedData> =>
  openData(memoryFiles(files), { name: "test", seed: 1, ...options });

export const survey = async (
  files: Files,
  labelEncodings: Readonly<Record<string, LabelEncoding>> = {},
  options: SurveyOptions = {},
): Promise<Survey> => surveyData(await open(files, { labelEncodings }), options);

export const task = (found: Survey, id: string) => found.tasks.find((entry) => entry.task === id)!;
export const guess = (found: Survey, id: string, name: string): Guess | undefined =>
  task(found, id).guesses.find((entry) => entry.id === name);
export const doubts = (found: Survey): string[] =>
  found.tasks.flatMap(({ task, guesses }) => guesses.filter((g) => g.doubtful).map(({ id }) => `${task}: ${id}`));

export const grey = (width: number, height: number, data: ArrayLike<number>): Uint8Array =>
  encodePng({ width, height, channels: 1, data: Uint8Array.from(data) });
export const grey16 = (width: number, height: number, data: ArrayLike<number>): Uint8Array =>
  encodePng({ width, height, channels: 1, data: Uint16Array.from(data) });
export const rgb = (width: number, height: number, data: ArrayLike<number>): Uint8Array =>
  encodePng({ width, height, channels: 3, data: Uint8Array.from(data) });

type Numbers = Uint8Array | Int16Array | Int32Array | Uint16Array | Float32Array;
const types = new Map<unknown, string>([
  [Uint8Array, "|u1"],
  [Uint16Array, "<u2"],
  [Int16Array, "<i2"],
  [Int32Array, "<i4"],
  [Float32Array, "<f4"],
]);

/** data: [H,W,C] */
export function npy(height: number, width: number, data: Numbers): Uint8Array {
  const channels = data.length / (height * width);
  const shape = channels === 1 ? `${height}, ${width}` : `${height}, ${width}, ${channels}`;
  const line = `{'descr': '${types.get(data.constructor)}', 'fortran_order': False, 'shape': (${shape}), }`;
  const header = text(`${line.padEnd(117)}\n`);
  const start = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0);
  const body = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const bytes = new Uint8Array(start.length + header.length + body.length);
  bytes.set(start);
  bytes.set(header, start.length);
  bytes.set(body, start.length + header.length);
  return bytes;
}

/** Side of the scenes in pixels. */
export const SIDE = 64;
const source = scenesSource({ size: SIDE, train: 8, val: 2, seed: 5 });

/** Eight scenes with all their labels. */
export const scenes: readonly Sample[] = await Promise.all(
  Array.from({ length: 8 }, (_, index) => source.load("train", index)),
);
export const sceneClassCount = source.tasks.find(({ task }) => task === "semseg")!.classCount!;

/** Images of the scenes with one task's labels, written by `write`. */
export function sceneFiles(name: string, write: (label: LabelMap, scene: number) => Uint8Array, ending = "png"): Files {
  const files: Files = {};
  scenes.forEach(({ image, labels }, i) => {
    files[`images/s${i}.png`] = rgb(SIDE, SIDE, image.data);
    files[`${name}/s${i}.${ending}`] = write(labels[name]!, i);
  });
  return files;
}

const known = (value: number, otherwise: number, write: (value: number) => number): number =>
  value === IGNORE ? otherwise : write(value);

/** As data sets are written that need no reading. */
export const written = {
  semseg: ({ data }: LabelMap) => grey(SIDE, SIDE, data),
  sal: ({ data }: LabelMap) =>
    grey(
      SIDE,
      SIDE,
      data.map((v) => known(v, 0, (yes) => 255 * yes)),
    ),
  edge: ({ data }: LabelMap) =>
    grey(
      SIDE,
      SIDE,
      data.map((v) => known(v, 0, (yes) => 255 * yes)),
    ),
  depth: ({ data }: LabelMap) =>
    grey16(
      SIDE,
      SIDE,
      data.map((v) => known(v, 0, (metres) => Math.round(1000 * metres))),
    ),
  normals: ({ data }: LabelMap) =>
    rgb(
      SIDE,
      SIDE,
      data.map((v) => known(v, 0, (x) => Math.round(127.5 * (x + 1)))),
    ),
} as const;

/** Labels as they are read with the labelEncodings, by the scene's number. */
export async function readLabels(
  files: Files,
  name: string,
  labelEncodings: Readonly<Record<string, LabelEncoding>>,
): Promise<ReadonlyMap<number, LabelMap>> {
  const { source } = await open(files, { labelEncodings });
  const labels = new Map<number, LabelMap>();
  for (const split of ["train", "val"] as const)
    for (let index = 0; index < source.size[split]; index++) {
      const sample = await source.load(split, index);
      labels.set(Number(sample.id.slice(1)), sample.labels[name]!);
    }
  return labels;
}
