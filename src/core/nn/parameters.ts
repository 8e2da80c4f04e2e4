/**
 * What a model's numbers are called and where they lie. Layers declare parameters once, while the model is built; every graph,
 * checkpoint, optimiser and count reads the same layout afterwards.
 *
 * Trainable parameters share one flat state "parameters" [P], so that the optimiser, the gradient and its norm are one array each.
 * Frozen ones are constants of the graph. A slot is a run of the flat array that graphs read as a whole: one parameter, or several
 * of equal kind (the tasks' copies of a decoder weight, all thetas) that keep a name each. Slots start at multiples of 64 numbers,
 * which is the alignment that a GPU asks of a bound slice.
 */
import { type Shape, sizeOf } from "../graph/node";

export const parameterGroups = [
  "theta",
  "method",
  "norm",
  "patch_embed",
  "patch_merging",
  "position_bias",
  "linear",
  "downsampler",
  "head",
] as const;
/**
 * What a parameter is for: groups are frozen or unfrozen, counted and given learning rates together. "theta" are warps, "method" is all
 * else that a method adds; "position_bias" are biases and embeddings of places.
 */
export type ParameterGroup = (typeof parameterGroups)[number];

/** How a value starts: `normal` and `uniform` are centred at 0. */
export type Init =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "normal"; readonly deviation: number }
  | { readonly kind: "uniform"; readonly bound: number };

export const zeros: Init = { kind: "constant", value: 0 };
export const ones: Init = { kind: "constant", value: 1 };

export interface ParameterSpec {
  /** Unique, in the terms of PyTorch: "backbone.layers.0.blocks.1.attn.qkv.weight". */
  readonly name: string;
  readonly shape: Shape;
  readonly group: ParameterGroup;
  readonly init: Init;
  /** Never trains, whatever its group does: a method reads it once, when a graph is built. */
  readonly frozen?: true;
}

/** What decides whether a parameter trains. */
export type Trains = (parameter: Pick<ParameterSpec, "name" | "shape" | "group">) => boolean;

export interface Parameter extends ParameterSpec {
  readonly trainable: boolean;
  /** Position of the first number: in the flat array where trainable, else in its slot's own array. */
  readonly offset: number;
  readonly slot: number;
}

export interface Slot {
  readonly index: number;
  readonly trainable: boolean;
  /** Shape of the whole run: the parameter's own, [n, ...shape] for n stacked ones, [numbers] for a run of unequal ones. */
  readonly shape: Shape;
  readonly offset: number;
  readonly group: ParameterGroup;
  readonly name: string;
}

/** Numbers that a forward pass in training mode moves, outside of the optimiser: each is a state of its own. */
export interface Statistic {
  /** The state's name. */
  readonly name: string;
  readonly shape: Shape;
  readonly init: Init;
  /** The name of each part along axis 0. */
  readonly parts: readonly string[];
}

export interface ParameterLayout {
  readonly parameters: readonly Parameter[];
  readonly slots: readonly Slot[];
  readonly statistics: readonly Statistic[];
  /** P: length of the flat array, padding included. */
  readonly size: number;
}

const ALIGNMENT = 64;
const align = (n: number): number => Math.ceil(n / ALIGNMENT) * ALIGNMENT;

/** Collects what layers declare. `trains` decides parameter by parameter; layers may insist on frozen. */
export class ParameterStore {
  private readonly parameters: Parameter[] = [];
  private readonly slots: Slot[] = [];
  private readonly statistics: Statistic[] = [];
  private readonly names = new Set<string>();
  private size = 0;

  constructor(private readonly trains: Trains) {}

  declare(spec: ParameterSpec): Slot {
    return this.place([spec], spec.shape, spec.name);
  }

  /** Parameters of one shape, read as [n, ...shape]. */
  declareStack(name: string, specs: readonly ParameterSpec[]): Slot {
    return this.place(specs, [specs.length, ...specs[0]!.shape], name);
  }

  /** Parameters of any shapes, read as one run of numbers. */
  declareRun(name: string, specs: readonly ParameterSpec[]): Slot {
    return this.place(specs, [specs.reduce((n, spec) => n + sizeOf(spec.shape), 0)], name);
  }

  declareStatistic(statistic: Statistic): Statistic {
    for (const part of statistic.parts) this.claim(part);
    this.statistics.push(statistic);
    return statistic;
  }

  layout(): ParameterLayout {
    return {
      parameters: [...this.parameters],
      slots: [...this.slots],
      statistics: [...this.statistics],
      size: this.size,
    };
  }

  private place(specs: readonly ParameterSpec[], shape: Shape, name: string): Slot {
    const group = specs[0]!.group;
    const trainable = this.trainable(specs[0]!);
    const slot: Slot = {
      index: this.slots.length,
      trainable,
      shape,
      offset: trainable ? this.size : 0,
      group,
      name,
    };
    let offset = slot.offset;
    for (const spec of specs) {
      if (spec.group !== group)
        throw new Error(`${spec.name} is of group ${spec.group}; its slot ${name} is of group ${group}.`);
      if (this.trainable(spec) !== trainable)
        throw new Error(`${spec.name} and ${specs[0]!.name} share the slot ${name}, but only one of them trains.`);
      this.claim(spec.name);
      this.parameters.push({ ...spec, trainable, offset, slot: slot.index });
      offset += sizeOf(spec.shape);
    }
    if (offset - slot.offset !== sizeOf(shape))
      throw new Error(
        `Slot ${name} holds ${sizeOf(shape)} numbers, its parameters ${offset - slot.offset}: stacked shapes differ.`,
      );
    if (trainable) this.size = align(offset);
    this.slots.push(slot);
    return slot;
  }

  private trainable(spec: ParameterSpec): boolean {
    return !spec.frozen && this.trains(spec);
  }

  private claim(name: string): void {
    if (this.names.has(name)) throw new Error(`Parameter "${name}" is declared twice; names must be unique.`);
    this.names.add(name);
  }
}
