/** What is drawn at random for one training sample. */
import type { AugmentConfig } from "../../contracts/runConfig";
import type { Random } from "../../core/math/random";

export const NO_AUGMENTATION: AugmentConfig = {
  horizontalFlip: false,
  scaleMin: 1,
  scaleMax: 1,
  scales: [],
  rotationDegrees: 0,
  cropShift: 0,
  colourJitter: 0,
};

/**
 * One sample's changes, in the order in which they are made: rotated and scaled about the picture's centre, cropped, flipped, recoloured.
 * Offsets are shares of the room that the scale leaves: 0 left or top, 1/2 the centre, 1 right or bottom.
 */
export interface Draw {
  readonly horizontalFlip: boolean;
  readonly scale: number;
  readonly offsetX: number;
  readonly offsetY: number;
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** Counter-clockwise as one looks at the picture, as `cv2.getRotationMatrix2D` has it. */
  readonly degrees: number;
}

export const PLAIN_DRAW: Draw = {
  horizontalFlip: false,
  scale: 1,
  offsetX: 0.5,
  offsetY: 0.5,
  brightness: 1,
  contrast: 1,
  saturation: 1,
  degrees: 0,
};

/** Draws as many numbers whatever the settings are, so that switching one off leaves the others as they were. */
export function drawAugmentation(settings: AugmentConfig, stream: Random): Draw {
  const { scaleMin, scaleMax, scales, cropShift, colourJitter, rotationDegrees } = settings;
  const flip = stream.uniform() < 0.5;
  const zoom = stream.uniform();
  const offset = (): number => 0.5 + cropShift * (stream.uniform() - 0.5);
  const factor = (): number => 1 + colourJitter * (2 * stream.uniform() - 1);
  return {
    horizontalFlip: settings.horizontalFlip && flip,
    scale: scales[Math.floor(zoom * scales.length)] ?? scaleMin + (scaleMax - scaleMin) * zoom,
    offsetX: offset(),
    offsetY: offset(),
    brightness: factor(),
    contrast: factor(),
    saturation: factor(),
    degrees: 2 * rotationDegrees * stream.uniform() - rotationDegrees,
  };
}
