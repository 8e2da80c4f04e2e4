/**
 * PASCAL_MT: PASCAL-Context for several tasks, as ASTMT (Maninis et al., CVPR 2019) packed it and MTLoRA and DiTASK read it. Semantic
 * classes and context labels: Mottaghi et al., CVPR 2014; parts: Chen et al., CVPR 2014; normals and saliency are distilled from networks.
 *
 * We differ in two points: a sample needs no file of a task that it lacks, and without a context label its normals count everywhere.
 */
import type { FileOptions } from "../../contracts/dataOrigin";
import { builtInFormats } from "../../contracts/labelFormat";
import type { BuiltInTask } from "../../contracts/tasks";
import { humanParts } from "../../contracts/tasks/humanParts";
import type { FileTree } from "../fileTree";
import { labelEdges } from "../formats/edges";
import { assemble } from "./assemble";
import { type Collected, collect, labelledIds, noteRest, type Paths, type Rule, withImage } from "./collect";
import { type FileLabels, fileLabels, type LabelSet } from "./labelSet";
import type { FileNote, Layout } from "./layout";
import { PASCAL_CLASSES } from "./names";
import { keepContextNormals, readContext } from "./pascalContext";
import { decodeParts } from "./pascalParts";
import { splitNames } from "./splits";
import { readSplitLists } from "./textLines";

const rules: readonly Rule[] = [
  { of: "image", pattern: /^JPEGImages\/(?<id>[^/]+)\.jpe?g$/i },
  { of: "semseg", pattern: /^semseg\/VOC12\/(?<id>[^/]+)\.png$/i },
  { of: "semseg", pattern: /^semseg\/pascal-context\/(?<id>[^/]+)\.png$/i },
  { of: "human_parts", pattern: /^human_parts\/(?<id>[^/]+)\.mat$/i },
  { of: "context", pattern: /^pascal-context\/trainval\/(?<id>[^/]+)\.mat$/i },
  { of: "normals", pattern: /^normals_distill\/(?<id>[^/]+)\.png$/i },
  { of: "sal", pattern: /^sal_distill\/(?<id>[^/]+)\.png$/i },
];
const LISTS = { train: "ImageSets/Context/train.txt", val: "ImageSets/Context/val.txt" } as const;
const LABEL_FOLDERS = /^(semseg|human_parts|pascal-context|normals_distill|sal_distill)\//;

export const pascalMt: Layout = {
  id: "pascal_mt",
  description:
    "PASCAL_MT with JPEGImages/ and semseg/VOC12/, semseg/pascal-context/, human_parts/, pascal-context/trainval/, normals_distill/ or sal_distill/.",
  recognise(paths) {
    const folders = [
      ...new Set(paths.map((path) => LABEL_FOLDERS.exec(path)?.[1]).filter((name) => name !== undefined)),
    ];
    if (!paths.some((path) => path.startsWith("JPEGImages/")) || folders.length === 0) return undefined;
    return `there are JPEGImages/ and ${folders.map((name) => `${name}/`).join(", ")}`;
  },
  async open(tree, options) {
    const report: FileNote[] = [];
    const paths = await tree.list();
    const found = collect(paths, rules, report);
    noteRest(
      found.rest.filter((path) => !path.startsWith("ImageSets/")),
      "is not part of PASCAL_MT",
      report,
    );
    const images = found.of("image");
    const labels = labelSets(tree, found, images, options, report);
    const ids = labelledIds(
      images,
      rules.slice(1).map(({ of }) => found.of(of)),
      "pascal_mt",
      report,
    );
    const split = splitNames(ids, await readSplitLists(tree, paths, LISTS), options, report, LISTS);
    return assemble({ tree, options, images, labels, split, report, asPublished: true });
  },
};

function labelSets(
  tree: FileTree,
  found: Collected,
  images: Paths,
  { labelEncodings }: FileOptions,
  report: FileNote[],
): LabelSet[] {
  const context = withImage(found.of("context"), images);
  const of = (task: BuiltInTask, more: Partial<FileLabels> = {}): FileLabels => ({
    data: { task },
    format: builtInFormats[task],
    paths: withImage(found.of(task), images),
    reading: labelEncodings?.[task],
    ...more,
  });
  const parts = { task: humanParts.id, classes: humanParts.names, classCount: humanParts.names.length };
  const sets = [
    of("semseg", { data: { task: "semseg", classes: PASCAL_CLASSES, classCount: PASCAL_CLASSES.length } }),
    of("human_parts", { data: parts, decode: decodeParts }),
    of("sal"),
    of("normals", { refine: (label, id) => keepContextNormals(tree, context.get(id), label) }),
  ].map((files) => fileLabels(tree, files));
  const bare = [...sets[3]!.paths.keys()].filter((id) => !context.has(id)).length;
  if (bare > 0)
    report.push({
      path: "normals_distill/",
      reason: `${bare} normals have no context label in pascal-context/trainval/, so all of their pixels are used`,
    });
  return [...sets, edges(tree, context)].filter(({ paths }) => paths.size > 0);
}

/** Edges lie between context labels. */
function edges(tree: FileTree, paths: Paths): LabelSet {
  const raw = (id: string) => readContext(tree, paths.get(id)!);
  return {
    data: { task: "edge" },
    format: builtInFormats.edge,
    paths,
    reading: {},
    derived: true,
    raw,
    decode: async (file) => labelEdges(file),
    read: async (id) => labelEdges(await raw(id)),
  };
}
