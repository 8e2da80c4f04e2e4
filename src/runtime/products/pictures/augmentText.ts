/** The random changes of training images in words. */
import type { AugmentConfig } from "../../../contracts/runConfig";

/** "mirrored, zoomed by 0.75 to 1.25 and turned by up to 20° at random"; empty where nothing is changed. */
export function augmentText(augment: AugmentConfig): string {
  const { flip, scaleMin, scaleMax, scales, rotateDegrees, shift, jitter } = augment;
  const zooms = scales.length > 0 ? scales.join(", ").replace(/, ([^,]*)$/, " or $1") : `${scaleMin} to ${scaleMax}`;
  const zoomed = scales.length > 0 ? scales.some((scale) => scale !== 1) : scaleMin !== 1 || scaleMax !== 1;
  const changes = [
    ...(flip ? ["mirrored"] : []),
    ...(zoomed ? [`zoomed by ${zooms}`] : []),
    ...(zoomed && shift > 0 ? [`cut up to ${Math.round(100 * shift)} % of the way from the centre`] : []),
    ...(rotateDegrees > 0 ? [`turned by up to ${rotateDegrees}°`] : []),
    ...(jitter > 0 ? [`changed in brightness, contrast and saturation by up to ${Math.round(100 * jitter)} %`] : []),
  ];
  const last = changes.pop();
  if (last === undefined) return "";
  return `${changes.length > 0 ? `${changes.join(", ")} and ${last}` : last} at random`;
}
