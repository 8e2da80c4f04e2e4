/** What lies in a folder of the plain layout: images, label folders of tasks, and label folders that no built-in task has. */
import { isCustomTaskId } from "../../contracts/customTask";
import { IGNORE, type LabelFolder } from "../../contracts/sample";
import { type BuiltInTask, taskIds } from "../../contracts/tasks";
import { type FileTree, splitPath } from "../fileTree";
import { IMAGE_EXTENSIONS } from "../io/image";
import { highestValue, type Raster } from "../io/raster";
import { RASTER_EXTENSIONS, readRaster } from "../io/readRaster";
import type { FileNote } from "./layout";

const TEXT_FILES = ["classes.txt", "train.txt", "val.txt"] as const;

type Paths = ReadonlyMap<string, string>;

/** Image and label paths by name, and which text files there are. */
export interface Found {
  readonly images: Paths;
  /** Of each built-in task. */
  readonly labels: ReadonlyMap<BuiltInTask, Paths>;
  /** Of every other folder that holds a label file with the name of an image. */
  readonly others: ReadonlyMap<string, Paths>;
  readonly texts: ReadonlySet<string>;
}

const isBuiltIn = (folder: string): folder is BuiltInTask => taskIds.some((id) => id === folder);

export function collectFiles(paths: readonly string[], report: FileNote[]): Found {
  const images = collectImages(paths, report);
  const labels = new Map(taskIds.map((task) => [task, new Map<string, string>()]));
  const others = new Map<string, Map<string, string>>();
  const texts = new Set<string>();
  for (const path of paths) {
    const { folder, stem, extension } = splitPath(path);
    const note = (reason: string) => report.push({ path, reason });
    if (folder === "images") continue;
    if (folder === "" && TEXT_FILES.some((name) => name === path)) texts.add(path);
    else if (isBuiltIn(folder)) {
      if (!isLabelFile(extension)) note("is not a PNG, JPEG, NPY or MAT file, as labels must be");
      else if (!images.has(stem)) note(`has no image named ${stem} in images/`);
      else addOnce(labels.get(folder)!, stem, path, note);
    } else if (folder !== "" && isLabelFile(extension) && images.has(stem)) {
      if (!others.has(folder)) others.set(folder, new Map());
      addOnce(others.get(folder)!, stem, path, note);
    } else note("is not part of the plain layout");
  }
  return { images, labels, others, texts };
}

const isLabelFile = (extension: string): boolean => RASTER_EXTENSIONS.some((known) => known === extension);

function addOnce(paths: Map<string, string>, stem: string, path: string, note: (reason: string) => void): void {
  if (paths.has(stem)) note(`has the same name as ${paths.get(stem)}, which is used`);
  else paths.set(stem, path);
}

function collectImages(paths: readonly string[], report: FileNote[]): Paths {
  const images = new Map<string, string>();
  for (const path of paths) {
    const { folder, stem, extension } = splitPath(path);
    if (folder !== "images") continue;
    if (!IMAGE_EXTENSIONS.some((known) => known === extension))
      report.push({ path, reason: "is neither a JPEG, a PNG nor an NPY file" });
    else if (images.has(stem)) report.push({ path, reason: `has the same name as ${images.get(stem)}, which is used` });
    else images.set(stem, path);
  }
  return images;
}

/** Names with an image and at least one label, of whichever folder, so that the split does not hang on what a run defines. */
export function labelledNames({ images, labels, others }: Found, report: FileNote[]): string[] {
  const folders = [...labels.values(), ...others.values()];
  const labelled = (name: string): boolean => folders.some((byName) => byName.has(name));
  for (const [name, path] of images) if (!labelled(name)) report.push({ path, reason: "has no label of any task" });
  const names = [...images.keys()].filter(labelled);
  if (names.length < 2) {
    throw new Error(
      `The plain layout needs at least two images with labels, but ${names.length} of ${images.size} images in images/ ` +
        `have a label of the same name in one of the folders ${taskIds.join(", ")} or a folder of your own.`,
    );
  }
  return names;
}

