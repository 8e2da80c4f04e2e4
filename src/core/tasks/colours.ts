/** The ways in which a task may be shown, for each kind of label. Letters as in task.ts. */
import type { ColourId, LabelKind } from "../../contracts/taskKinds";
import {
  distinctColour,
  paintBinaryLabel,
  paintChannels,
  paintClasses,
  paintClassLabel,
  paintDepth,
  paintNormals,
  paintNumbers,
  paintProbability,
  scales,
  vocColour,
} from "./paint";
import type { Palette } from "./task";

type Rgba = Uint8ClampedArray<ArrayBuffer>;

export interface ColourChoice {
  readonly label: string;
  /** logits: [N,c] → [N,4]. `palette`: the data's own colours of classes. */
  prediction(logits: Float32Array, channels: number, palette?: Palette): Rgba;
  /** label: [N,d] → [N,4]; ignored pixels are transparent. */
  truth(label: Float32Array, channels: number, palette?: Palette): Rgba;
}

const MOST_CLASSES = 255;

function classColours(label: string, colour: (index: number) => Palette[number]): ColourChoice {
  const usual = Array.from({ length: MOST_CLASSES }, (_, index) => colour(index));
  return {
    label,
    prediction: (logits, channels, palette = usual) => paintClasses(logits, channels, palette),
    truth: (classes, _, palette = usual) => paintClassLabel(classes, palette),
  };
}

const binaryColours = (label: string, scale: (typeof scales)["grey"]): ColourChoice => ({
  label,
  prediction: (logits) => paintProbability(logits, scale),
  truth: (classes) => paintBinaryLabel(classes, scale),
});

/** Truth and prediction of a regression are painted by the same rule. */
const alike = (label: string, colours: (values: Float32Array, channels: number) => Rgba): ColourChoice => ({
  label,
  prediction: colours,
  truth: colours,
});

export const colourChoices: { readonly [K in LabelKind]: Readonly<Record<ColourId<K>, ColourChoice>> } = {
  classes: { voc: classColours("PASCAL VOC", vocColour), distinct: classColours("Distinct hues", distinctColour) },
  binary: { grey: binaryColours("Grey", scales.grey), viridis: binaryColours("Viridis", scales.viridis) },
  regression: {
    viridis: alike("Viridis", (values, channels) => paintNumbers(values, channels, scales.viridis)),
    grey: alike("Grey", (values, channels) => paintNumbers(values, channels, scales.grey)),
    rgb: alike("Channels as red, green, blue", paintChannels),
  },
  unit: { rgb: alike("x, y, z as red, green, blue", paintNormals) },
  depth: { distance: alike("Near to far", paintDepth) },
};
