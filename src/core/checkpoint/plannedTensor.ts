/** Where the numbers of one parameter are in a file. Letters: C channels, L places of the map, E tokens between the class token and the map's. */
import type { Shape } from "../graph/node";
import type { Glimpse } from "./shapes";

/** One parameter of ours and where its numbers are. */
export interface PlannedTensor {
  /** "backbone.layers.0.blocks.0.attn.qkv.weight" */
  readonly ours: string;
  readonly shape: Shape;
  /** Keys of the file; several make one of ours, row after row. */
  readonly keys: readonly string[];
  /** What each key has, or should have; in the file's layout. */
  readonly fileShapes: readonly Shape[];
  /** What each key has where nothing is resized. */
  readonly wanted: readonly Shape[];
  readonly isPatch: boolean;
  /** Rows of positions that the file has before the map's: the class token's, and 1+E or 0 in some models. Others: undefined. */
  readonly leadingRows: number | undefined;
  /** Positions [1,1+E+L,C] whose rows 1 to E are those of these tokens, where the file gives them some; its key and shape. */
  readonly places: { readonly key: string; readonly shape: Shape } | undefined;
  /** The key of the layer scale [C] that multiplies the rows, where the file has one. */
  readonly scale: string | undefined;
}

/** A parameter that stands in the file as it is, or as parts, row after row. */
export const plainTensor = (
  parameter: Pick<PlannedTensor, "ours" | "shape">,
  names: readonly string[],
  wanted: readonly Shape[],
  file: Glimpse,
): PlannedTensor => ({
  ...parameter,
  keys: names.map((name) => file.key(name)),
  fileShapes: names.map((name, i) => file.shape(name) ?? wanted[i]!),
  wanted,
  isPatch: false,
  leadingRows: undefined,
  places: undefined,
  scale: undefined,
});

/** [1,before+L,C] → [1,after+L,C] */
export const withRows = (shape: Shape, before: number, after: number): Shape => [
  shape[0]!,
  shape[1]! - before + after,
  ...shape.slice(2),
];
