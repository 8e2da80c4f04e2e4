/** The backbones that a run may start from without a file of the user's: an architecture of the catalogue and where its parameters come from. */
import type { BackboneChoice, BackboneId } from "../../../core/backbones/registry";
import { FILE_BACKBONE, type OpenedBackbone } from "./openedBackbone";

export interface StartingPoint {
  /** What RunConfig.backbone says. */
  readonly id: string;
  readonly label: string;
  readonly help: string;
  readonly backbone: BackboneId;
  /** The file of public/ with its weights; null: random parameters from the run's seed. */
  readonly asset: string | null;
}

export const startingPoints: readonly StartingPoint[] = [
  {
    id: "embedded",
    label: "Embedded Swin (64 px)",
    help: "A small Swin, pretrained on materials, shapes and light of built-in scenes; none of the tasks was its target.",
    backbone: "embedded",
    asset: "models/swin-embedded.safetensors",
  },
  {
    id: "embedded-random",
    label: "Swin, not pretrained",
    help: "The embedded backbone's shape, starting from random parameters: shows what pretraining is worth.",
    backbone: "embedded",
    asset: null,
  },
  {
    id: "micro",
    label: "Micro Swin (32 px)",
    help: "The smallest Swin with every part, starting from random parameters. For slow machines and for looking at single steps.",
    backbone: "micro",
    asset: null,
  },
  {
    id: "micro-vit",
    label: "Micro ViT (32 px)",
    help: "The smallest plain vision transformer with every part, starting from random parameters. Its maps are coarse: one cell a patch of 8 pixels.",
    backbone: "micro-vit",
    asset: null,
  },
];

/** @throws where no starting point has this id; the message lists those that exist. */
export function startingPoint(id: string): StartingPoint {
  const found = startingPoints.find((point) => point.id === id);
  if (!found) throw new Error(`backbone is "${id}"; known: ${startingPoints.map((point) => point.id).join(", ")}.`);
  return found;
}

/** The architecture that a configuration names: a starting point's, or that of the user's files. @throws where there is none. */
export function chosenBackbone(id: string, opened: OpenedBackbone | undefined): BackboneChoice {
  if (id !== FILE_BACKBONE) return startingPoint(id).backbone;
  return needOpened(opened).backbone;
}

/** @throws where a run asks for the user's weights and there are none. */
export function needOpened(opened: OpenedBackbone | undefined): OpenedBackbone {
  if (opened) return opened;
  throw new Error(
    `backbone is "${FILE_BACKBONE}", but no weights were opened. Open a .safetensors, .pth, .pt or .bin file first.`,
  );
}
