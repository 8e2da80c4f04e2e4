/** A part of a data set as a data set. */
import type { DataSource, Split } from "../contracts/sample";

/** `indices`: places in the data set, by split, in the order of the part. */
export function chosenSamples(source: DataSource, indices: Readonly<Record<Split, Uint32Array>>): DataSource {
  const placeOf = (split: Split, index: number): number => {
    const place = indices[split][index];
    if (place !== undefined) return place;
    throw new Error(`This part of ${source.name} has ${indices[split].length} ${split} images; there is no ${index}.`);
  };
  const { withTasks, labelled } = source;
  return {
    ...source,
    size: { train: indices.train.length, val: indices.val.length },
    load: async (split, index) => source.load(split, placeOf(split, index)),
    id: (split, index) => source.id(split, placeOf(split, index)),
    ...(labelled && { labelled: (split, index) => labelled(split, placeOf(split, index)) }),
    ...(withTasks && { withTasks: (tasks) => chosenSamples(withTasks(tasks), indices) }),
  };
}
