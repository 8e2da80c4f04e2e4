/** PASCAL-Part's annotation of one image (`anno` in a MAT file; Chen et al., CVPR 2014) → six groups of human parts. */
import { IGNORE } from "../../contracts/sample";
import type { NumberArray } from "../io/array";
import { type MatValue, readMat } from "../io/mat";
import { checkPixelCount, type Raster } from "../io/raster";

const PERSON = 15;

/** Part names by the index of their group. */
const GROUPS: readonly string[][] = [
  [],
  ["hair", "head", "lear", "rear", "lebrow", "rebrow", "leye", "reye", "mouth", "nose"],
  ["torso", "neck"],
  ["luarm", "ruarm"],
  ["llarm", "rlarm", "lhand", "rhand"],
  ["luleg", "ruleg"],
  ["llleg", "rlleg", "lfoot", "rfoot"],
];
const groupOf = new Map(GROUPS.flatMap((names, group) => names.map((name) => [name, group] as const)));

/**
 * Group per pixel, 0 outside, later parts over earlier ones. Where no pixel shows a person's part all is `IGNORE`, as in the public loader,
 * in one pixel where not even a size is known.
 * @throws where the file is no such annotation.
 */
export function decodeParts(bytes: Uint8Array): Raster {
  const objects = elements(elements(readMat(bytes).get("anno"))[0]?.get("objects"));
  const size = objects.map((object) => numbers(object.get("mask"))).find((mask) => mask !== undefined);
  const [height = 1, width = 1] = size?.shape ?? [];
  checkPixelCount(width, height);
  const data = new Uint8Array(width * height);
  for (const object of objects) {
    const parts = elements(object.get("parts"), true);
    if (numbers(object.get("class_ind"))?.data[0] !== PERSON || parts.length === 0) continue;
    for (const part of parts) paint(part, width, height, data);
  }
  return { width, height, channels: 1, data: data.some((group) => group > 0) ? data : data.fill(IGNORE) };
}

function paint(part: ReadonlyMap<string, MatValue>, width: number, height: number, data: Uint8Array): void {
  const name = part.get("part_name");
  const group = name?.kind === "text" ? groupOf.get(name.text) : undefined;
  if (group === undefined)
    throw new Error(
      `a person has the part ${JSON.stringify(name?.kind === "text" ? name.text : null)}, which is none of ${[...groupOf.keys()].join(", ")}.`,
    );
  const mask = numbers(part.get("mask"));
  if (mask?.shape[0] !== height || mask.shape[1] !== width || mask.shape.length !== 2)
    throw new Error(
      `the mask of a part is ${mask?.shape.join("×") ?? "missing"}, but its image is ${height}×${width} (rows × columns).`,
    );
  for (let pixel = 0; pixel < data.length; pixel++) if (mask.data[pixel] !== 0) data[pixel] = group;
}

/** The elements of a struct array; none of an empty array. */
function elements(value: MatValue | undefined, mayBeEmpty = false): readonly ReadonlyMap<string, MatValue>[] {
  if (value?.kind === "struct") return value.elements;
  if (mayBeEmpty && (value === undefined || (value.kind === "numbers" && value.data.length === 0))) return [];
  throw new Error("the MAT file is no part annotation: it lacks anno.objects as a struct. Copy the file again.");
}

const numbers = (value: MatValue | undefined): NumberArray | undefined =>
  value?.kind === "numbers" ? value : undefined;
