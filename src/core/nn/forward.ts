/** What layers need while they write one graph: the builder, the values of parameters, and what belongs to the whole graph. */
import type { Builder } from "../graph/builder";
import { sizeOf, type Value } from "../graph/node";
import type { Slot, Statistic } from "./parameters";
import type { Weights } from "./weights";

/** The flat state of all trainable parameters. */
export const PARAMETERS = "parameters";

/** The input [] of training graphs: 0 where a micro-batch begins a step, 1 where it adds to it. */
export const ACCUMULATE = "accumulate";

/** The state that a running statistic moves to while a step goes on; a step that is not skipped makes it valid. */
export const pendingStatistic = (name: string): string => `pending.${name}`;

export interface ForwardOptions {
  /** Batch statistics and drop path when true; running statistics when false. */
  readonly training: boolean;
  /** B: images in a batch. */
  readonly batch: number;
  /** Offers a gain and an override of every warped singular value as graph inputs. */
  readonly spectrumInputs?: boolean;
}

export class Forward {
  private readonly memory = new Map<string, unknown>();
  private readonly read = new Map<Slot, Value>();

  constructor(
    readonly b: Builder,
    readonly weights: Weights,
    readonly options: ForwardOptions,
  ) {}

  /** The slot's value: a slice of the flat state, or a constant. */
  value(slot: Slot): Value {
    let value = this.read.get(slot);
    if (!value) {
      value = slot.trainable
        ? this.slice(slot)
        : this.b.constant(this.weights.frozen[slot.index]!, slot.shape, slot.name);
      this.read.set(slot, value);
    }
    return value;
  }

  statistic(statistic: Statistic): Value {
    return this.b.state(statistic.name, statistic.shape);
  }

  /** Moves a running statistic by a micro-batch: from where the micro-batch before it in the step left it, else from the valid one. */
  moveStatistic(statistic: Statistic, moved: (old: Value) => Value): void {
    const { b } = this;
    const pending = b.state(pendingStatistic(statistic.name), statistic.shape);
    b.update(pending, moved(b.select(b.input(ACCUMULATE, []), pending, this.statistic(statistic))));
  }

  /** The trainable slots that the graph has read so far: those to differentiate by. */
  trainedSlots(): readonly Slot[] {
    return [...this.read.keys()].filter((slot) => slot.trainable);
  }

  /** Makes something once a graph. */
  once<T>(key: string, make: () => T): T {
    if (!this.memory.has(key)) this.memory.set(key, make());
    return this.memory.get(key) as T;
  }

  private slice(slot: Slot): Value {
    const flat = this.b.state(PARAMETERS, [this.weights.layout.size]);
    return this.b.reshape(this.b.sliceAxis(flat, 0, slot.offset, sizeOf(slot.shape)), slot.shape);
  }
}

/**
 * The gradient of the flat state [P] from the gradients of its slots; zero where a slot has none and in the padding between slots.
 */
export function flatGradient(f: Forward, gradients: ReadonlyMap<Slot, Value>): Value {
  const { b, weights } = f;
  const parts: Value[] = [];
  let end = 0;
  const zerosTo = (offset: number): void => {
    if (offset > end) parts.push(b.full(0, [offset - end]));
    end = Math.max(end, offset);
  };
  const slots = [...gradients].filter(([slot]) => slot.trainable).sort(([x], [y]) => x.offset - y.offset);
  for (const [slot, gradient] of slots) {
    zerosTo(slot.offset);
    parts.push(b.reshape(gradient, [sizeOf(slot.shape)]));
    end = slot.offset + sizeOf(slot.shape);
  }
  zerosTo(weights.layout.size);
  return b.concat(parts, 0);
}
