/** A model's values, laid out as its parameters say: what sessions load, train and save. */
import { type Shape, showShape, sizeOf } from "../graph/node";
import { type Random, random } from "../math/random";
import type { Init, Parameter, ParameterLayout } from "./parameters";

/**
 * Thin SVD of a linear site's weight, part by part, as float32: W_k = U_k diag(S_k) V_kᵀ.
 * Letters: k parts, m rows of a part, n columns, p = min(m,n).
 */
export interface Spectrum {
  /** [k,m,p] */
  readonly u: Float32Array;
  /** [k,p], descending in each part. */
  readonly s: Float32Array;
  /** [k,n,p] */
  readonly v: Float32Array;
}

export class Weights {
  /** [P], the flat state. */
  readonly trainable: Float32Array;
  /** By slot index; absent for trainable slots. */
  readonly frozen: readonly (Float32Array | undefined)[];
  /** By state name. */
  readonly statistics: ReadonlyMap<string, Float32Array>;
  /** By site name; filled by the caller for the sites that the model lists. */
  readonly spectra = new Map<string, Spectrum>();
  private readonly byName: ReadonlyMap<string, { readonly data: Float32Array; readonly shape: Shape }>;

  constructor(
    readonly layout: ParameterLayout,
    allocate: (length: number) => Float32Array = (length) => new Float32Array(length),
  ) {
    this.trainable = allocate(layout.size);
    this.frozen = layout.slots.map((slot) => (slot.trainable ? undefined : allocate(sizeOf(slot.shape))));
    this.statistics = new Map(layout.statistics.map((s) => [s.name, allocate(sizeOf(s.shape))]));
    const entries = layout.parameters.map((p) => [p.name, { data: this.locate(p), shape: p.shape }] as const);
    const parts = layout.statistics.flatMap((s) => {
      const shape = s.shape.slice(1);
      const size = sizeOf(shape);
      const whole = this.statistics.get(s.name)!;
      return s.parts.map((name, i) => [name, { data: whole.subarray(i * size, (i + 1) * size), shape }] as const);
    });
    this.byName = new Map([...entries, ...parts]);
  }

  get names(): readonly string[] {
    return [...this.byName.keys()];
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  shape(name: string): Shape {
    return this.find(name).shape;
  }

  /** The live numbers of a parameter or statistic: writing to them changes the weights. */
  get(name: string): Float32Array {
    return this.find(name).data;
  }

  /** @throws where the number of values is not the parameter's. */
  set(name: string, values: ArrayLike<number>): void {
    const { data, shape } = this.find(name);
    if (values.length !== data.length)
      throw new Error(
        `${name} is ${showShape(shape)}, ${data.length} numbers; ${values.length} came. Load weights of the same model.`,
      );
    data.set(values);
  }

  private find(name: string): { readonly data: Float32Array; readonly shape: Shape } {
    const found = this.byName.get(name);
    if (!found) throw new Error(`No parameter is named "${name}"; the model has ${this.byName.size}, see \`names\`.`);
    return found;
  }

  private locate(p: Parameter): Float32Array {
    const whole = p.trainable ? this.trainable : this.frozen[p.slot]!;
    return whole.subarray(p.offset, p.offset + sizeOf(p.shape));
  }
}

function fill(data: Float32Array, init: Init, draw: Random): void {
  switch (init.kind) {
    case "constant":
      data.fill(init.value);
      return;
    case "normal":
      for (let i = 0; i < data.length; i++) data[i] = init.deviation * draw.normal();
      return;
    case "uniform":
      for (let i = 0; i < data.length; i++) data[i] = init.bound * (2 * draw.uniform() - 1);
      return;
    default:
      init satisfies never;
  }
}

/**
 * Fresh values. Every parameter draws from a stream of its own name, so that adding one leaves the others' values alone. Where `wanted`
 * says no, for names that a file will fill, nothing is drawn and the values are 0.
 */
export function initialWeights(
  layout: ParameterLayout,
  seed: number,
  wanted: (name: string) => boolean = () => true,
): Weights {
  const weights = new Weights(layout);
  for (const p of layout.parameters.filter(({ name }) => wanted(name)))
    fill(weights.get(p.name), p.init, random(seed, "init", p.name));
  for (const s of layout.statistics) fill(weights.statistics.get(s.name)!, s.init, random(seed, "init", s.name));
  return weights;
}
