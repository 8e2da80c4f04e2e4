/**
 * The plain layout: `images/NAME.jpg|png` and `TASK/NAME.png` for each labelled task, matched by NAME; `classes.txt` may name the
 * classes of semseg, one per line from index 0; `train.txt` and `val.txt` may list names. A folder that no built-in task has is read
 * once a run defines a task with its name as the id.
 */
import type { CustomTask } from "../../contracts/customTask";
import { builtInFormats, type LabelFormat } from "../../contracts/labelFormat";
import type { DataSource, LabelMap, RgbImage, Sample, Split, TaskData } from "../../contracts/sample";
import { IGNORE } from "../../contracts/sample";
import { type BuiltInTask, taskIds } from "../../contracts/taskIds";
import { decodeUtf8 } from "../../core/math/text";
import type { FileTree } from "../fileTree";
import { decodeLabel } from "../formats/labels";
import { decodeImage } from "../io/image";
import { decodePng } from "../io/png";
import type { FileNote, Layout } from "./layout";
import { collectFiles, describeFolders, type Found, labelledNames } from "./plainFolders";
import { splitNames } from "./splits";

/** Background, head, torso, upper arms, lower arms, upper legs, lower legs (PASCAL-Context's parts in six groups). */
const HUMAN_PARTS = ["background", "head", "torso", "upper arm", "lower arm", "upper leg", "lower leg"] as const;

export const plain: Layout = {
  id: "plain",
  description: `a folder images/ (JPEG or PNG) and, with the same file names, PNG labels in one or more of ${taskIds.map((task) => `${task}/`).join(", ")}, or in folders of your own.`,
  matches: (paths) => paths.some((path) => path.startsWith("images/")),
  open: async (tree, options) => {
    const report: FileNote[] = [];
    const found = collectFiles(await tree.list(), report);
    const names = labelledNames(found, report);
    const tasks = await describeTasks(tree, found);
    const folders = await describeFolders(tree, found, report);
    const lists = await readLists(tree, found);
    const split = splitNames(names, lists, options.seed, report);
    const opened: Opened = { tree, name: options.name, found, split };
    const source = plainSource(opened, tasks);
    return { source: { ...source, folders, withTasks: (own) => withTasks(opened, tasks, own) }, report };
  },
};

/** What the sources of one opened folder share. */
interface Opened {
  readonly tree: FileTree;
  readonly name: string;
  readonly found: Found;
  readonly split: Readonly<Record<Split, readonly string[]>>;
}

/** A task's data with the folder's paths by name. */
interface LabelFiles extends TaskData {
  readonly format: LabelFormat;
  readonly paths: ReadonlyMap<string, string>;
}

async function describeTasks(tree: FileTree, found: Found): Promise<LabelFiles[]> {
  const tasks: LabelFiles[] = [];
  for (const [task, paths] of found.labels) {
    if (paths.size === 0) continue;
    const files = { task, format: builtInFormats[task], paths };
    if (task === "human_parts") tasks.push({ ...files, classes: HUMAN_PARTS, classCount: HUMAN_PARTS.length });
    else if (task === "semseg") tasks.push({ ...files, ...(await semsegClasses(tree, found, paths)) });
    else tasks.push(files);
  }
  return tasks;
}

/** The tasks of the user's own that have a folder join the built-in ones. */
function withTasks(opened: Opened, builtIn: readonly LabelFiles[], own: readonly CustomTask[]): DataSource {
  const found = own.flatMap((task): LabelFiles[] => {
    const paths = opened.found.others.get(task.id);
    if (!paths) return [];
    return [{ task: task.id, format: task, paths, ...(task.kind === "classes" ? { classCount: task.classes } : {}) }];
  });
  return plainSource(opened, [...builtIn, ...found]);
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
    const { data } = await readLabel(tree, builtInFormats.semseg, path);
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

function plainSource({ tree, name, found, split }: Opened, files: readonly LabelFiles[]): DataSource {
  const load = async (part: Split, index: number): Promise<Sample> => {
    const id = split[part][index];
    if (id === undefined) throw new Error(`There is no sample ${index} in ${part}; it has ${split[part].length}.`);
    const imagePath = found.images.get(id)!;
    const image = await readFile(tree, imagePath, decodeImage);
    const labels: Record<string, LabelMap> = {};
    for (const { task, format, classCount, paths } of files) {
      const path = paths.get(id);
      if (path === undefined) continue;
      const label = await readLabel(tree, format, path);
      checkLabel(label, path, image, imagePath);
      if (classCount !== undefined) checkClasses(label, path, classCount);
      labels[task] = label;
    }
    return { id, image, labels };
  };
  const tasks = files.map(({ paths: _, format, ...data }) =>
    taskIds.includes(data.task as BuiltInTask) ? data : { ...data, format },
  );
  return { name, tasks, size: { train: split.train.length, val: split.val.length }, load };
}

const readLabel = (tree: FileTree, format: LabelFormat, path: string): Promise<LabelMap> =>
  readFile(tree, path, (bytes) => decodeLabel(decodePng(bytes), format));

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
        "Correct the label, or the number of classes: classes.txt names those of semseg, customTasks counts those of your own tasks.",
    );
  }
}
