/** What lies in a folder of the plain layout: images, label folders of tasks, and label folders that no built-in task has. */
import { isCustomTaskId } from "../../contracts/customTask";
import { IGNORE, type LabelFolder } from "../../contracts/sample";
import { type BuiltInTask, taskIds } from "../../contracts/taskIds";
import { type FileTree, splitPath } from "../fileTree";
import { IMAGE_EXTENSIONS } from "../io/image";
import { decodePng, type PngPixels } from "../io/png";
import type { FileNote } from "./layout";

const TEXT_FILES = ["classes.txt", "train.txt", "val.txt"] as const;

type Paths = ReadonlyMap<string, string>;

/** Image and label paths by name, and which text files there are. */
export interface Found {
  readonly images: Paths;
  /** Of each built-in task. */
  readonly labels: ReadonlyMap<BuiltInTask, Paths>;
  /** Of every other folder that holds a PNG with the name of an image. */
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
      if (extension !== "png") note("is not a PNG, as labels must be");
      else if (!images.has(stem)) note(`has no image named ${stem} in images/`);
      else labels.get(folder)!.set(stem, path);
    } else if (folder !== "" && extension === "png" && images.has(stem)) {
      if (!others.has(folder)) others.set(folder, new Map());
      others.get(folder)!.set(stem, path);
    } else note("is not part of the plain layout");
  }
  return { images, labels, others, texts };
}

function collectImages(paths: readonly string[], report: FileNote[]): Paths {
  const images = new Map<string, string>();
  for (const path of paths) {
    const { folder, stem, extension } = splitPath(path);
    if (folder !== "images") continue;
    if (!IMAGE_EXTENSIONS.some((known) => known === extension))
      report.push({ path, reason: "is neither a JPEG nor a PNG" });
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
        `have a PNG of the same name in one of the folders ${taskIds.join(", ")} or a folder of your own.`,
    );
  }
  return names;
}

/** Looks into the first file of each folder that no built-in task has, and reports it. */
export async function describeFolders(
  tree: FileTree,
  { others }: Found,
  report: FileNote[],
): Promise<readonly LabelFolder[]> {
  const folders: LabelFolder[] = [];
  for (const [name, paths] of others) {
    const [first] = paths.values();
    const note = (reason: string) => report.push({ path: `${name}/`, reason });
    const seen = look(await tree.read(first!));
    const classes = seen?.kind === "classes" ? await highestClass(tree, [...paths.values()]) : undefined;
    if (!seen) {
      note(`belongs to no built-in task, and ${first} is no readable PNG`);
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

function look(bytes: Uint8Array): Pick<LabelFolder, "content" | "kind"> | undefined {
  try {
    const png = decodePng(bytes);
    const values = new Set<number>(png.data);
    const channels = `${png.channels} channel${png.channels > 1 ? "s" : ""} of ${png.depth} bits`;
    const content = `${channels}${png.palette ? " with a palette" : ""}, ${values.size} different value${values.size > 1 ? "s" : ""}`;
    return { content, kind: kindOf(png, values) };
  } catch {
    return undefined;
  }
}

/** Files that are looked through for classes: all would take long, and the number is the user's to say. */
const FILES_SEEN = 16;

/** The highest class index in files spread over the folder; 255 is none. Files that cannot be read are passed over: loading names them. */
async function highestClass(tree: FileTree, paths: readonly string[]): Promise<number> {
  const stride = Math.ceil(paths.length / FILES_SEEN);
  let highest = 0;
  for (let i = 0; i < paths.length; i += stride) {
    try {
      for (const index of decodePng(await tree.read(paths[i]!)).data)
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
function kindOf(png: PngPixels, values: ReadonlySet<number>): LabelFolder["kind"] {
  if (png.channels >= 3) return isUnit(png) ? "unit" : "regression";
  if (png.channels > 1 || png.depth > 8) return "regression";
  const white = 2 ** png.depth - 1;
  if (!png.palette && values.size <= 2 && values.has(white) && (values.size === 1 || values.has(0))) return "binary";
  return png.palette || values.size <= MOST_CLASSES_SEEN ? "classes" : "regression";
}

/** Whether nearly all colours are directions: 2 v / max - 1 of about length 1. */
function isUnit(png: PngPixels): boolean {
  const scale = 2 / (2 ** png.depth - 1);
  const pixels = png.width * png.height;
  let near = 0;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [x, y, z] = [0, 1, 2].map((c) => png.data[pixel * png.channels + c]! * scale - 1) as [number, number, number];
    if (Math.abs(Math.hypot(x, y, z) - 1) < 0.05) near++;
  }
  return near > 0.9 * pixels;
}
