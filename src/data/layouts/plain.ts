/**
 * The plain layout: `images/NAME.jpg|png` and `TASK/NAME.png` for each labelled task, matched by NAME; `classes.txt` may name the
 * classes of semseg, one per line from index 0; `train.txt` and `val.txt` may list names.
 */
import type { DataSource, LabelMap, LabelTask, RgbImage, Sample, Split, TaskData } from "../../contracts/sample";
import { IGNORE } from "../../contracts/sample";
import { decodeUtf8 } from "../../core/math/text";
import { type FileTree, splitPath } from "../fileTree";
import { labelDecoders } from "../formats/labels";
import { decodeImage, IMAGE_EXTENSIONS } from "../io/image";
import { decodePng } from "../io/png";
import type { FileNote, Layout, OpenOptions } from "./layout";
import { splitNames } from "./splits";

const TASKS = Object.keys(labelDecoders) as LabelTask[];
const TEXT_FILES = ["classes.txt", "train.txt", "val.txt"] as const;
/** Background, head, torso, upper arms, lower arms, upper legs, lower legs (PASCAL-Context's parts in six groups). */
const HUMAN_PARTS = ["background", "head", "torso", "upper arm", "lower arm", "upper leg", "lower leg"] as const;

export const plain: Layout = {
  id: "plain",
  description: `a folder images/ (JPEG or PNG) and, with the same file names, PNG labels in one or more of ${TASKS.map((task) => `${task}/`).join(", ")}.`,
  matches: (paths) => paths.some((path) => path.startsWith("images/")),
  open: async (tree, options) => {
    const report: FileNote[] = [];
    const found = collectFiles(await tree.list(), report);
    const names = labelledNames(found, report);
    const tasks = await describeTasks(tree, found);
    const lists = await readLists(tree, found);
    const split = splitNames(names, lists, options.seed, report);
    return { source: plainSource(tree, options, found, tasks, split), report };
  },
};

/** Image and label paths by name, and which text files there are. */
interface Found {
  readonly images: Map<string, string>;
  readonly labels: ReadonlyMap<LabelTask, Map<string, string>>;
  readonly texts: ReadonlySet<string>;
}

function collectFiles(paths: readonly string[], report: FileNote[]): Found {
  const images = new Map<string, string>();
  const labels = new Map(TASKS.map((task) => [task, new Map<string, string>()]));
  const texts = new Set<string>();
  for (const path of paths) {
    const { folder, stem, extension } = splitPath(path);
    const note = (reason: string) => report.push({ path, reason });
    const labelPaths = labels.get(folder as LabelTask);
    if (folder === "" && TEXT_FILES.some((name) => name === path)) texts.add(path);
    else if (folder === "images") {
      if (!IMAGE_EXTENSIONS.some((known) => known === extension)) note("is neither a JPEG nor a PNG");
      else if (images.has(stem)) note(`has the same name as ${images.get(stem)}, which is used`);
      else images.set(stem, path);
    } else if (labelPaths) {
      if (extension === "png") labelPaths.set(stem, path);
      else note("is not a PNG, as labels must be");
    } else note("is not part of the plain layout");
  }
  return { images, labels, texts };
}

/** Names with an image and at least one label; the others are reported. */
function labelledNames({ images, labels }: Found, report: FileNote[]): string[] {
  for (const byName of labels.values()) {
    for (const [name, path] of byName) {
      if (images.has(name)) continue;
      report.push({ path, reason: `has no image named ${name} in images/` });
      byName.delete(name);
    }
  }
  const labelled = (name: string): boolean => [...labels.values()].some((byName) => byName.has(name));
  for (const [name, path] of images) if (!labelled(name)) report.push({ path, reason: "has no label of any task" });
  const names = [...images.keys()].filter(labelled);
  if (names.length < 2) {
    throw new Error(
      `The plain layout needs at least two images with labels, but ${names.length} of ${images.size} images in images/ ` +
        `have a PNG of the same name in one of the folders ${TASKS.join(", ")}.`,
    );
  }
  return names;
}

