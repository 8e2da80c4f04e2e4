/** PASCAL_MT: palette and grey class maps, part annotations and context labels in MAT files, distilled normals and saliency. */
import { IGNORE, type LabelMap } from "../../src/contracts/sample";
import { humanParts } from "../../src/contracts/tasks/humanParts";
import { PASCAL_CLASSES } from "../../src/data/layouts/names";
import { semantic } from "../../src/data/scenes/classes";
import {
  DIRECTION_TOLERANCE_8_BITS,
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
  PALETTE,
  palettePng,
  type Scene,
  scenesFor,
} from "./dataSet";
import { edgesOf } from "./edges";
import { emptyArray, type MatContent, scalar, writeMat } from "./writeMat";

/** PASCAL VOC's class by that of Scenes: person 15, table 11, chair 9, sofa 18, plant 16, screen 20, the rest background. */
const VOC = [0, 0, 0, 0, 15, 11, 9, 18, 0, 0, 0, 16, 20];
/** PASCAL-Context's id by class of Scenes, and whether distilled normals count there. */
const CONTEXT: readonly (readonly [number, boolean])[] = [
  [440, true],
  [158, true],
  [68, true],
  [1, false],
  [284, true],
  [397, true],
  [59, true],
  [2, false],
  [18, true],
  [45, false],
  [459, false],
  [307, true],
  [427, true],
];

export function pascal(options: MakeOptions): MadeDataSet {
  const files: Files = {};
  const samples = scenesFor(options).map((scene, i) => addSample(files, scene, i));
  files["ImageSets/Context/train.txt"] = list(samples, "train");
  files["ImageSets/Context/val.txt"] = list(samples, "val");
  return {
    layout: "pascal_mt",
    files,
    samples,
    tasks: {
      semseg: { classes: PASCAL_CLASSES, classCount: 21 },
      human_parts: { classes: humanParts.names, classCount: 7 },
      sal: {},
      normals: {},
      edge: {},
    },
    tolerances: { image: JPEG_TOLERANCE, labels: { normals: DIRECTION_TOLERANCE_8_BITS } },
    leftOut: ["semseg/pascal-context/2008_000000.png"],
  };
}

function addSample(files: Files, scene: Scene, number: number): MadeSample {
  const id = `2008_${String(number).padStart(6, "0")}`;
  const { image, labels, split } = scene;
  const { width, height } = image;
  const semseg = mapped(labels.semseg, (value) => (value === IGNORE ? IGNORE : VOC[value]!));
  // Where there is no class there is a window: Scenes' own class is needed for the context.
  const sceneClass = labels.semseg.data.map((value) => (value === IGNORE ? semantic.window : value));
  const context = Array.from(sceneClass, (value) => CONTEXT[value]![0]);
  const normals = mapped(labels.normals, (value, i) => (CONTEXT[sceneClass[Math.floor(i / 3)]!]![1] ? value : IGNORE));
  files[`JPEGImages/${id}.jpg`] = jpeg(image);
  if (number % 2 === 0) files[`semseg/VOC12/${id}.png`] = palettePng(semseg, PALETTE);
  else files[`semseg/pascal-context/${id}.png`] = greyPng(semseg, 8, IGNORE);
  // The first has both: that of VOC12 counts.
  if (number === 0)
    files[`semseg/pascal-context/${id}.png`] = greyPng(
      mapped(semseg, () => 0),
      8,
    );
  files[`human_parts/${id}.mat`] = writeMat({ anno: annotation(id, labels.human_parts) }, { compressed: true });
  files[`pascal-context/trainval/${id}.mat`] = writeMat(
    { LabelMap: { class: "uint16", shape: [height, width], data: context } },
    { compressed: number % 2 === 0 },
  );
  files[`normals_distill/${id}.png`] = directionsPng(labels.normals, 8);
  files[`sal_distill/${id}.png`] = greyPng(labels.sal, 8, 0, (value) => 255 * value);
  const edge = { ...labels.sal, data: edgesOf(labels.sal, context) };
  return { id, split, image, labels: { semseg, human_parts: labels.human_parts, sal: labels.sal, normals, edge } };
}

/** A name of each group of human parts. */
const PART_NAMES = ["", "hair", "torso", "luarm", "rlarm", "ruleg", "lfoot"];

/** `anno` of PASCAL-Part: a chair without parts, and a person where there is one. */
function annotation(name: string, label: LabelMap): MatContent {
  const mask = (holds: (group: number) => boolean): MatContent => ({
    class: "uint8",
    shape: [label.height, label.width],
    data: Array.from(label.data, (group) => (group !== IGNORE && holds(group) ? 1 : 0)),
    logical: true,
  });
  const part = (part_name: string, holds: (group: number) => boolean) => ({
    part_name: { text: part_name },
    mask: mask(holds),
  });
  const groups = [1, 2, 3, 4, 5, 6].filter((group) => label.data.includes(group));
  // The neck covers everything first: later parts lie over earlier ones.
  const parts: MatContent = {
    fields: ["part_name", "mask"],
    elements: [
      ...(groups.length > 0 ? [part("neck", (group) => group > 0)] : []),
      ...groups.map((group) => part(PART_NAMES[group]!, (of) => of === group)),
    ],
  };
  const object = (name: string, index: number, ofObject: MatContent) => ({
    class: { text: name },
    class_ind: scalar(index),
    mask: mask((group) => index === 15 && group > 0),
    parts: ofObject,
  });
  const people = groups.length > 0 ? [object("person", 15, parts)] : [];
  return {
    fields: ["imname", "objects"],
    elements: [
      {
        imname: { text: name },
        objects: {
          fields: ["class", "class_ind", "mask", "parts"],
          elements: [object("chair", 9, emptyArray), ...people, object("person", 15, emptyArray)],
        },
      },
    ],
  };
}
