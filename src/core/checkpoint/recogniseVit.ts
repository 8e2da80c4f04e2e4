/** A plain vision transformer's sizes from the shapes of its tensors. Letters: C channels, L patches of an image. */
import type { VitSettings } from "../backbones/vit";
import { showShape } from "../graph/node";
import type { VitNames } from "./nameTables/table";
import type { Reading } from "./recognise";
import { countFrom0, type Glimpse, readPatch } from "./shapes";

/** Channels of a head in all released models but the widest. */
const HEAD_CHANNELS = 64;
/** Heads of released models whose heads are wider: ViT-So400m, ViT-H, ViT-g, ViT-G (Zhai et al., CVPR 2022). */
const unusualHeads: Readonly<Record<number, number>> = { 1152: 16, 1280: 16, 1408: 16, 1664: 16 };
/** Decoders get as many maps as a Swin gives, where there are blocks enough. */
const MAPS = 4;

/** @throws where positions are no square, or nothing says how many heads there are. */
export function readVit(table: VitNames, file: Glimpse): Reading<VitSettings> {
  const { width, patch } = readPatch(file, table.patch);
  const blocks = countFrom0((depth) => file.weight(`${table.block(depth)}.${table.norm1}`) !== undefined);
  const maps = Math.min(MAPS, blocks);
  const until = (map: number): number => Math.floor((map * blocks) / maps);
  const [hidden, channels] = file.need(`${table.block(0)}.${table.fc1}.weight`, 2) as [number, number];
  const distilled = file.shape(table.distillation) !== undefined;
  const { heads, assumed } = readHeads(width);
  const settings: VitSettings = {
    patch,
    width,
    depths: Array.from({ length: maps }, (_, map) => until(map + 1) - until(map)),
    heads,
    mlpRatio: hidden / channels,
    registers: file.shape(table.registers) ? file.need(table.registers, 3)[1]! : 0,
    dropPath: 0.1,
  };
  const scaled = file.shape(`${table.block(0)}.${table.scales[0]}`) !== undefined;
  return {
    settings,
    imageSize: patch * readSide(table, file, distilled),
    assumed,
    notes: [
      ...(distilled
        ? ["The distillation token is left out: maps come from the patches, and its part in their attention is lost."]
        : []),
      ...(scaled ? ["Layer scales are folded into the weights behind them, which computes the same."] : []),
    ],
  };
}

function readHeads(width: number): { readonly heads: number; readonly assumed: readonly string[] } {
  const told = (heads: number): ReturnType<typeof readHeads> => ({
    heads,
    assumed: [`${heads} attention heads: shapes do not tell, released models of ${width} channels have as many.`],
  });
  if (unusualHeads[width] !== undefined) return told(unusualHeads[width]);
  if (width % HEAD_CHANNELS === 0) return told(width / HEAD_CHANNELS);
  if (width < HEAD_CHANNELS)
    return {
      heads: 1,
      assumed: [
        `1 attention head: shapes do not tell, and ${width} channels are fewer than the usual ${HEAD_CHANNELS} of a head.`,
      ],
    };
  throw new Error(
    `The file's tokens have ${width} channels, and shapes do not tell how many heads share them; ` +
      `supported are multiples of ${HEAD_CHANNELS}, and ${Object.keys(unusualHeads).join(", ")}.`,
  );
}

/** The grid's side: positions are [1,L,C], or with rows for the class token and the distillation token before the patches'. */
function readSide(table: VitNames, file: Glimpse, distilled: boolean): number {
  const shape = file.need(table.positions, 3);
  for (const leading of distilled ? [2] : [1, 0]) {
    const side = Math.sqrt(shape[1]! - leading);
    if (Number.isInteger(side) && side > 0) return side;
  }
  throw new Error(
    `"${file.key(table.positions)}" is ${showShape(shape)} in the file; positions of a square of patches are expected, ` +
      "alone or behind those of the class token and the distillation token.",
  );
}
