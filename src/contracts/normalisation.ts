/** How colours reach a backbone: v, a share of 255, as (v - mean) / deviation, with a number for each channel. */
export interface Normalisation {
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
}

interface NormalisationChoice extends Normalisation {
  readonly label: string;
  /** Whose weights expect it: the weights themselves do not tell. */
  readonly help: string;
}

export const normalisations = {
  imagenet: {
    mean: [0.485, 0.456, 0.406],
    deviation: [0.229, 0.224, 0.225],
    label: "ImageNet statistics",
    help: "Swin, DeiT, DINO, DINOv2, MAE, and most other models.",
  },
  half: {
    mean: [0.5, 0.5, 0.5],
    deviation: [0.5, 0.5, 0.5],
    label: "-1 to 1",
    help: "Google's ViT, and timm's AugReg weights.",
  },
} as const satisfies Readonly<Record<string, NormalisationChoice>>;

export type NormalisationId = keyof typeof normalisations;
