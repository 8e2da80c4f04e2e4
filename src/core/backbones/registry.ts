/** The catalogue of backbones. Swin T to L have the sizes of the paper (224 pixels, window 7). */
import { type SwinSettings, swin } from "./swin";

const release = {
  patch: 4,
  window: 7,
  mlpRatio: 4,
  dropPath: 0.2,
  featuresBeforeMerging: false,
} as const satisfies Partial<SwinSettings>;

/** The reference's decoder widths, for all sizes. */
const releaseWidths = [18, 36, 72, 144];

export const backbones = {
  embedded: swin("embedded", "Embedded Swin (64 px)", 64, [8, 12, 16, 24], {
    patch: 4,
    embed: 32,
    depths: [2, 2, 2, 2],
    heads: [1, 2, 4, 8],
    window: 4,
    mlpRatio: 4,
    dropPath: 0,
    featuresBeforeMerging: true,
  }),
  micro: swin("micro", "Micro Swin (32 px, for tests)", 32, [4, 6], {
    patch: 4,
    embed: 8,
    depths: [2, 2],
    heads: [2, 2],
    window: 4,
    mlpRatio: 4,
    dropPath: 0,
    featuresBeforeMerging: true,
  }),
  "swin-t": swin("swin-t", "Swin-T", 224, releaseWidths, {
    ...release,
    embed: 96,
    depths: [2, 2, 6, 2],
    heads: [3, 6, 12, 24],
  }),
  "swin-s": swin("swin-s", "Swin-S", 224, releaseWidths, {
    ...release,
    embed: 96,
    depths: [2, 2, 18, 2],
    heads: [3, 6, 12, 24],
  }),
  "swin-b": swin("swin-b", "Swin-B", 224, releaseWidths, {
    ...release,
    embed: 128,
    depths: [2, 2, 18, 2],
    heads: [4, 8, 16, 32],
  }),
  "swin-l": swin("swin-l", "Swin-L", 224, releaseWidths, {
    ...release,
    embed: 192,
    depths: [2, 2, 18, 2],
    heads: [6, 12, 24, 48],
  }),
} as const;

export type BackboneId = keyof typeof backbones;
