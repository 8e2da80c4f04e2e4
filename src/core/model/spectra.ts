/** Singular value decompositions of the sites that a method asks for. Sessions spread the parts over workers; the pieces are the same. */

import { type Svd, svd } from "../math/svd";
import type { SpectrumSite } from "../methods/method";
import type { Spectrum, Weights } from "../nn/weights";
import type { Model } from "./model";

/** The weight of each part of a site, [rows,cols] each: what a decomposition is asked of. */
export function sitePartWeights(
  weights: Weights,
  { weight, parts, rows, cols }: SpectrumSite,
): readonly Float32Array[] {
  const whole = weights.get(weight);
  const size = rows * cols;
  return Array.from({ length: parts }, (_, part) => whole.slice(part * size, (part + 1) * size));
}

/** The parts' decompositions, in order, side by side as float32. */
export function joinSpectrum(parts: readonly Svd[]): Spectrum {
  const join = (pick: (part: Svd) => Float64Array): Float32Array => {
    const joined = new Float32Array(parts.reduce((n, part) => n + pick(part).length, 0));
    let offset = 0;
    for (const part of parts) {
      joined.set(pick(part), offset);
      offset += pick(part).length;
    }
    return joined;
  };
  return { u: join((part) => part.u), s: join((part) => part.s), v: join((part) => part.v) };
}

/** Decomposes every site of the model here and now and puts the results into `weights.spectra`. */
export function decomposeSites(model: Model, weights: Weights): void {
  for (const site of model.method.spectrumSites) {
    const parts = sitePartWeights(weights, site).map((part) => svd(part, site.rows, site.cols));
    weights.spectra.set(site.site, joinSpectrum(parts));
  }
}
