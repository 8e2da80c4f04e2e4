/** From images, label sets and a split to a data source: reads a sample's files and holds them against each other. */

import type { CustomTask } from "../../contracts/customTask";
import type { FileOptions } from "../../contracts/dataOrigin";
import type { DataSource, LabelFolder, LabelMap, RgbImage, Sample, Split } from "../../contracts/sample";
import { type BuiltInTask, taskIds } from "../../contracts/tasks";
import type { FileTree } from "../fileTree";
import { resizeLabel } from "../formats/resize";
import { upright } from "../io/exif";
import { decodePhotograph } from "../io/image";
import { checkClasses, fits, liesOnStored, sameSize, wrongSize } from "./fit";
import { fileLabels, type LabelSet, readFile } from "./labelSet";
import type { FileNote, OpenedData } from "./layout";

export interface Assembly {
  readonly tree: FileTree;
  readonly options: FileOptions;
  /** Paths by sample id. */
  readonly images: ReadonlyMap<string, string>;
  readonly labels: readonly LabelSet[];
  readonly split: Readonly<Record<Split, readonly string[]>>;
  readonly report: readonly FileNote[];
  /** Label files that wait for a task of the user's own, by the task's id and the sample's. */
  readonly others?: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly folders?: readonly LabelFolder[];
  /**
   * As the layout's public loader does: bring labels of another size to their image's, which are refused else, and take photographs as
   * they are stored, whatever their EXIF tag says. Labels were made beside that loader, so that they lie on the stored picture.
   */
  readonly asPublished?: true;
}

export function assemble(parts: Assembly): Omit<OpenedData, "layout" | "seen"> {
  const { tree, images, labels, split, report, others, folders = [], asPublished } = parts;
  const source = sourceOf(parts, labels);
  const withTasks = (own: readonly CustomTask[]): DataSource => sourceOf(parts, [...labels, ...ownLabels(parts, own)]);
  return {
    source: others ? { ...source, folders, withTasks } : source,
    report,
    contents: {
      tree,
      images,
      labels,
      split,
      ownLabels: (own) => ownLabels(parts, own),
      ...(asPublished && { asPublished }),
    },
  };
}

/** The tasks of the user's own that have files. */
function ownLabels({ tree, others, options }: Assembly, own: readonly CustomTask[]): LabelSet[] {
  return own.flatMap((task): LabelSet[] => {
    const paths = others?.get(task.id);
    if (!paths) return [];
    const data = { task: task.id, ...(task.kind === "classes" ? { classCount: task.classes } : {}) };
    return [fileLabels(tree, { data, format: task, paths, reading: options.labelEncodings?.[task.id] })];
  });
}

function sourceOf(parts: Assembly, labels: readonly LabelSet[]): DataSource {
  const { split, options } = parts;
  const idOf = (part: Split, index: number): string => {
    const id = split[part][index];
    if (id === undefined) throw new Error(`There is no sample ${index} in ${part}; it has ${split[part].length}.`);
    return id;
  };
  const tasks = labels.map(({ data, format }) =>
    taskIds.includes(data.task as BuiltInTask) ? data : { ...data, format },
  );
  return {
    name: options.name,
    tasks,
    size: { train: split.train.length, val: split.val.length },
    load: async (part, index) => loadSample(parts, labels, idOf(part, index)),
    id: idOf,
    labelled: (part, index) => {
      const id = idOf(part, index);
      return labels.filter(({ paths }) => paths.has(id)).map(({ data }) => data.task);
    },
  };
}

async function loadSample(
  { tree, images, asPublished }: Assembly,
  sets: readonly LabelSet[],
  id: string,
): Promise<Sample> {
  const imagePath = images.get(id)!;
  const { stored, orientation } = await readFile(tree, imagePath, decodePhotograph);
  const found: { readonly set: LabelSet; readonly label: LabelMap }[] = [];
  for (const set of sets) if (set.paths.has(id)) found.push({ set, label: await set.read(id) });
  const maps = found.map(({ label }) => label);
  const image = asPublished ? stored : turned(stored, orientation, maps);
  const labels: Record<string, LabelMap> = {};
  for (const { set, label } of found) {
    const path = set.paths.get(id)!;
    if (!fits(label, image, asPublished ?? false)) throw wrongSize(label, path, image, imagePath);
    if (set.data.classCount !== undefined) checkClasses(label, path, set.data.classCount);
    labels[set.data.task] = sameSize(label, image) ? label : resizeLabel(label, set.format, image.width, image.height);
  }
  return { id, image, labels };
}

/** Upright, as people see and label photographs; as it is stored where its labels lie on that alone. */
function turned(stored: RgbImage, orientation: number, labels: readonly LabelMap[]): RgbImage {
  const seen = upright(stored, orientation);
  return liesOnStored(stored, seen, labels) ? stored : seen;
}
