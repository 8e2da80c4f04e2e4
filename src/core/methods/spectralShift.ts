/**
 * Free changes of singular values: every adapted stream of a site has one number delta for each of them, with no bound between
 * neighbours. Letters: S adapted streams, k parts of the weight, p singular values of a part.
 */
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import { type ParameterStore, type Slot, zeros } from "../nn/parameters";
import type { Weights } from "../nn/weights";
import { type SpectralPlace, type SpectrumRule, spectrumOf } from "./spectralMethod";

/** sigma' = bend(sigma + delta), with delta [k*p] a site and stream, 0 at the start. */
export class ShiftRule implements SpectrumRule {
  readonly curves = [];
  private readonly deltas = new Map<SpectralPlace, Slot>();

  /** `clipped`: relu after the sum. */
  constructor(private readonly clipped: boolean) {}

  declare(store: ParameterStore, place: SpectralPlace): void {
    const shape = [place.site.parts * place.p];
    const specs = place.names.map(
      (stream) => ({ name: this.parameter(place, stream), shape, group: "method", init: zeros }) as const,
    );
    this.deltas.set(place, store.declareStack(`${place.site.name}.delta`, specs));
  }

  finish(): void {}

  sigmas(f: Forward, place: SpectralPlace): Value {
    const { site, names, p } = place;
    const { s } = spectrumOf(f.weights, site);
    const shape = [names.length, site.parts, p];
    const delta = f.b.reshape(f.value(this.deltas.get(place)!), shape);
    const shifted = f.b.add(delta, f.b.constant(s, [1, site.parts, p], `${site.name}.S`));
    return this.clipped ? f.b.relu(shifted) : shifted;
  }

  bent(weights: Weights, place: SpectralPlace, stream: string): Float64Array {
    const { s } = spectrumOf(weights, place.site);
    const delta = weights.get(this.parameter(place, stream));
    return Float64Array.from(s, (sigma, i) => {
      const shifted = sigma + delta[i]!;
      return this.clipped ? Math.max(0, shifted) : shifted;
    });
  }

  parameter({ site }: SpectralPlace, stream: string): string {
    return `${site.name}.delta.${stream}`;
  }
}