async function describeTasks(tree: FileTree, found: Found): Promise<TaskData[]> {
  const tasks: TaskData[] = [];
  for (const [task, paths] of found.labels) {
    if (paths.size === 0) continue;
    if (task === "human_parts") tasks.push({ task, classes: HUMAN_PARTS, classCount: HUMAN_PARTS.length });
    else if (task === "semseg") tasks.push({ task, ...(await semsegClasses(tree, found, paths)) });
    else tasks.push({ task });
  }
  return tasks;
}

/** From `classes.txt`; without it every label is read once to find the highest index. */
async function semsegClasses(
  tree: FileTree,
  found: Found,
  paths: ReadonlyMap<string, string>,
): Promise<{ classes?: readonly string[]; classCount: number }> {
  if (found.texts.has("classes.txt")) {
    const classes = textLines(await tree.read("classes.txt"));
    if (classes.length === 0) throw new Error("classes.txt is empty. Name one class per line, or remove the file.");
    return { classes, classCount: classes.length };
  }
  let highest = 0;
  for (const path of paths.values()) {
    const { data } = await readLabel(tree, "semseg", path);
    for (const index of data) if (index !== IGNORE && index > highest) highest = index;
  }
  return { classCount: highest + 1 };
}

async function readLists(tree: FileTree, found: Found): Promise<Partial<Record<Split, readonly string[]>>> {
  const lists: Partial<Record<Split, readonly string[]>> = {};
  for (const split of ["train", "val"] as const) {
    if (found.texts.has(`${split}.txt`)) lists[split] = textLines(await tree.read(`${split}.txt`));
  }
  return lists;
}

const textLines = (bytes: Uint8Array): string[] =>
  decodeUtf8(bytes)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");

function plainSource(
  tree: FileTree,
  options: OpenOptions,
  found: Found,
  tasks: readonly TaskData[],
  split: Readonly<Record<Split, readonly string[]>>,
): DataSource {
  const load = async (part: Split, index: number): Promise<Sample> => {
    const id = split[part][index];
    if (id === undefined) throw new Error(`There is no sample ${index} in ${part}; it has ${split[part].length}.`);
    const imagePath = found.images.get(id)!;
    const image = await readFile(tree, imagePath, decodeImage);
    const labels: Partial<Record<LabelTask, LabelMap>> = {};
    for (const { task, classCount } of tasks) {
      const path = found.labels.get(task)?.get(id);
      if (path === undefined) continue;
      const label = await readLabel(tree, task, path);
      checkLabel(label, path, image, imagePath);
      if (classCount !== undefined) checkClasses(label, path, classCount);
      labels[task] = label;
    }
    return { id, image, labels };
  };
  return { name: options.name, tasks, size: { train: split.train.length, val: split.val.length }, load };
}

const readLabel = (tree: FileTree, task: LabelTask, path: string): Promise<LabelMap> =>
  readFile(tree, path, (bytes) => labelDecoders[task](decodePng(bytes)));

async function readFile<T>(tree: FileTree, path: string, decode: (bytes: Uint8Array) => T): Promise<T> {
  const bytes = await tree.read(path);
  try {
    return decode(bytes);
  } catch (cause) {
    throw new Error(`Cannot use ${path}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function checkLabel(label: LabelMap, path: string, image: RgbImage, imagePath: string): void {
  if (label.width === image.width && label.height === image.height) return;
  throw new Error(
    `${path} is ${label.width}×${label.height} but its image ${imagePath} is ${image.width}×${image.height}. ` +
      "Export labels at the size of their image.",
  );
}

function checkClasses(label: LabelMap, path: string, classCount: number): void {
  for (const index of label.data) {
    if (index < classCount || index === IGNORE) continue;
    throw new Error(
      `${path} has class ${index}, but there are ${classCount} classes (0 to ${classCount - 1}; ${IGNORE} is ignored). ` +
        "Correct the label, or name every class in classes.txt.",
    );
  }
}
