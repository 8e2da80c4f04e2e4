/** Which images of a data set a run takes: by the classes that they show, and by hand. Training and validation images stay apart. */
import type { RunConfig, Selection } from "../contracts/runConfig";
import type { DataSource, Split } from "../contracts/sample";
import type { SubsetCounts } from "../contracts/survey";
import { chooseSubset } from "./batches";
import { chosenSamples } from "./chosen";
import { classesOf } from "./classes";
import type { Stop } from "./stop";

export interface SelectOptions {
  /** Heard between samples. */
  readonly signal?: Stop;
  /** While labels are read for their classes. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Awaited between samples that are read, so that others have their turn. */
  readonly pause?: () => Promise<void>;
  /**
   * Classes that a sample is known to show, by task, as a survey tells them. Its labels are read where this is undefined or lacks a task that is
   * asked for.
   */
  readonly classesOf?: (id: string, split: Split) => Readonly<Record<string, readonly number[]>> | undefined;
}

const splits = ["train", "val"] as const;

/**
 * The selected part of a data set; the same where nothing is selected. An image whose labels cannot be read shows no class.
 * @throws where nothing is left of a split, where `only` or `without` name images that do not exist, and where it is stopped.
 */
export async function selectSamples(
  source: DataSource,
  selection: Selection,
  options: SelectOptions = {},
): Promise<DataSource> {
  const { classes = {}, only, without = [] } = selection;
  const wanted = Object.entries(classes).filter(([, list]) => list.length > 0);
  if (wanted.length === 0 && !only && without.length === 0) return source;
  const places = byHand(source, only, without);
  if (wanted.length > 0) {
    const tasks = wanted.map(([task]) => task);
    checkTasks(source, tasks);
    const total = places.train.length + places.val.length;
    let done = 0;
    for (const split of splits)
      places[split] = await filtered(places[split], async (index) => {
        options.signal?.throwIfAborted();
        const shown = await shownClasses(source, split, index, tasks, options);
        options.onProgress?.(++done, total);
        return wanted.some(([task, list]) => list.some((label) => shown[task]?.includes(label)));
      });
  }
  for (const split of splits) if (places[split].length === 0) throw nothingLeft(source, split, selection);
  return chosenSamples(source, { train: Uint32Array.from(places.train), val: Uint32Array.from(places.val) });
}

/** Places by split that pass `only` (training images alone) and `without`. */
function byHand(source: DataSource, only: readonly string[] | undefined, without: readonly string[]) {
  const ids = { train: idsOf(source, "train"), val: idsOf(source, "val") };
  refuseUnknown("only", only ?? [], new Set(ids.train), `a training image of ${source.name}`);
  refuseUnknown("without", without, new Set([...ids.train, ...ids.val]), `an image of ${source.name}`);
  const [taken, left] = [only && new Set(only), new Set(without)];
  const placesOf = (split: Split): number[] =>
    [...ids[split].entries()]
      .filter(([, id]) => !left.has(id) && (split === "val" || !taken || taken.has(id)))
      .map(([place]) => place);
  return { train: placesOf("train"), val: placesOf("val") };
}

const idsOf = (source: DataSource, split: Split): readonly string[] =>
  Array.from({ length: source.size[split] }, (_, index) => source.id(split, index));

const NAMED = 3;

function refuseUnknown(field: string, ids: readonly string[], known: ReadonlySet<string>, what: string): void {
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  const more = unknown.length > NAMED ? ` and ${unknown.length - NAMED} more` : "";
  throw new Error(
    `data.select.${field} names ${unknown.slice(0, NAMED).join(", ")}${more}, ${unknown.length} in all, none of which is ${what}. ` +
      "Remove them from the selection, or open the data that it was made for; another split moves images too.",
  );
}

function checkTasks(source: DataSource, tasks: readonly string[]): void {
  const offered = source.tasks.map(({ task }) => task);
  const strange = tasks.find((task) => !offered.includes(task));
  if (strange !== undefined)
    throw new Error(
      `data.select.classes names ${strange}, but ${source.name} has no labels for it; allowed: ${offered.join(", ")}.`,
    );
}

async function filtered(places: readonly number[], keep: (place: number) => Promise<boolean>): Promise<number[]> {
  const kept: number[] = [];
  for (const place of places) if (await keep(place)) kept.push(place);
  return kept;
}

/** Of these tasks. */
async function shownClasses(
  source: DataSource,
  split: Split,
  index: number,
  tasks: readonly string[],
  { classesOf: known, pause }: SelectOptions,
): Promise<Readonly<Record<string, readonly number[]>>> {
  const told = known?.(source.id(split, index), split);
  if (told && tasks.every((task) => Object.hasOwn(told, task))) return told;
  const shown: Record<string, readonly number[]> = {};
  try {
    const { labels } = await source.load(split, index);
    for (const task of tasks) {
      const label = labels[task];
      if (label?.channels === 1) shown[task] = classesOf(label);
    }
  } catch {
    // The survey and training name the file; here it is only not taken.
  }
  await pause?.();
  return shown;
}

function nothingLeft(source: DataSource, split: Split, { classes, only, without }: Selection): Error {
  const fields = Object.entries({ classes, only, without }).flatMap(([name, value]) => (value ? [name] : []));
  const part = split === "train" ? "training" : "validation";
  return new Error(
    `The selection leaves none of the ${source.size[split]} ${part} images of ${source.name}. ` +
      `Take more in data.select (${fields.join(", ")})${split === "val" ? ", or hold out more with data.valShare" : ""}.`,
  );
}

/** What a run of this configuration would train and be measured on. `source`: the data set before any selection; `selected`: after it. */
export function countSubset(
  source: DataSource,
  selected: DataSource,
  { data, training }: Pick<RunConfig, "data" | "training">,
): SubsetCounts {
  const chosen = (split: Split) => chooseSubset(selected, split, data[split], training.seed);
  const [train, val] = [chosen("train"), chosen("val")];
  const labelled: Record<string, number> = Object.fromEntries(source.tasks.map(({ task }) => [task, 0]));
  for (const index of train)
    for (const task of selected.labelled?.("train", index) ?? Object.keys(labelled)) labelled[task]!++;
  return {
    train: train.length,
    val: val.length,
    leftOut: { train: source.size.train - train.length, val: source.size.val - val.length },
    labelled,
  };
}
