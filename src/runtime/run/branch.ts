/** Runs that begin where another one was. */
import type { Change } from "../../contracts/changes";
import { configAt, withChange } from "../../contracts/changes";
import { fieldList } from "../../contracts/fields";
import type { RunConfig } from "../../contracts/runConfig";
import type { RunState as Checkpoint } from "../../core/checkpoint/runState";
import { sizeOf } from "../../core/graph/node";
import type { Model } from "../../core/model/model";
import { PARAMETERS } from "../../core/nn/forward";
import type { ParameterLayout } from "../../core/nn/parameters";
import type { Weights } from "../../core/nn/weights";

type Tree = { readonly [key: string]: unknown };

const valueAt = (config: RunConfig, path: string): unknown =>
  path.split(".").reduce<unknown>((tree, key) => (tree as Tree | undefined)?.[key], config);

const differs = (a: RunConfig, b: RunConfig, path: string): boolean =>
  JSON.stringify(valueAt(a, path)) !== JSON.stringify(valueAt(b, path));

/** Fields that no number of a run depends on. */
const beside: readonly string[] = ["device"];

/** Whether a run of `config` can go on from the states of one of `parent`: whether they differ in live fields alone. */
export const isBranchable = (parent: RunConfig, config: RunConfig): boolean =>
  fieldList.every(({ path, effect }) => effect === "feed" || beside.includes(path) || !differs(parent, config, path));

/** The parent's configuration with the live fields of `config` as changes from `step` on, so that the run file repeats both. */
export function withChanges(parent: RunConfig, config: RunConfig, step: number): RunConfig {
  const held = configAt(parent, step);
  const wanted = configAt(config, step);
  const changes = fieldList.flatMap(({ path, effect }): Change[] =>
    effect === "feed" && differs(held, wanted, path) ? [{ step, field: path, value: valueAt(wanted, path) }] : [],
  );
  const before = { ...parent, device: config.device, changes: parent.changes.filter((change) => change.step <= step) };
  return changes.reduce(withChange, before);
}

/**
 * Puts the parameters of a checkpoint over the fresh ones of a model, by name where the shapes are the same. `layout`: of the checkpoint's model.
 * Returns what is to be said of it.
 */
export function putCheckpoint(
  { states }: Pick<Checkpoint, "states">,
  layout: ParameterLayout,
  model: Model,
  weights: Weights,
): { readonly before: Float32Array; readonly notes: readonly string[] } {
  const before = weights.trainable.slice();
  const flat = states.get(PARAMETERS)!;
  const theirs = new Map(layout.parameters.filter(({ trainable }) => trainable).map((p) => [p.name, p]));
  const own = model.layout.parameters.filter(({ trainable }) => trainable);
  const taken = own.filter(({ name, shape }) => String(theirs.get(name)?.shape) === String(shape));
  for (const { name, shape } of taken) {
    const { offset } = theirs.get(name)!;
    weights.set(name, flat.subarray(offset, offset + sizeOf(shape)));
  }
  for (const [name, data] of weights.statistics) {
    const found = states.get(name);
    if (found?.length === data.length) data.set(found);
  }
  const note = `The run starts from the weights of another one: ${taken.length} of ${own.length} trained parameter tensors are its; the others start fresh.`;
  return { before, notes: [note] };
}
