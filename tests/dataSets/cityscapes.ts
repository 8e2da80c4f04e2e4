/** Cityscapes as its archives unpack: label ids, 16-bit disparities, and a camera file an image. */
import { IGNORE } from "../../src/contracts/sample";
import { CITYSCAPES_CLASSES } from "../../src/data/layouts/names";
import {
  colourPng,
  type Files,
  greyPng,
  highestLabel,
  type MadeDataSet,
  type MadeSample,
  type MakeOptions,
  mapped,
  scenesFor,
  text,
} from "./dataSet";

/** Label id by class of Scenes, and the training class that it stands for. */
const IDS: readonly (readonly [number, number])[] = [
  [11, 2],
  [7, 0],
  [23, 10],
  [0, IGNORE],
  [24, 11],
  [17, 5],
  [33, 18],
  [26, 13],
  [28, 15],
  [12, 3],
  [19, 6],
  [21, 8],
  [4, IGNORE],
];
const CAMERA = { extrinsic: { baseline: 0.1 }, intrinsic: { fx: 1000 } };
const METRE_PIXELS = CAMERA.extrinsic.baseline * CAMERA.intrinsic.fx;

export function cityscapes(options: MakeOptions): MadeDataSet {
  const files: Files = {};
  const samples = scenesFor(options).map(({ image, labels, split, index }): MadeSample => {
    const [city, frame] = [`${split}ton`, `${split}ton_${String(index).padStart(6, "0")}_000019`];
    const put = (folder: string, ending: string, bytes: Uint8Array): void => {
      files[`${folder}/${split}/${city}/${frame}_${ending}`] = bytes;
    };
    put("leftImg8bit", "leftImg8bit.png", colourPng(image));
    put(
      "gtFine",
      "gtFine_labelIds.png",
      greyPng(labels.semseg, 8, 0, (value) => IDS[value]![0]),
    );
    put("gtFine", "gtFine_color.png", colourPng(image));
    put(
      "disparity",
      "disparity.png",
      greyPng(labels.depth, 16, 0, (metres) => Math.round((256 * METRE_PIXELS) / metres) + 1),
    );
    put("camera", "camera.json", text(JSON.stringify(CAMERA)));
    const semseg = mapped(labels.semseg, (value) => (value === IGNORE ? IGNORE : IDS[value]![1]));
    return { id: `${city}/${frame}`, split, image, labels: { semseg, depth: labels.depth } };
  });
  return {
    layout: "cityscapes",
    files,
    samples,
    tasks: { semseg: { classes: CITYSCAPES_CLASSES, classCount: 19 }, depth: {} },
    tolerances: { relativeDepth: (0.51 * highestLabel(samples, "depth")) / (256 * METRE_PIXELS) },
    leftOut: [...samples.map(({ id, split }) => `gtFine/${split}/${id}_gtFine_color.png`), "disparity/"],
  };
}
