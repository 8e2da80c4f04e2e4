/** The random changes of training images in words. */
import type { AugmentConfig } from "../../../contracts/runConfig";

/** "flipped horizontally, scaled by 0.75 to 1.25 and rotated by up to 20° at random"; empty where nothing is changed. */
export function augmentText(augment: AugmentConfig): string {
  const { horizontalFlip, scaleMin, scaleMax, scales, rotationDegrees, cropShift, colourJitter } = augment;
  const zooms = scales.length > 0 ? scales.join(", ").replace(/, ([^,]*)$/, " or $1") : `${scaleMin} to ${scaleMax}`;
  const zoomed = scales.length > 0 ? scales.some((scale) => scale !== 1) : scaleMin !== 1 || scaleMax !== 1;
  const changes = [
    ...(horizontalFlip ? ["flipped horizontally"] : []),
    ...(zoomed ? [`scaled by ${zooms}`] : []),
    ...(zoomed && cropShift > 0 ? [`cut up to ${Math.round(100 * cropShift)} % of the way from the centre`] : []),
    ...(rotationDegrees > 0 ? [`rotated by up to ${rotationDegrees}°`] : []),
    ...(colourJitter > 0
      ? [`changed in brightness, contrast and saturation by up to ${Math.round(100 * colourJitter)} %`]
      : []),
  ];
  const last = changes.pop();
  if (last === undefined) return "";
  return `${changes.length > 0 ? `${changes.join(", ")} and ${last}` : last} at random`;
}
