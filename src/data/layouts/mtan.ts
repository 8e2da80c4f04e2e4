/**
 * The preprocessed NYUv2 (288×384, 13 classes) and Cityscapes (128×256, 7 or 19 classes) of MTAN (Liu et al., CVPR 2019):
 * {train,val}/{image,label,depth,normal}/N.npy. Without normals it is Cityscapes, whose depth/ holds inverse depth and no metres; it is
 * left to a task of the user's own named "inverse_depth".
 */
import { builtInFormats } from "../../contracts/labelFormat";
import type { BuiltInTask } from "../../contracts/tasks";
import { assemble } from "./assemble";
import { collect, labelledIds, noteRest, type Rule, withImage } from "./collect";
import { countClasses, fileLabels, type LabelSet } from "./labelSet";
import type { FileNote, Layout } from "./layout";
import { describeFolders } from "./plainFolders";
import { splitNames } from "./splits";

/** The split is part of the id: both count from 0. */
const rules: readonly Rule[] = [
  ["image", "image"],
  ["semseg", "label"],
  ["semseg", "label_19"],
  ["semseg", "label_7"],
  ["depth", "depth"],
  ["normals", "normal"],
].map(([of, folder]) => ({ of: of!, pattern: new RegExp(`^(?<split>train|val)/${folder}/(?<id>[^/]+)\\.npy$`) }));

export const mtan: Layout = {
  id: "mtan",
  description: "MTAN's train/ and val/ with image/, label/, depth/ and normal/ of N.npy each.",
  recognise(paths) {
    const has = (part: string): boolean =>
      paths.some((path) => path.startsWith(`train/${part}`) && path.endsWith(".npy"));
    if (!has("image/") || !(has("label") || has("depth/"))) return undefined;
    return `there are train/image/ and ${["label", "depth/", "normal/"].filter(has).join(", ")} with NPY files`;
  },
  async open(tree, options, watch) {
    const report: FileNote[] = [];
    const found = collect(await tree.list(), rules, report);
    noteRest(found.rest, "is not part of MTAN's layout", report);
    const images = found.of("image");
    const isNyud = found.of("normals").size > 0;
    const tasks: readonly BuiltInTask[] = isNyud ? ["semseg", "depth", "normals"] : ["semseg"];
    const labels: LabelSet[] = [];
    for (const task of tasks) {
      const paths = withImage(found.of(task), images);
      const set = fileLabels(tree, {
        data: { task },
        format: builtInFormats[task],
        paths,
        reading: options.labelEncodings?.[task],
      });
      if (paths.size === 0) continue;
      if (task !== "semseg") labels.push(set);
      else labels.push({ ...set, data: { task, classCount: await countClasses(set, options, watch) } });
    }
    const inverse = isNyud ? new Map<string, string>() : withImage(found.of("depth"), images);
    const others = new Map(inverse.size > 0 ? [["inverse_depth", inverse]] : []);
    const folders = await describeFolders(tree, { others }, report);
    const ids = labelledIds(images, [...labels.map(({ paths }) => paths), inverse], "mtan", report);
    const inSplit = (split: string): string[] => ids.filter((id) => id.startsWith(`${split}/`));
    const lists = inSplit("val").length > 0 ? { train: inSplit("train"), val: inSplit("val") } : {};
    const split = splitNames(ids, lists, options, report, { train: "train/", val: "val/" });
    return assemble({ tree, options, images, labels, split, report, others, folders });
  },
};
