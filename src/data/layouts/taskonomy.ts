/**
 * Taskonomy (Zamir et al., CVPR 2018): files named point_P_view_V_domain_DOMAIN.png in folders of domains and buildings, in the nesting
 * of any of its downloads. Depth is 16-bit, 1/512 m, 65535 invalid; semantic classes are pseudo-labels counted from 1, 0 uncertain.
 * mask_valid marks what the scanner saw: elsewhere depth and normals have no label. Other domains are left to tasks of the user's own.
 */
import type { FileOptions } from "../../contracts/dataOrigin";
import type { LabelEncoding } from "../../contracts/labelEncoding";
import { builtInFormats } from "../../contracts/labelFormat";
import { IGNORE, type LabelMap, type Split } from "../../contracts/sample";
import type { BuiltInTask } from "../../contracts/tasks";
import type { FileTree } from "../fileTree";
import { readRaster } from "../io/readRaster";
import type { Watch } from "../watch";
import { assemble } from "./assemble";
import { labelledIds, noteRest, type Paths, withImage } from "./collect";
import { countClasses, fileLabels, type LabelSet, readFile } from "./labelSet";
import type { FileNote, Layout } from "./layout";
import { describeFolders } from "./plainFolders";
import { splitNames } from "./splits";
import { readLines } from "./textLines";

const NAME = /^(?<folder>.*\/)?(?<view>point_\d+_view_\d+)_domain_(?<domain>\w+)\.png$/;
const MASK = "mask_valid";

/** Which domain each built-in task reads, and how. */
const domains: Readonly<Partial<Record<BuiltInTask, { readonly domain: string; readonly reading: LabelEncoding }>>> = {
  semseg: { domain: "segment_semantic", reading: { ignore: [0], shift: -1 } },
  depth: { domain: "depth_zbuffer", reading: { scale: 1 / 512, ignore: [65535] } },
  normals: { domain: "normal", reading: {} },
};
/** What a person may have renamed or older downloads call otherwise. */
const synonyms: Readonly<Record<string, string>> = {
  segmentsemantic: "segment_semantic",
  principal_curvatures: "principal_curvature",
};

export const taskonomy: Layout = {
  id: "taskonomy",
  description: "Taskonomy's point_P_view_V_domain_DOMAIN.png in folders of domains and buildings, with the domain rgb.",
  recognise(paths) {
    const found = domainsOf(paths).files;
    if (!found.has("rgb") || found.size < 2) return undefined;
    return `there are files point_P_view_V_domain_DOMAIN.png of the domains ${[...found.keys()].join(", ")}`;
  },
  async open(tree, options, watch) {
    const report: FileNote[] = [];
    const { files, rest } = domainsOf(await tree.list());
    noteRest(
      rest.filter((path) => !path.endsWith(".csv")),
      "is not named as Taskonomy's files are",
      report,
    );
    const images = files.get("rgb") ?? new Map<string, string>();
    const labels = await labelSets(tree, files, images, options, watch);
    const used = ["rgb", MASK, ...Object.values(domains).map(({ domain }) => domain)];
    const free = [...files].filter(([domain]) => !used.includes(domain));
    const others = new Map(
      free
        .map(([domain, paths]) => [domain, withImage(paths, images)])
        .filter(([, paths]) => (paths as Paths).size > 0) as [string, Paths][],
    );
    const folders = await describeFolders(tree, { others }, report);
    const ids = labelledIds(images, [...labels.map(({ paths }) => paths), ...others.values()], "taskonomy", report);
    const split = await splitBuildings(tree, rest, ids, options, report);
    return assemble({ tree, options, images, labels, split, report, others, folders });
  },
};

/** Paths by domain and sample id, which is BUILDING/point_P_view_V. A mask is known by its folder: it keeps the name of what it masks. */
function domainsOf(paths: readonly string[]): { files: ReadonlyMap<string, Paths>; rest: readonly string[] } {
  const files = new Map<string, Map<string, string>>();
  const rest: string[] = [];
  for (const path of paths) {
    const { folder = "", view, domain: written } = NAME.exec(path)?.groups ?? {};
    if (view === undefined || written === undefined) {
      rest.push(path);
      continue;
    }
    const parts = folder.split("/").filter((part) => part !== "");
    const domain = parts.includes(MASK) ? MASK : (synonyms[written] ?? written);
    const building = parts.filter((part) => ![domain, written, "taskonomy"].includes(part)).at(-1);
    if (!files.has(domain)) files.set(domain, new Map());
    files.get(domain)!.set(building === undefined ? view : `${building}/${view}`, path);
  }
  return { files, rest };
}

