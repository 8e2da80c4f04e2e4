/** Labels of another size than their image, brought to it: the nearest pixel, and for directions a cubic mixture made unit again. */
import type { LabelFormat } from "../../contracts/labelFormat";
import { IGNORE, type LabelMap } from "../../contracts/sample";
import { cubicTaps, nearestIndices, resample } from "../../core/math/interpolation";

/** Below this length a mixture of directions has none of its own. */
const SHORTEST_MIXTURE = 1e-3;

/** label: [h,w,C] → [height,width,C]. */
export function resizeLabel(label: LabelMap, format: LabelFormat, width: number, height: number): LabelMap {
  const { channels } = label;
  const rows = nearestIndices(height, label.height);
  const columns = nearestIndices(width, label.width);
  const data = new Float32Array(width * height * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++)
        data[(y * width + x) * channels + c] = label.data[(rows[y]! * label.width + columns[x]!) * channels + c]!;
  if (format.kind === "unit") mixDirections(label, data, width, height);
  return { width, height, channels, data };
}

/** Writes cubic mixtures of the labelled directions where the nearest pixel is labelled; nearest: [height,width,3], in place. */
function mixDirections(label: LabelMap, nearest: Float32Array, width: number, height: number): void {
  const data = label.data.map((value) => (value === IGNORE ? 0 : value));
  const mixed = resample({ ...label, data }, 3, cubicTaps(height, label.height), cubicTaps(width, label.width));
  for (let at = 0; at < nearest.length; at += 3) {
    if (nearest[at] === IGNORE) continue;
    const length = Math.hypot(mixed[at]!, mixed[at + 1]!, mixed[at + 2]!);
    if (length > SHORTEST_MIXTURE) for (let c = 0; c < 3; c++) nearest[at + c] = mixed[at + c]! / length;
  }
}
