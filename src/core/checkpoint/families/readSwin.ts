/** A Swin's sizes from the shapes of its tensors. Letters: C channels, M side of a window, H heads, nW windows of an image. */
import type { SwinSettings } from "../../backbones/swin";
import { showShape } from "../../graph/node";
import type { SwinNames } from "../nameTables/swin";
import { countFrom0, type Glimpse, readPatch } from "../shapes";
import type { Reading } from "./family";

/** @throws where tables of positions are no squares, or tensors that every Swin has are absent. */
export function readSwin(table: SwinNames, file: Glimpse): Reading<SwinSettings> {
  const { width, patch } = readPatch(file, table.patch);
  const blocksOf = (stage: number): number =>
    countFrom0((block) => file.weight(`${table.block(stage, block)}.${table.norm1}`) !== undefined);
  const stages = countFrom0((stage) => blocksOf(stage) > 0);
  const tables = Array.from({ length: stages }, (_, stage) => readTable(table, file, stage));
  const window = Math.max(...tables.map((t) => t.window));
  const [hidden, channels] = file.need(`${table.block(0, 0)}.${table.fc1}.weight`, 2) as [number, number];
  const settings: SwinSettings = {
    patch,
    embed: width,
    depths: Array.from({ length: stages }, (_, stage) => blocksOf(stage)),
    heads: tables.map((t) => t.heads),
    window,
    mlpRatio: hidden / channels,
    dropPath: 0.2,
    featuresBeforeMerging: false,
  };
  const windows = tables.map((t) => t.window);
  const reading = readImageSize(settings, windows, file.shape(`${table.block(0, 1)}.attn_mask`));
  checkWindows(settings, windows, reading.imageSize);
  return { settings, ...reading, notes: [] };
}

/** @throws where a stage's window is neither that of the others nor, being smaller, its whole map. */
function checkWindows({ patch, window }: SwinSettings, windows: readonly number[], imageSize: number): void {
  const isAlike = windows.every((side) => side === window);
  if (!isAlike && windows.some((side, stage) => side !== Math.min(window, imageSize / patch / 2 ** stage)))
    throw new Error(
      `The file's stages have windows of sides ${windows.join(", ")} (AutoFormerV2's S3 models have such), but this studio's Swin has one side ` +
        "for all stages whose map is not smaller. Choose weights of a Swin with one window.",
    );
}

/** [(2M-1)²,H] → M and H. */
function readTable(
  table: SwinNames,
  file: Glimpse,
  stage: number,
): { readonly window: number; readonly heads: number } {
  const name = `${table.block(stage, 0)}.${table.positions}`;
  const shape = file.need(name, 2);
  const [offsets, heads] = shape as [number, number];
  const window = (Math.sqrt(offsets) + 1) / 2;
  if (!Number.isInteger(window))
    throw new Error(
      `"${file.key(name)}" is ${showShape(shape)} in the file; a table of (2M-1)² rows for windows of side M is expected.`,
    );
  return { window, heads };
}

/**
 * The side of the images: saved masks [nW,M²,M²] of the first stage tell it, and so does a stage whose window is smaller than the others',
 * for there it is the whole map. Else the last stage's map is taken to be one window, as in all released models.
 */
function readImageSize(
  { patch, window, depths }: SwinSettings,
  windows: readonly number[],
  mask: readonly number[] | undefined,
): Pick<Reading<SwinSettings>, "imageSize" | "assumed"> {
  const perSide = Math.sqrt(mask?.[0] ?? 0);
  if (perSide > 0 && Number.isInteger(perSide)) return { imageSize: patch * windows[0]! * perSide, assumed: [] };
  const smaller = windows.findLastIndex((side) => side < window);
  if (smaller >= 0) return { imageSize: patch * 2 ** smaller * windows[smaller]!, assumed: [] };
  const imageSize = patch * window * 2 ** (depths.length - 1);
  return {
    imageSize,
    assumed: [
      `Images of ${imageSize} pixels: the last stage's map is taken to be one window of ${window}, as in the released models.`,
    ],
  };
}