async function labelSets(
  tree: FileTree,
  files: ReadonlyMap<string, Paths>,
  images: Paths,
  options: FileOptions,
  watch: Watch,
): Promise<LabelSet[]> {
  const masks = files.get(MASK);
  const refine = (label: LabelMap, id: string) => maskLabel(tree, masks?.get(id), label);
  const sets: LabelSet[] = [];
  for (const [task, known] of Object.entries(domains) as [BuiltInTask, { domain: string; reading: LabelEncoding }][]) {
    const paths = withImage(files.get(known.domain) ?? new Map(), images);
    const reading = { ...known.reading, ...options.labelEncodings?.[task] };
    const set = fileLabels(tree, {
      data: { task },
      format: builtInFormats[task],
      paths,
      reading,
      ...(task === "semseg" ? {} : { refine }),
    });
    if (paths.size === 0) continue;
    sets.push(
      task === "semseg" ? { ...set, data: { task, classCount: await countClasses(set, options, watch) } } : set,
    );
  }
  return sets;
}

/** Pixels that the mask has as 0 lose their label. */
async function maskLabel(tree: FileTree, path: string | undefined, label: LabelMap): Promise<LabelMap> {
  if (path === undefined) return label;
  const mask = await readFile(tree, path, (bytes) => readRaster(bytes));
  if (mask.width !== label.width || mask.height !== label.height)
    throw new Error(
      `${path} is ${mask.width}×${mask.height}, but the label that it masks is ${label.width}×${label.height}.`,
    );
  const data = label.data.map((value, i) =>
    mask.data[Math.floor(i / label.channels) * mask.channels] === 0 ? IGNORE : value,
  );
  return { ...label, data };
}

/** By the CSV of a published split (columns id, train, val with 1 for a member), else a draw of whole buildings, else of views. */
async function splitBuildings(
  tree: FileTree,
  rest: readonly string[],
  ids: readonly string[],
  options: FileOptions,
  report: FileNote[],
) {
  const building = (id: string): string => id.split("/")[0]!;
  const buildings = [...new Set(ids.map(building))];
  const csv = rest.find((path) => path.endsWith(".csv"));
  if (csv === undefined && buildings.length < 2) return splitNames(ids, {}, options, report);
  const lists = csv === undefined ? {} : parseSplit(await readLines(tree, csv), csv);
  const files = { train: csv ?? "train", val: csv ?? "val" };
  const chosen = splitNames(buildings, onlyKnown(lists, buildings), options, report, files);
  const members = (part: Split): string[] => {
    const inPart = new Set(chosen[part]);
    return ids.filter((id) => inPart.has(building(id)));
  };
  return { train: members("train"), val: members("val") };
}

function onlyKnown(lists: Partial<Record<Split, readonly string[]>>, buildings: readonly string[]) {
  const there = new Set(buildings);
  const known = (names: readonly string[]) => names.filter((name) => there.has(name));
  return lists.train && lists.val ? { train: known(lists.train), val: known(lists.val) } : {};
}

function parseSplit(lines: readonly string[], path: string): Record<Split, readonly string[]> {
  const rows = lines.map((line) => line.split(",").map((cell) => cell.trim()));
  const [header = [], ...buildings] = rows;
  const column = (name: string): number => {
    const index = header.indexOf(name);
    if (index < 0) throw new Error(`${path} has no column ${name}; a split of Taskonomy has id, train and val.`);
    return index;
  };
  const [id, train, val] = [column("id"), column("train"), column("val")];
  const members = (of: number): string[] =>
    buildings.filter((row) => Number(row[of]) === 1).map((row) => row[id] ?? "");
  return { train: members(train), val: members(val) };
}
