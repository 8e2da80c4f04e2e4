/**
 * The plain layout: `images/NAME.jpg|png|npy` and `TASK/NAME.png|jpg|npy|mat` for each labelled task, matched by NAME; `classes.txt` may name the
 * classes of semseg, one per line from index 0; `train.txt` and `val.txt` may list names. A folder that no built-in task has is read
 * once a run defines a task with its name as the id.
 */
import type { FileOptions } from "../../contracts/dataOrigin";
import { builtInFormats } from "../../contracts/labelFormat";
import { IGNORE } from "../../contracts/sample";
import { builtInTasks, taskIds } from "../../contracts/tasks";
import type { FileTree } from "../fileTree";
import type { Watch } from "../watch";
import { assemble } from "./assemble";
import { countClasses, fileLabels, type LabelSet } from "./labelSet";
import type { FileNote, Layout } from "./layout";
import { collectFiles, describeFolders, type Found, labelledNames } from "./plainFolders";
import { splitNames } from "./splits";
import { readLines, readSplitLists } from "./textLines";

export const plain: Layout = {
  id: "plain",
  description: `a folder images/ (JPEG, PNG or NPY) and, with the same file names, labels (PNG, JPEG, NPY or MAT) in one or more of ${taskIds.map((task) => `${task}/`).join(", ")}, or in folders of your own.`,
  recognise: (paths) => (paths.some((path) => path.startsWith("images/")) ? "there is a folder images/" : undefined),
  open: async (tree, options, watch) => {
    const report: FileNote[] = [];
    const found = collectFiles(await tree.list(), report);
    const names = labelledNames(found, report);
    const labels = await labelSets(tree, found, options, watch);
    const folders = await describeFolders(tree, found, report);
    const split = splitNames(
      names,
      await readSplitLists(tree, found.texts, { train: "train.txt", val: "val.txt" }),
      options,
      report,
    );
    return assemble({ tree, options, images: found.images, labels, split, report, others: found.others, folders });
  },
};

async function labelSets(tree: FileTree, found: Found, options: FileOptions, watch: Watch): Promise<LabelSet[]> {
  const sets: LabelSet[] = [];
  for (const [task, paths] of found.labels) {
    if (paths.size === 0) continue;
    const files = {
      data: { task },
      format: builtInFormats[task],
      paths,
      reading: options.labelEncodings?.[task],
      variables: [task],
    };
    const set = fileLabels(tree, files);
    const record = builtInTasks[task];
    if (record.kind !== "classes") sets.push(set);
    else if (record.names)
      sets.push({ ...set, data: { task, classes: record.names, classCount: record.names.length } });
    else sets.push({ ...set, data: { task, ...(await namedClasses(tree, found, set, options, watch)) } });
  }
  return sets;
}

/** From `classes.txt`; without it every label is read once to find the highest index. */
async function namedClasses(
  tree: FileTree,
  found: Found,
  set: LabelSet,
  options: FileOptions,
  watch: Watch,
): Promise<{ classes?: readonly string[]; classCount: number }> {
  if (found.texts.has("classes.txt")) {
    const classes = await readLines(tree, "classes.txt");
    if (classes.length === 0) throw new Error("classes.txt is empty. Name one class per line, or remove the file.");
    if (classes.length > IGNORE)
      throw new Error(`classes.txt names ${classes.length} classes; ${IGNORE} are the most. Name one class per line.`);
    return { classes, classCount: classes.length };
  }
  return { classCount: await countClasses(set, options, watch) };
}
