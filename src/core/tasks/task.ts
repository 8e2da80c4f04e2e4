/**
 * A dense prediction task: what a decoder puts out for it, how that is judged, and how it is shown. Made from plain data (fromRecord.ts).
 * Letters: N pixels, c channels of the logits, d channels of the labels.
 */
import type { Loss } from "../losses/loss";
import type { Judge } from "../metrics/metric";

/** [N,3] of 0..255 for each class; classes beyond the list take the colours of the PASCAL VOC scheme. */
export type Palette = readonly (readonly [number, number, number])[];

export interface Task {
  readonly id: string;
  readonly label: string;
  /** One sentence for people who choose. */
  readonly about: string;
  /** Where logits are one number a class: how many classes there are when the data set does not say. */
  readonly defaultClasses: number | undefined;
  /** c, from the number of classes of the data (unused where outputs are not classes). */
  channels(classes: number): number;
  /** d */
  readonly labelChannels: number;
  /** The loss and its weight λ in the total. */
  readonly objective: { readonly loss: Loss; readonly weight: number };
  readonly metric: Judge;
  /** Colours of a prediction: logits [N,c] → RGBA [N,4]. */
  paintPrediction(logits: Float32Array, channels: number, palette?: Palette): Uint8ClampedArray<ArrayBuffer>;
  /** Colours of a label map [N,d] → RGBA [N,4]; ignored pixels are transparent. */
  paintLabel(label: Float32Array, palette?: Palette): Uint8ClampedArray<ArrayBuffer>;
}
