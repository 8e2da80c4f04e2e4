/** The plain layout: pictures as people export them, and arrays as scripts save them. */
import { IGNORE } from "../../src/contracts/sample";
import { humanParts } from "../../src/contracts/tasks/humanParts";
import { sceneClasses } from "../../src/data/scenes";
import {
  colourPng,
  DIRECTION_TOLERANCE_16_BITS,
  directionsPng,
  type Files,
  greyPng,
  JPEG_TOLERANCE,
  jpeg,
  list,
  type MadeDataSet,
  type MadeSample,
  type MakeOptions,
  marked,
  PALETTE,
  palettePng,
  type Scene,
  scenesFor,
  text,
} from "./dataSet";
import { writeMat } from "./writeMat";
import { writeNpy } from "./writeNpy";

const NAMES = sceneClasses.map(({ name }) => name);
const tasks = {
  semseg: { classes: NAMES, classCount: NAMES.length },
  human_parts: { classes: humanParts.names, classCount: humanParts.names.length },
  sal: {},
  normals: {},
  depth: {},
  edge: {},
};

function dataSet(
  options: MakeOptions,
  add: (files: Files, id: string, scene: Scene) => void,
): Omit<MadeDataSet, "tolerances"> {
  const files: Files = {};
  const samples = scenesFor(options).map((scene): MadeSample => {
    const id = `room ${scene.split}/${scene.index}.v1`;
    add(files, id, scene);
    return { id, split: scene.split, image: scene.image, labels: scene.labels };
  });
  files["classes.txt"] = text(`${NAMES.join("\r\n")}\r\n`);
  files["train.txt"] = list(samples, "train");
  files["val.txt"] = list(samples, "val");
  return { layout: "plain", files, samples, tasks };
}

/** JPEG images; palette, 1, 4, 8 and 16 bits. */
export function plainPictures(options: MakeOptions): MadeDataSet {
  const made = dataSet(options, (files, id, { image, labels }) => {
    files[`images/${id}.jpg`] = jpeg(image);
    files[`semseg/${id}.png`] = palettePng(labels.semseg, PALETTE);
    files[`human_parts/${id}.png`] = greyPng(labels.human_parts, 8, IGNORE);
    files[`sal/${id}.png`] = greyPng(labels.sal, 4, 0, (value) => 15 * value);
    files[`normals/${id}.png`] = directionsPng(labels.normals, 16);
    files[`depth/${id}.png`] = greyPng(labels.depth, 16, 0, (metres) => Math.round(1000 * metres));
    files[`edge/${id}.png`] = greyPng(labels.edge, 1);
  });
  const labels = { normals: DIRECTION_TOLERANCE_16_BITS, depth: 0.50001e-3 };
  return { ...made, tolerances: { image: JPEG_TOLERANCE, labels } };
}

/** PNG images; NPY and MAT of many types, orders and byte orders. */
export function plainArrays(options: MakeOptions): MadeDataSet {
  const made = dataSet(options, (files, id, { image, labels, index }) => {
    const { width, height } = image;
    const shape = [height, width];
    if (index % 2 === 0) files[`images/${id}.npy`] = writeNpy("u1", [height, width, 3], image.data, { fortran: true });
    else files[`images/${id}.png`] = colourPng(image);
    files[`semseg/${id}.npy`] = writeNpy("i8", shape, marked(labels.semseg, -1), { order: ">", version: 2 });
    files[`human_parts/${id}.mat`] = writeMat(
      {
        some: { text: "text" },
        human_parts: { class: "double", shape, data: [...labels.human_parts.data], stored: "u1" },
      },
      { littleEndian: false, compressed: true },
    );
    files[`sal/${id}.npy`] = writeNpy("b1", shape, labels.sal.data);
    files[`normals/${id}.npy`] = writeNpy("f8", [3, height, width], planes(marked(labels.normals, Number.NaN)));
    files[`depth/${id}.mat`] = writeMat({ metres: { class: "single", shape, data: marked(labels.depth, Number.NaN) } });
    files[`edge/${id}.mat`] = writeMat({ edge: { class: "uint8", shape, data: [...labels.edge.data], logical: true } });
  });
  return { ...made, tolerances: { labels: { normals: 1e-6 } } };
}

/** [P,3] → [3,P]. */
const planes = (values: readonly number[]): number[] =>
  [0, 1, 2].flatMap((channel) => values.filter((_, i) => i % 3 === channel));

/** Photographs with labels of one task alone, no lists and no class names: what most people come with. */
export function plainSingleTask(options: MakeOptions): MadeDataSet {
  const files: Files = {};
  const samples = scenesFor(options).map(({ id, split, image, labels }): MadeSample => {
    files[`images/${id}.png`] = colourPng(image);
    files[`depth/${id}.npy`] = writeNpy(
      "i8",
      [image.height, image.width],
      marked(labels.depth, 0, (m) => Math.round(1000 * m)),
    );
    return { id, split, image, labels: { depth: labels.depth } };
  });
  return {
    layout: "plain",
    files,
    samples,
    drawn: true,
    tasks: { depth: {} },
    tolerances: { labels: { depth: 0.50001e-3 } },
  };
}
