/**
 * NYUD_MT: NYUD-v2 (Silberman et al., ECCV 2012) for several tasks with 40 classes, in its public copies: of ASTMT (MAT, JPEG normals),
 * of MTI-Net, MTLoRA and DiTASK (NPY), and of ATRC, InvPT and TaskPrompter (PNG). Each file is read as its content says.
 *
 * Segmentation counts from 1, and 0 is ignored; ASTMT trained 0 as a class of its own, the others and we do not.
 */

import type { LabelEncoding } from "../../contracts/labelEncoding";
import { builtInFormats } from "../../contracts/labelFormat";
import type { TaskData } from "../../contracts/sample";
import type { BuiltInTask } from "../../contracts/tasks";
import { assemble } from "./assemble";
import { collect, labelledIds, noteRest, type Rule, withImage } from "./collect";
import { fileLabels } from "./labelSet";
import type { FileNote, Layout } from "./layout";
import { NYUD_CLASSES } from "./names";
import { splitNames } from "./splits";
import { readSplitLists } from "./textLines";

const rules: readonly Rule[] = [
  { of: "image", pattern: /^images\/(?<id>[^/]+)\.(jpe?g|png)$/i },
  { of: "semseg", pattern: /^segmentation\/(?<id>[^/]+)\.(png|mat|npy)$/i },
  { of: "depth", pattern: /^depth\/(?<id>[^/]+)\.(npy|mat|png)$/i },
  { of: "normals", pattern: /^normals\/(?<id>[^/]+)\.(npy|mat|png|jpe?g)$/i },
  { of: "edge", pattern: /^edge\/(?<id>[^/]+)\.(npy|png|mat)$/i },
];
const LISTS = { train: "gt_sets/train.txt", val: "gt_sets/val.txt" } as const;

/** By task: what its TaskData says beside the id, how its values are read, and the variables of its MAT files. */
const tasks: readonly {
  readonly data: TaskData & { readonly task: BuiltInTask };
  readonly reading?: LabelEncoding;
  readonly variables: readonly string[];
}[] = [
  {
    data: { task: "semseg", classes: NYUD_CLASSES, classCount: NYUD_CLASSES.length },
    reading: { ignore: [0], shift: -1 },
    variables: ["segmentation"],
  },
  { data: { task: "depth" }, variables: ["depth"] },
  { data: { task: "normals" }, variables: ["norms", "normals"] },
  { data: { task: "edge" }, variables: ["edge"] },
];

export const nyudMt: Layout = {
  id: "nyud_mt",
  description: "NYUD_MT with images/, segmentation/ and gt_sets/, depth/, normals/ or edge/.",
  recognise(paths) {
    const has = (folder: string): boolean => paths.some((path) => path.startsWith(folder));
    const beside = ["gt_sets/", "depth/", "normals/", "edge/"].filter(has);
    if (!has("images/") || !has("segmentation/") || beside.length === 0) return undefined;
    return `there are images/, segmentation/ and ${beside.join(", ")}`;
  },
  async open(tree, options) {
    const report: FileNote[] = [];
    const paths = await tree.list();
    const found = collect(paths, rules, report);
    const isList = (path: string): boolean => path.startsWith("gt_sets/");
    noteRest(
      found.rest.filter((path) => !isList(path)),
      "is not part of NYUD_MT",
      report,
    );
    const images = found.of("image");
    const labels = tasks
      .map(({ data, reading, variables }) =>
        fileLabels(tree, {
          data,
          format: builtInFormats[data.task],
          paths: withImage(found.of(data.task), images),
          reading: { ...reading, ...options.labelEncodings?.[data.task] },
          variables,
        }),
      )
      .filter((set) => set.paths.size > 0);
    const ids = labelledIds(
      images,
      tasks.map(({ data }) => found.of(data.task)),
      "nyud_mt",
      report,
    );
    const split = splitNames(ids, await readSplitLists(tree, paths, LISTS), options, report, LISTS);
    return assemble({ tree, options, images, labels, split, report, asPublished: true });
  },
};
