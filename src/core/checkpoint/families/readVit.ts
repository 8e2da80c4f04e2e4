/** A plain vision transformer's sizes from the shapes of its tensors. Letters: C channels, L patches of an image. */
import type { VitSettings } from "../../backbones/vit";
import { showShape } from "../../graph/node";
import type { VitNames } from "../nameTables/vit";
import { countFrom0, type Glimpse, readPatch } from "../shapes";
import type { Reading } from "./family";
import { countExtra, leadingRows } from "./leadingTokens";

/** Channels of a head in all released models but the widest. */
const HEAD_CHANNELS = 64;
/** Heads of released models whose heads are wider: ViT-So400m, ViT-H, ViT-g, ViT-G (Zhai et al., CVPR 2022). */
const unusualHeads: Readonly<Record<number, number>> = { 1152: 16, 1280: 16, 1408: 16, 1664: 16 };
/** MoCo v3 (Chen et al., ICCV 2021) has 12 heads in its small model too, where all others of that width have 6. */
const moco = { inPrefix: /\b(base|momentum)_encoder\./, width: 384, heads: 12 };
/** Decoders get as many maps as a Swin gives, where there are blocks enough. */
const MAPS = 4;

/** @throws where there is no class token, positions are no square, or nothing says how many heads there are. */
export function readVit(table: VitNames, file: Glimpse): Reading<VitSettings> {
  const { width, patch } = readPatch(file, table.patch);
  const blocks = countFrom0((depth) => file.weight(`${table.block(depth)}.${table.norm1}`) !== undefined);
  const maps = Math.min(MAPS, blocks);
  const until = (map: number): number => Math.floor((map * blocks) / maps);
  const [hidden, channels] = file.need(`${table.block(0)}.${table.fc1}.weight`, 2) as [number, number];
  if (!file.shape(table.classToken))
    throw new Error(
      `The file has no "${file.prefix}${table.classToken}": it is a ViT without a class token (SigLIP, I-JEPA, timm's "gap" models), ` +
        "which this studio does not have. Choose weights of a ViT, DeiT or DINOv2 with one.",
    );
  const distilled = file.shape(table.distillation) !== undefined;
  const scaled = file.shape(`${table.block(0)}.${table.scales[0]}`) !== undefined;
  const { heads, assumed } = readHeads(width, file.prefix);
  const settings: VitSettings = {
    patch,
    width,
    depths: Array.from({ length: maps }, (_, map) => until(map + 1) - until(map)),
    heads,
    mlpRatio: hidden / channels,
    registers: countExtra(table, file),
    dropPath: 0.1,
  };
  return {
    settings,
    imageSize: patch * readSide(table, file),
    assumed: [...assumed, ...(distilled || scaled ? [] : [NORMALISATION])],
    notes: [
      ...(distilled ? ["The distillation token becomes a register, which computes the same."] : []),
      ...(scaled ? ["Layer scales are folded into the weights behind them, which computes the same."] : []),
    ],
  };
}

/** DeiT and DINOv2, which are known by their tokens and scales, were trained on images as runs have them by default. */
const NORMALISATION =
  "Images normalised by ImageNet statistics, as for DeiT, DINO and MAE: the file does not tell. For Google's ViT and timm's AugReg weights " +
  "set Input normalization (input.normalisation) to half, from -1 to 1.";

function readHeads(width: number, prefix: string): { readonly heads: number; readonly assumed: readonly string[] } {
  const told = (heads: number): ReturnType<typeof readHeads> => ({
    heads,
    assumed: [
      `${heads} attention heads: shapes do not tell, released models of ${width} channels have as many` +
        `${width === moco.width && heads !== moco.heads ? ` (MoCo v3's has ${moco.heads}: load the file that its pretraining saved)` : ""}.`,
    ],
  });
  if (width === moco.width && moco.inPrefix.test(prefix))
    return {
      heads: moco.heads,
      assumed: [`${moco.heads} attention heads, as MoCo v3's model of ${width} channels has.`],
    };
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

/** The grid's side: positions are [1,L,C], or with rows before the patches' for the class token, or for all tokens before them. */
function readSide(table: VitNames, file: Glimpse): number {
  const shape = file.need(table.positions, 3);
  const leading = leadingRows(table, file, shape[1]!);
  if (leading !== undefined) return Math.sqrt(shape[1]! - leading);
  throw new Error(
    `"${file.key(table.positions)}" is ${showShape(shape)} in the file; positions of a square of patches are expected, ` +
      "alone or behind those of the class token, the distillation token and registers.",
  );
}
