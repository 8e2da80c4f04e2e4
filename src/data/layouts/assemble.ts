/** From images, label sets and a split to a data source: reads a sample's files and holds them against each other. */
import type { CustomTask } from "../../contracts/customTask";
import {
  type DataSource,
  IGNORE,
  type LabelFolder,
  type LabelMap,
  type RgbImage,
  type Sample,
  type Split,
} from "../../contracts/sample";
import { type BuiltInTask, taskIds } from "../../contracts/taskIds";
import type { FileTree } from "../fileTree";
import { resizeLabel } from "../formats/resize";
import { upright } from "../io/exif";
import { decodePhotograph } from "../io/image";
import { fileLabels, type LabelSet, readFile } from "./labelSet";
import type { FileNote, OpenedData, OpenOptions } from "./layout";

export interface Assembly {
  readonly tree: FileTree;
  readonly options: OpenOptions;
  /** Paths by sample id. */
  readonly images: ReadonlyMap<string, string>;
  readonly labels: readonly LabelSet[];
  readonly split: Readonly<Record<Split, readonly string[]>>;
  readonly report: readonly FileNote[];
  /** Label files that wait for a task of the user's own, by the task's id and the sample's. */
  readonly others?: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly folders?: readonly LabelFolder[];
  /** Bring labels of another size to their image's, as the layout's public loader does; else they are refused. */
  readonly resize?: true;
}

export function assemble(parts: Assembly): Omit<OpenedData, "layout" | "seen"> {
  const { tree, images, labels, report, others, folders = [] } = parts;
  const source = sourceOf(parts, labels);
  const withTasks = (own: readonly CustomTask[]): DataSource => sourceOf(parts, [...labels, ...ownLabels(parts, own)]);
  return {
    source: others ? { ...source, folders, withTasks } : source,
    report,
    contents: { tree, images, labels },
  };
}

/** The tasks of the user's own that have files. */
function ownLabels({ tree, others, options }: Assembly, own: readonly CustomTask[]): LabelSet[] {
  return own.flatMap((task): LabelSet[] => {
    const paths = others?.get(task.id);
    if (!paths) return [];
    const data = { task: task.id, ...(task.kind === "classes" ? { classCount: task.classes } : {}) };
    return [fileLabels(tree, { data, format: task, paths, reading: options.readings?.[task.id] })];
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
  };
}

async function loadSample({ tree, images, resize }: Assembly, sets: readonly LabelSet[], id: string): Promise<Sample> {
  const imagePath = images.get(id)!;
  const { stored, orientation } = await readFile(tree, imagePath, decodePhotograph);
  const found: { readonly set: LabelSet; readonly label: LabelMap }[] = [];
  for (const set of sets) if (set.paths.has(id)) found.push({ set, label: await set.read(id) });
  const image = turned(
    stored,
    orientation,
    found.map(({ label }) => label),
  );
  const labels: Record<string, LabelMap> = {};
  for (const { set, label } of found) {
    const path = set.paths.get(id)!;
    const fits = label.width === image.width && label.height === image.height;
    if (!fits && !(resize && sameShape(label, image))) throw wrongSize(label, path, image, imagePath);
    if (set.data.classCount !== undefined) checkClasses(label, path, set.data.classCount);
    labels[set.data.task] = fits ? label : resizeLabel(label, set.format, image.width, image.height);
  }
  return { id, image, labels };
}

const sameSize = (a: { width: number; height: number }, b: { width: number; height: number }): boolean =>
  a.width === b.width && a.height === b.height;

/** How much wider a label may be than its image, made equally high: room for rounding, not for one that is turned or another image's. */
const MOST_STRETCH = 1.1;

/** Whether resizing keeps the label's content where it is; one pixel stands for a picture of one value. */
function sameShape(label: LabelMap, image: RgbImage): boolean {
  if (label.width === 1 && label.height === 1) return true;
  const stretch = (label.width * image.height) / (label.height * image.width);
  return stretch <= MOST_STRETCH && stretch >= 1 / MOST_STRETCH;
}

/** Upright, as people see and label photographs; as it is stored where its labels have that size alone. */
function turned(stored: RgbImage, orientation: number, labels: readonly LabelMap[]): RgbImage {
  const seen = upright(stored, orientation);
  const onStored = labels.length > 0 && labels.every((label) => sameSize(label, stored) && !sameSize(label, seen));
  return onStored ? stored : seen;
}

const wrongSize = (label: LabelMap, path: string, image: RgbImage, imagePath: string): Error =>
  new Error(
    `${path} is ${label.width}×${label.height} but its image ${imagePath} is ${image.width}×${image.height}. ` +
      "Export labels at the size of their image.",
  );

function checkClasses(label: LabelMap, path: string, classCount: number): void {
  for (const index of label.data) {
    if (index < classCount || index === IGNORE) continue;
    throw new Error(
      `${path} has class ${index}, but there are ${classCount} classes (0 to ${classCount - 1}; ${IGNORE} is ignored). ` +
        "Correct the label, or the number of classes: classes.txt names those of semseg, customTasks counts those of your own tasks.",
    );
  }
}
