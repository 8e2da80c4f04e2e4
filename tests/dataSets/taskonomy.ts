/** Taskonomy: one folder a domain and building, PNG files alone, the split by a CSV of buildings. */
import { IGNORE } from "../../src/contracts/sample";
import {
  colourPng,
  DIRECTION_TOLERANCE_8_BITS,
  directionsPng,
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

const BUILDINGS = { train: "allensville", val: "beechwood" } as const;
const UNITS_PER_METRE = 512;

export function taskonomy(options: MakeOptions): MadeDataSet {
  const files: Files = {};
  const scenes = scenesFor(options);
  const samples = scenes.map(({ image, labels, split, index }): MadeSample => {
    const building = BUILDINGS[split];
    const view = `point_${index}_view_3`;
    const put = (domain: string, bytes: Uint8Array, named = domain): void => {
      files[`${domain}/taskonomy/${building}/${view}_domain_${named}.png`] = bytes;
    };
    put("rgb", colourPng(image));
    put(
      "segment_semantic",
      greyPng(labels.semseg, 8, 0, (value) => value + 1),
      "segmentsemantic",
    );
    put(
      "depth_zbuffer",
      greyPng(labels.depth, 16, 65535, (metres) => Math.round(metres * UNITS_PER_METRE)),
    );
    put("normal", directionsPng(labels.normals, 8));
    put(
      "edge_texture",
      greyPng(labels.edge, 16, 0, (value) => 8000 * value),
    );
    // The scanner saw nothing of the top row, and the mask keeps the name of what it masks.
    const isSeen = (pixel: number): boolean => pixel >= image.width;
    const mask = mapped(labels.sal, (_, pixel) => (isSeen(pixel) ? 1 : 0));
    put(
      "mask_valid",
      greyPng(mask, 8, 0, (value) => 255 * value),
      "depth_zbuffer",
    );
    const depth = mapped(labels.depth, (value, pixel) => (isSeen(pixel) ? value : IGNORE));
    const normals = mapped(labels.normals, (value, i) => (isSeen(Math.floor(i / 3)) ? value : IGNORE));
    return { id: `${building}/${view}`, split, image, labels: { semseg: labels.semseg, depth, normals } };
  });
  files["splits_taskonomy/train_val_test_tiny.csv"] = text(
    `id,train,val,test\n${BUILDINGS.train},1,0,0\n${BUILDINGS.val},0,1,0\nnowhere,1,0,0\n`,
  );
  return {
    layout: "taskonomy",
    files,
    samples,
    tasks: { semseg: { classCount: highestLabel(scenes, "semseg") + 1 }, depth: {}, normals: {} },
    tolerances: { labels: { depth: 0.5001 / UNITS_PER_METRE, normals: DIRECTION_TOLERANCE_8_BITS } },
    leftOut: ["edge_texture/"],
  };
}
