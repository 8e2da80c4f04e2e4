/** What may happen to the files of a data set: damaged, exchanged, missing, or others in their place. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { damaged } from "../unit/corruptions";
import { type Files, text } from "./dataSet";
import { writeMat } from "./writeMat";
import { writeNpy } from "./writeNpy";
import { writePng } from "./writePng";

/** Of the pictures that are injured; wider than high, so that one on its side is told. */
export const SIZE = { width: 12, height: 8, train: 2, val: 2 };
const [WIDTH, HEIGHT] = [SIZE.width, SIZE.height];
export const filled = (count: number, value: number): number[] => new Array<number>(count).fill(value);
export const grey = (width: number, height: number, depth: number, value: number): Uint8Array =>
  writePng({ width, height, colour: 0, depth, data: filled(width * height, value) });
const npy = (type: string, shape: readonly number[], value: number): Uint8Array =>
  writeNpy(
    type,
    shape,
    filled(
      shape.reduce((a, b) => a * b, 1),
      value,
    ),
  );

/** What stands in the place of a file: another format, another size, values that are no labels. */
const STRANGERS: readonly Uint8Array[] = [
  new Uint8Array(),
  text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
  text("<!DOCTYPE html><title>404</title>"),
  Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a),
  Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0),
  Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x0a, 0),
  grey(1, 1, 8, 0),
  grey(HEIGHT, WIDTH, 8, 1),
  grey(WIDTH + 1, HEIGHT, 8, 1),
  grey(2 * WIDTH, 2 * HEIGHT, 8, 1),
  grey(WIDTH, HEIGHT, 8, 254),
  grey(WIDTH, HEIGHT, 16, 60_000),
  grey(WIDTH, HEIGHT, 1, 1),
  writePng({ width: WIDTH, height: HEIGHT, colour: 2, depth: 8, data: filled(3 * WIDTH * HEIGHT, 90) }),
  writePng({
    width: WIDTH,
    height: HEIGHT,
    colour: 3,
    depth: 8,
    data: filled(WIDTH * HEIGHT, 9),
    palette: [[1, 2, 3]],
  }),
  npy("f4", [HEIGHT, WIDTH], Number.NaN),
  npy("f4", [HEIGHT, WIDTH, 3], Number.NaN),
  npy("f8", [HEIGHT, WIDTH], Number.POSITIVE_INFINITY),
  npy("f8", [HEIGHT, WIDTH], 1e300),
  npy("f4", [HEIGHT, WIDTH], 0.5),
  npy("i2", [HEIGHT, WIDTH], -7),
  npy("i8", [HEIGHT, WIDTH], 2 ** 40),
  npy("u1", [HEIGHT, WIDTH, 5], 1),
  npy("u1", [0, WIDTH], 1),
  npy("f4", [HEIGHT, WIDTH - 1, 3], 0.5),
  writeMat({}),
  writeMat({ a: { text: "words" } }),
  writeMat({ LabelMap: { class: "double", shape: [HEIGHT, WIDTH], data: filled(WIDTH * HEIGHT, Number.NaN) } }),
  writeMat({ depth: { class: "double", shape: [WIDTH, HEIGHT], data: filled(WIDTH * HEIGHT, 2) } }),
  writeMat({ anno: { fields: ["objects"], elements: [] } }),
  new Uint8Array(readFileSync("tests/fixtures/arrays/full.jpg")),
];

export type Injury = (files: Files) => { readonly files: Files; readonly paths: readonly string[] };

/** One thing that happens to a data set's files, and the paths that it happens to. */
export function injuries(files: Files): fc.Arbitrary<Injury> {
  const paths = Object.keys(files);
  const path = fc.constantFrom(...paths);
  const replaced =
    (at: string, bytes: Uint8Array): Injury =>
    (all) => ({ files: { ...all, [at]: bytes }, paths: [at] });
  const without =
    (at: string): Injury =>
    ({ [at]: _, ...rest }) => ({ files: rest, paths: [at] });
  const swapped =
    (a: string, b: string): Injury =>
    (all) => {
      if (!all[a] || !all[b]) return { files: all, paths: [] };
      return { files: { ...all, [a]: all[b], [b]: all[a] }, paths: [a, b] };
    };
  const lists = paths.filter((name) => /\.(txt|csv|json)$/.test(name));
  const bytesOf = (at: string) => damaged(files[at]!).map((bytes) => replaced(at, bytes));
  return fc.oneof(
    path.chain(bytesOf),
    ...(lists.length > 0 ? [fc.constantFrom(...lists).chain(bytesOf)] : []),
    { weight: 2, arbitrary: fc.tuple(path, fc.constantFrom(...STRANGERS)).map(([at, bytes]) => replaced(at, bytes)) },
    path.map(without),
    fc.tuple(path, path).map(([a, b]) => swapped(a, b)),
  );
}
