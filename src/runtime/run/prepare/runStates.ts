/** The states of a run in its executor: as they were at the start, as they are now, and as a checkpoint has them. */
import type { RunState } from "../../../core/checkpoint/runState";
import { sizeOf } from "../../../core/graph/node";
import { initialStates, transientStates } from "../../../core/model/states";
import { PARAMETERS } from "../../../core/nn/forward";
import { optimiserStates } from "../../../core/optim/adamw";
import type { RunParts } from "./runParts";

export class RunStates {
  private readonly start: ReadonlyMap<string, Float32Array>;
  private readonly transient: ReadonlySet<string>;

  constructor(private readonly parts: RunParts) {
    this.start = initialStates(parts.weights);
    this.transient = transientStates(parts.weights);
    this.reset();
  }

  /** Parameters, moments and statistics as they were before the first step. */
  reset(): void {
    for (const [name, data] of this.start) this.parts.executor.writeState(name, data);
  }

  /** Ends the skipping of steps behind one that was not finite. No step may be in flight. */
  release(): void {
    this.parts.executor.writeState(optimiserStates.stepLoss, new Float32Array(1));
  }

  /** What the next step depends on; no step may be in flight. What a step begins anew is not part of it. */
  async read(): Promise<ReadonlyMap<string, Float32Array>> {
    const states = new Map<string, Float32Array>();
    for (const name of this.start.keys())
      if (!this.transient.has(name)) states.set(name, await this.parts.executor.readState(name));
    return states;
  }

  /** @throws where a checkpoint belongs to another base, to other data, or to another model. */
  restore({ states, baseHash, images }: Pick<RunState, "states" | "baseHash" | "images">): void {
    const { batches, executor, baseHash: own } = this.parts;
    const { train, val } = batches.size;
    if (baseHash !== own)
      throw new Error(`The checkpoint belongs to the starting weights ${baseHash}, but these are ${own}.`);
    if (images.train !== train || images.val !== val)
      throw new Error(
        `The checkpoint was made with ${images.train} training and ${images.val} validation images, but the data has ${train} and ${val}. Open the same data.`,
      );
    for (const [name, data] of this.start) {
      const found = this.transient.has(name) ? data : states.get(name);
      if (found?.length !== data.length)
        throw new Error(
          `The checkpoint has ${found?.length ?? 0} numbers of "${name}"; this model needs ${data.length}.`,
        );
    }
    this.reset();
    for (const [name, data] of states) if (this.start.has(name)) executor.writeState(name, data);
  }

  /** Brings `parts.weights` to what the executor has: parameters and running statistics. No step may be in flight. */
  async readBack(): Promise<void> {
    const { executor, weights } = this.parts;
    weights.trainable.set(await executor.readState(PARAMETERS));
    for (const [name, data] of weights.statistics) data.set(await executor.readState(name));
  }

  /** A parameter as it was before anything was trained: before the first step, and before the adapter that the run starts from. */
  startingWeight(name: string): Float32Array {
    const { model, weights, adapted } = this.parts;
    const { trainable, offset, shape } = model.layout.parameters.find((p) => p.name === name)!;
    const before = adapted?.before ?? this.start.get(PARAMETERS)!;
    return trainable ? before.subarray(offset, offset + sizeOf(shape)) : weights.get(name);
  }
}
