/** NYUD_MT in its three public copies. */
import { IGNORE, type LabelMap } from "../../src/contracts/sample";
import { NYUD_CLASSES } from "../../src/data/layouts/names";
import {
  colourPng,
  DIRECTION_TOLERANCE_8_BITS,
  directionColours,
  directionsPng,
  type Files,
  greyPng,
  JPEG_TOLERANCE,
  jpeg,
  list,
  type MadeDataSet,
  type MadeSample,
  type MakeOptions,
  mapped,
  marked,
  type Scene,
  scenesFor,
  type Tolerances,
} from "./dataSet";
import { writeMat } from "./writeMat";
import { writeNpy } from "./writeNpy";

/** NYUD's class, from 0, by that of Scenes. */
const CLASSES = [0, 1, 21, 8, 30, 6, 4, 5, 3, 2, 34, 39, 10];

type Variant = (files: Files, id: string, scene: Scene, semseg: LabelMap) => void;

const shape2 = ({ height, width }: LabelMap): number[] => [height, width];
const fromOne = (label: LabelMap): number[] => marked(label, 0, (value) => value + 1);

/** ASTMT: JPEG images and normals, MAT files, edges as PNG. */
const astmt: Variant = (files, id, { image, labels: { depth, normals, edge } }, semseg) => {
  const { width, height } = image;
  files[`images/${id}.jpg`] = jpeg(image);
  // MATLAB stores whole doubles as bytes.
  const classes = { class: "double", shape: shape2(semseg), data: fromOne(semseg), stored: "u1" } as const;
  files[`segmentation/${id}.mat`] = writeMat({ segmentation: classes }, { compressed: true });
  const metres = { class: "single", shape: shape2(depth), data: marked(depth, 0) } as const;
  files[`depth/${id}.mat`] = writeMat({ depth: metres });
  files[`normals/${id}.jpg`] = jpeg({ width, height, data: Uint8Array.from(directionColours(normals, 8)) }, 100);
  files[`edge/${id}.png`] = greyPng(edge, 8, 0, (value) => 255 * value);
};

/** MTI-Net, MTLoRA, DiTASK: NPY beside JPEG and PNG. */
const mtiNet: Variant = (files, id, { image, labels: { depth, normals, edge } }, semseg) => {
  files[`images/${id}.jpg`] = jpeg(image);
  files[`segmentation/${id}.png`] = greyPng(semseg, 8, 0, (value) => value + 1);
  files[`depth/${id}.npy`] = writeNpy("f4", shape2(depth), marked(depth, 0));
  files[`normals/${id}.npy`] = writeNpy("f4", [...shape2(normals), 3], marked(normals, 0));
  files[`edge/${id}.npy`] = writeNpy("f8", shape2(edge), edge.data);
};

/** ATRC, InvPT, TaskPrompter: PNG but for depth. */
const atrc: Variant = (files, id, { image, labels: { depth, normals, edge } }, semseg) => {
  files[`images/${id}.png`] = colourPng(image);
  files[`segmentation/${id}.png`] = greyPng(semseg, 8, 0, (value) => value + 1);
  files[`depth/${id}.npy`] = writeNpy("f4", [...shape2(depth), 1], marked(depth, 0), { fortran: true });
  files[`normals/${id}.png`] = directionsPng(normals, 8);
  files[`edge/${id}.png`] = greyPng(edge, 1);
};

/** A JPEG of quality 100 keeps each number of a direction within 0.03. */
const JPEG_NORMALS = 0.05;

const variants: Readonly<
  Record<"astmt" | "mtiNet" | "atrc", { readonly add: Variant; readonly tolerances: Tolerances }>
> = {
  astmt: { add: astmt, tolerances: { image: JPEG_TOLERANCE, labels: { normals: JPEG_NORMALS } } },
  mtiNet: { add: mtiNet, tolerances: { image: JPEG_TOLERANCE, labels: { normals: 1e-6 } } },
  atrc: { add: atrc, tolerances: { labels: { normals: DIRECTION_TOLERANCE_8_BITS } } },
};

export function nyud(variant: keyof typeof variants, options: MakeOptions): MadeDataSet {
  const { add, tolerances } = variants[variant];
  const files: Files = {};
  const samples = scenesFor(options).map((scene, i): MadeSample => {
    const id = String(i + 1);
    const semseg = mapped(scene.labels.semseg, (value) => (value === IGNORE ? IGNORE : CLASSES[value]!));
    add(files, id, scene, semseg);
    const { depth, normals, edge } = scene.labels;
    return { id, split: scene.split, image: scene.image, labels: { semseg, depth, normals, edge } };
  });
  files["gt_sets/train.txt"] = list(samples, "train");
  files["gt_sets/val.txt"] = list(samples, "val");
  const tasks = { semseg: { classes: NYUD_CLASSES, classCount: 40 }, depth: {}, normals: {}, edge: {} };
  return { layout: "nyud_mt", files, samples, tasks, tolerances };
}
