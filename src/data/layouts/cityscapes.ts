/**
 * Cityscapes (Cordts et al., CVPR 2016) as its archives unpack: 19 training classes of the 34 label ids; depth from disparity where the
 * cameras' files are there, else the disparity for a task of the user's own.
 */
import type { FileOptions } from "../../contracts/dataOrigin";
import { builtInFormats } from "../../contracts/labelFormat";
import { IGNORE, type LabelMap } from "../../contracts/sample";
import { decodeUtf8 } from "../../core/math/text";
import type { FileTree } from "../fileTree";
import { labelNumber } from "../formats/labels";
import type { Raster } from "../io/raster";
import { readRaster } from "../io/readRaster";
import { assemble } from "./assemble";
import { type Collected, collect, labelledIds, noteRest, type Paths, type Rule, withImage } from "./collect";
import { fileLabels, type LabelSet, readFile } from "./labelSet";
import type { FileNote, Layout } from "./layout";
import { CITYSCAPES_CLASSES } from "./names";
import { describeFolders } from "./plainFolders";
import { splitNames } from "./splits";

/** Archives may be unpacked side by side, so that their folders lie at any depth. The test set has no public labels. */
const file = (folder: string, ending: string): RegExp =>
  new RegExp(`(?:^|/)${folder}/(?:train|val)/(?<id>[^/]+/[^/]+)_${ending}$`);

const rules: readonly Rule[] = [
  { of: "image", pattern: file("leftImg8bit", "leftImg8bit\\.png") },
  { of: "semseg", pattern: file("gtFine", "gtFine_labelIds\\.png") },
  { of: "trainIds", pattern: file("gtFine", "gtFine_labelTrainIds\\.png") },
  { of: "disparity", pattern: file("disparity", "disparity\\.png") },
  { of: "camera", pattern: file("camera", "camera\\.json") },
];

/** Label ids by training class: road is 7, sidewalk 8, ... */
const LABEL_IDS: readonly number[] = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33];
export const CITYSCAPES_CLASS_MAP: readonly number[] = Array.from({ length: 34 }, (_, id) => {
  const index = LABEL_IDS.indexOf(id);
  return index < 0 ? IGNORE : index;
});

export const cityscapes: Layout = {
  id: "cityscapes",
  description: "Cityscapes with leftImg8bit/SPLIT/CITY/ and gtFine/SPLIT/CITY/ or disparity/SPLIT/CITY/.",
  recognise(paths) {
    const has = (folder: string): boolean => paths.some((path) => `/${path}`.includes(`/${folder}/`));
    const labels = ["gtFine", "disparity"].filter(has);
    if (!has("leftImg8bit") || labels.length === 0) return undefined;
    return `there are leftImg8bit/ and ${labels.map((name) => `${name}/`).join(", ")}`;
  },
  async open(tree, options) {
    const report: FileNote[] = [];
    const found = collect(await tree.list(), rules, report);
    noteRest(found.rest, "is not used: it is no training or validation image, label ids, disparity or camera", report);
    const images = found.of("image");
    const labels = labelSets(tree, found, images, options);
    const disparity = withImage(found.of("disparity"), images);
    const others = new Map(disparity.size > 0 ? [["disparity", disparity]] : []);
    const folders = await describeFolders(tree, { others }, report);
    const ids = labelledIds(images, [...labels.map(({ paths }) => paths), disparity], "cityscapes", report);
    const split = splitNames(ids, folderLists(ids, images), options, report, { train: "train/", val: "val/" });
    return assemble({ tree, options, images, labels, split, report, others, folders });
  },
};

function labelSets(tree: FileTree, found: Collected, images: Paths, { labelEncodings }: FileOptions): LabelSet[] {
  const [byId, byTrainId] = [withImage(found.of("semseg"), images), withImage(found.of("trainIds"), images)];
  const isById = byId.size > 0;
  const semseg = fileLabels(tree, {
    data: { task: "semseg", classes: CITYSCAPES_CLASSES, classCount: CITYSCAPES_CLASSES.length },
    format: builtInFormats.semseg,
    paths: isById ? byId : byTrainId,
    reading: { ...(isById ? { classMap: CITYSCAPES_CLASS_MAP } : {}), ...labelEncodings?.["semseg"] },
  });
  return [semseg, depthSet(tree, found, images)].filter(({ paths }) => paths.size > 0);
}

/** Metres from 16-bit disparities and the file of each image's camera. */
function depthSet(tree: FileTree, found: Collected, images: Paths): LabelSet {
  const cameras = found.of("camera");
  const paths = new Map([...withImage(found.of("disparity"), images)].filter(([id]) => cameras.has(id)));
  const raw = (id: string): Promise<Raster> => readFile(tree, paths.get(id)!, (bytes) => readRaster(bytes));
  const decode = async (file: Raster, id: string): Promise<LabelMap> =>
    toDepth(file, paths.get(id)!, await readFile(tree, cameras.get(id)!, parseCamera));
  return {
    data: { task: "depth" },
    format: builtInFormats.depth,
    paths,
    reading: {},
    derived: true,
    raw,
    decode,
    read: async (id) => decode(await raw(id), id),
  };
}

/** Focal length · baseline, in pixels · metres. @throws where the file does not say both. */
function parseCamera(bytes: Uint8Array): number {
  const { extrinsic, intrinsic } = json(bytes);
  const product = Number(extrinsic?.baseline) * Number(intrinsic?.fx);
  if (product > 0 && Number.isFinite(product)) return product;
  throw new Error("it lacks extrinsic.baseline or intrinsic.fx as a positive number. Copy the camera file again.");
}

function json(bytes: Uint8Array): { extrinsic?: { baseline?: unknown }; intrinsic?: { fx?: unknown } } {
  try {
    return Object(JSON.parse(decodeUtf8(bytes)));
  } catch (cause) {
    throw new Error("it is no JSON. Copy the camera file again.", { cause });
  }
}

/** Farther away a fraction of a pixel of disparity is hundreds of metres; published evaluations on Cityscapes end there too. */
const FARTHEST_METRES = 80;

/**
 * Disparity in pixels is (v - 1) / 256, and 0 marks none (Cityscapes' own description); depth = focal length · baseline / disparity. What
 * is farther than 80 m has no label.
 */
function toDepth({ width, height, channels, depth, data }: Raster, path: string, product: number): LabelMap {
  if (channels !== 1 || depth !== 16)
    throw new Error(`${path} should be a 16-bit grey PNG, but it has ${channels} channel(s) of ${depth} bits.`);
  const metresOf = (v: number): number => (v > 1 ? (256 * product) / (v - 1) : Number.POSITIVE_INFINITY);
  const near = (metres: number): number => (metres <= FARTHEST_METRES ? labelNumber(metres) : IGNORE);
  return { width, height, channels: 1, data: Float32Array.from(data, (v) => near(metresOf(v))) };
}

/** The folders train/ and val/ as lists, where there are both. */
function folderLists(ids: readonly string[], images: Paths) {
  const isTrain = (id: string): boolean => `/${images.get(id)!}`.includes("/leftImg8bit/train/");
  const train = ids.filter(isTrain);
  const val = ids.filter((id) => !isTrain(id));
  return train.length > 0 && val.length > 0 ? { train, val } : {};
}
