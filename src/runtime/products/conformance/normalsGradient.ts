/**
 * The gradient of the normals loss as PyTorch had it where logits lay in channels-last memory (docs/decisions/0001): its masked_select
 * gathered the labelled elements in the order of the axes and put their gradients back in the order of memory, so that the right numbers
 * stand at the wrong pixels.
 */
import { IGNORE } from "../../../contracts/sample";
import type { GoldenTensor } from "./golden";
import { channelsLast } from "./maps";

/**
 * weight · d loss / d prediction, [B,H,W,3], of prediction and label [B,3,H,W]. With n = p / |p| and g = weight sign(n - label) / valid
 * elements: d/dp = (g - n (n·g)) / |p|, but the values of g at the valid elements, taken channel by channel, stand at the valid elements
 * taken pixel by pixel.
 */
export function misplacedNormalsGradient(prediction: GoldenTensor, label: GoldenTensor, weight: number): Float64Array {
  const p = channelsLast(prediction).data;
  const target = channelsLast(label).data;
  const area = prediction.shape[2]! * prediction.shape[3]!;
  const lengthAt = (i: number): number => Math.hypot(p[i - (i % 3)]!, p[i - (i % 3) + 1]!, p[i - (i % 3) + 2]!);
  const n = p.map((x, i) => x / lengthAt(i));
  const valid = target.reduce((count, x) => count + (x === IGNORE ? 0 : 1), 0);
  const selected: number[] = [];
  for (let i = 0; i < p.length; i++) {
    const pixel = i % area;
    const at = (Math.floor(i / area / 3) * area + pixel) * 3 + (Math.floor(i / area) % 3);
    if (target[at] !== IGNORE) selected.push((weight * Math.sign(n[at]! - target[at]!)) / valid);
  }
  let next = 0;
  const g = target.map((x) => (x === IGNORE ? 0 : selected[next++]!));
  return p.map((_, i) => {
    const first = i - (i % 3);
    const along = [0, 1, 2].reduce((sum, c) => sum + n[first + c]! * g[first + c]!, 0);
    return (g[i]! - n[i]! * along) / lengthAt(i);
  });
}
