/** The preprocessed NYUv2 and Cityscapes of MTAN: NPY files, numbered from 0 in each split. */
import type { LabelMap } from "../../src/contracts/sample";
import {
  type Files,
  highestLabel,
  type MadeDataSet,
  type MadeSample,
  type MakeOptions,
  mapped,
  marked,
  type Scene,
  scenesFor,
} from "./dataSet";
import { writeNpy } from "./writeNpy";

const shape = ({ height, width, channels }: LabelMap): number[] => [height, width, channels];

const colours = ({ image }: Scene): Uint8Array =>
  writeNpy(
    "f4",
    [image.height, image.width, 3],
    Array.from(image.data, (value) => value / 255),
  );

export function mtanNyud(options: MakeOptions): MadeDataSet {
  const files: Files = {};
  const scenes = scenesFor(options);
  const samples = scenes.map((scene): MadeSample => {
    const { split, index, image, labels } = scene;
    const { semseg, depth, normals } = labels;
    files[`${split}/image/${index}.npy`] = colours(scene);
    files[`${split}/label/${index}.npy`] = writeNpy("f8", shape(semseg).slice(0, 2), marked(semseg, -1));
    files[`${split}/depth/${index}.npy`] = writeNpy("f4", shape(depth), marked(depth, 0), { order: ">" });
    files[`${split}/normal/${index}.npy`] = writeNpy("f8", shape(normals), marked(normals, 0));
    return { id: `${split}/${index}`, split, image, labels: { semseg, depth, normals } };
  });
  return {
    layout: "mtan",
    files,
    samples,
    tasks: { semseg: { classCount: highestLabel(scenes, "semseg") + 1 }, depth: {}, normals: {} },
    tolerances: { labels: { normals: 1e-6 } },
  };
}

/** 19 classes are read where there are 19 and 7; depth/ is inverse and left to a task of the user's own. */
export function mtanCityscapes(options: MakeOptions): MadeDataSet {
  const files: Files = {};
  const scenes = scenesFor(options);
  const samples = scenes.map((scene): MadeSample => {
    const { split, index, image, labels } = scene;
    const { semseg, depth } = labels;
    files[`${split}/image/${index}.npy`] = colours(scene);
    files[`${split}/label_19/${index}.npy`] = writeNpy("i8", shape(semseg).slice(0, 2), marked(semseg, -1));
    files[`${split}/label_7/${index}.npy`] = writeNpy(
      "i8",
      shape(semseg).slice(0, 2),
      marked(
        mapped(semseg, (v) => v % 7),
        -1,
      ),
    );
    files[`${split}/depth/${index}.npy`] = writeNpy(
      "f4",
      shape(depth),
      marked(depth, 0, (metres) => 1 / metres),
    );
    return { id: `${split}/${index}`, split, image, labels: { semseg } };
  });
  return {
    layout: "mtan",
    files,
    samples,
    tasks: { semseg: { classCount: highestLabel(scenes, "semseg") + 1 } },
    tolerances: {},
    leftOut: [...scenes.map(({ split, index }) => `${split}/label_7/${index}.npy`), "inverse_depth/"],
  };
}
