/** Weights that take no memory to speak of: for graphs that are counted and printed, never run. */
import { sizeOf } from "../graph/node";
import { Weights } from "../nn/weights";
import type { Model } from "./model";

/** All arrays have their right lengths and lie over one another in one block of zeros. */
export function blankWeights(model: Model): Weights {
  const { layout, method } = model;
  const factors = method.spectrumSites.map(
    ({ parts, rows, cols }) => parts * Math.max(rows, cols) * Math.min(rows, cols),
  );
  const longest = Math.max(layout.size, ...layout.slots.map((slot) => sizeOf(slot.shape)), ...factors);
  const block = new ArrayBuffer(4 * longest);
  const zeros = (length: number): Float32Array => new Float32Array(block, 0, length);
  const weights = new Weights(layout, zeros);
  for (const { site, parts, rows, cols } of method.spectrumSites) {
    const p = Math.min(rows, cols);
    weights.spectra.set(site, { u: zeros(parts * rows * p), s: zeros(parts * p), v: zeros(parts * cols * p) });
  }
  return weights;
}