/** Looks into the first file of each folder that no built-in task has, and reports it. */
export async function describeFolders(
  tree: FileTree,
  { others }: Pick<Found, "others">,
  report: FileNote[],
): Promise<readonly LabelFolder[]> {
  const folders: LabelFolder[] = [];
  for (const [name, paths] of others) {
    const [first] = paths.values();
    const note = (reason: string) => report.push({ path: `${name}/`, reason });
    const seen = await look(tree, first!, name);
    const classes = seen?.kind === "classes" ? await highestClass(tree, [...paths.values()], name) : undefined;
    if (!seen) {
      note(`belongs to no built-in task, and ${first} is no readable PNG, JPEG, NPY or MAT file`);
      continue;
    }
    const about = `belongs to no built-in task; ${first} is ${seen.content}, so it may hold ${seen.kind} labels.`;
    if (!isCustomTaskId(name)) {
      note(`${about} Rename the folder to a to z, 0 to 9, _ and -, a letter first, to define a task for it`);
      continue;
    }
    note(`${about} Define a task with the id "${name}" to use it`);
    folders.push({ name, files: paths.size, ...seen, ...(classes === undefined ? {} : { classes: classes + 1 }) });
  }
  return folders;
}

async function look(
  tree: FileTree,
  path: string,
  name: string,
): Promise<Pick<LabelFolder, "content" | "kind"> | undefined> {
  try {
    const file = readRaster(await tree.read(path), [name]);
    const values = new Set<number>(file.data);
    const channels = `${file.channels} channel${file.channels > 1 ? "s" : ""}`;
    const numbers =
      file.depth === undefined ? `of ${file.data.constructor.name.replace("Array", "")}` : `of ${file.depth} bits`;
    const content = `${channels} ${numbers}${file.palette ? " with a palette" : ""}, ${values.size} different value${values.size > 1 ? "s" : ""}`;
    return { content, kind: kindOf(file, values) };
  } catch {
    return undefined;
  }
}

/** Files that are looked through for classes: all would take long, and the number is the user's to say. */
const FILES_SEEN = 16;

/** The highest class index in files spread over the folder; 255 is none. Files that cannot be read are passed over: loading names them. */
async function highestClass(tree: FileTree, paths: readonly string[], name: string): Promise<number> {
  const stride = Math.ceil(paths.length / FILES_SEEN);
  let highest = 0;
  for (let i = 0; i < paths.length; i += stride) {
    try {
      for (const index of readRaster(await tree.read(paths[i]!), [name]).data)
        if (index !== IGNORE && index > highest) highest = index;
    } catch {
      // The folder's other files say enough.
    }
  }
  return highest;
}

/** More classes than this in one picture are taken for numbers. */
const MOST_CLASSES_SEEN = 64;

/** A guess for people, which any definition overrules. */
function kindOf(file: Raster, values: ReadonlySet<number>): LabelFolder["kind"] {
  if (file.channels >= 3) return isUnit(file) ? "unit" : "regression";
  const whole = [...values].every((value) => Number.isInteger(value) && value >= -1 && value <= 255);
  if (file.channels > 1 || (file.depth ?? 8) > 8 || !whole) return "regression";
  const white = file.depth === undefined ? 1 : 2 ** file.depth - 1;
  if (!file.palette && values.size <= 2 && values.has(white) && (values.size === 1 || values.has(0))) return "binary";
  return file.palette || values.size <= MOST_CLASSES_SEEN ? "classes" : "regression";
}

/** Whether nearly all colours are directions: 2 v / max - 1 (floats: v) of about length 1. */
function isUnit(file: Raster): boolean {
  const highest = highestValue(file);
  const [scale, shift] = highest === undefined ? [1, 0] : [2 / highest, -1];
  const pixels = file.width * file.height;
  let near = 0;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [x, y, z] = [0, 1, 2].map((c) => file.data[pixel * file.channels + c]! * scale + shift) as [
      number,
      number,
      number,
    ];
    if (Math.abs(Math.hypot(x, y, z) - 1) < 0.05) near++;
  }
  return near > 0.9 * pixels;
}
