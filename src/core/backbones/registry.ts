/**
 * The catalogue of backbones. Swin T to L have the sizes of the paper (224 pixels, window 7), DeiT tiny to base those of theirs (224
 * pixels, patch 16), with maps after a quarter, a half, three quarters and all of the blocks. How wide decoders narrow the maps of a ViT
 * is published for no method of the catalogue: they get the widths of Swin, so that decoders weigh alike.
 */
import type { BackboneDef } from "./backbone";
import { type SwinSettings, swin } from "./swin";
import { type VitSettings, vit } from "./vit";

const release = {
  patch: 4,
  window: 7,
  mlpRatio: 4,
  dropPath: 0.2,
  featuresBeforeMerging: false,
} as const satisfies Partial<SwinSettings>;

const deit = {
  patch: 16,
  depths: [3, 3, 3, 3],
  mlpRatio: 4,
  registers: 0,
  dropPath: 0.1,
} as const satisfies Partial<VitSettings>;

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
  "micro-vit": vit("micro-vit", "Micro ViT (32 px, for tests)", 32, [6, 6], {
    patch: 8,
    width: 16,
    depths: [2, 2],
    heads: 2,
    mlpRatio: 4,
    registers: 0,
    dropPath: 0,
  }),
  "deit-tiny": vit("deit-tiny", "DeiT-Ti", 224, releaseWidths, { ...deit, width: 192, heads: 3 }),
  "deit-small": vit("deit-small", "DeiT-S", 224, releaseWidths, { ...deit, width: 384, heads: 6 }),
  "deit-base": vit("deit-base", "DeiT-B", 224, releaseWidths, { ...deit, width: 768, heads: 12 }),
} as const;

export type BackboneId = keyof typeof backbones;

/** What differs from a catalogue entry's settings. */
export type BackboneSettings = Partial<SwinSettings> | Partial<VitSettings>;

/** An entry of the catalogue, or an architecture of the same families that was found in a file. */
export type BackboneChoice = BackboneId | BackboneDef<object>;

/** The entry and its settings with the changes.
 * @throws where the entry has no such setting.
 */
export function resolveBackbone(choice: BackboneChoice, changes: BackboneSettings = {}): BackboneDef<object> {
  const def: BackboneDef<object> = typeof choice === "string" ? backbones[choice] : choice;
  const strange = Object.keys(changes).find((key) => !(key in def.settings));
  if (strange !== undefined)
    throw new Error(
      `${def.label} has no setting "${strange}"; it has: ${Object.keys(def.settings).join(", ")}. Leave it out.`,
    );
  return { ...def, settings: { ...def.settings, ...changes } };
}
