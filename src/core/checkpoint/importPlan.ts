/**
 * What a file's tensors become in a model, worked out from names and shapes before any number is read. Letters: C channels, p side of
 * a patch, R registers.
 */
import type { ImportReport } from "../../contracts/importReport";
import { type Shape, sameShape, showShape } from "../graph/node";
import type { Parameter } from "../nn/parameters";
import { type NamingId, nameTables } from "./nameTables/registry";
import { type NameTable, theirKeys } from "./nameTables/table";
import { canFit } from "./positions";
import type { Recognised } from "./recognise";
import { Glimpse, type Shapes } from "./shapes";
import { sortRest } from "./spareTensors";

/** One parameter of ours and where its numbers are. */
export interface PlannedTensor {
  /** "backbone.layers.0.blocks.0.attn.qkv.weight" */
  readonly ours: string;
  readonly shape: Shape;
  /** Keys of the file; several make one of ours, row after row. */
  readonly keys: readonly string[];
  /** What each key has, or should have; in the file's layout. */
  readonly fileShapes: readonly Shape[];
  readonly isPatch: boolean;
  /** Rows of positions that the file has before the map's: 2 with a distillation token, 0 without a class token. Others: undefined. */
  readonly leadingRows: number | undefined;
  /** The key of the layer scale [C] that multiplies the rows, where the file has one. */
  readonly scale: string | undefined;
}

/** Where a model's pretrained parameters are in files of one naming. */
export interface NamePlan {
  readonly naming: NamingId;
  readonly prefix: string;
  readonly tensors: readonly PlannedTensor[];
}

export interface ImportPlan extends NamePlan {
  readonly report: ImportReport;
}

const OURS = "backbone.";

/** The parameters that a checkpoint can fill: the backbone's, without what a method adds. */
export const pretrained = (parameters: readonly Parameter[]): readonly Parameter[] =>
  parameters.filter(({ name, group }) => name.startsWith(OURS) && group !== "theta" && group !== "adapter");

/** Where a file under `naming` has, or would have, the parameters of a model. `shapes`: of a file, whose own variants then count. */
export function planNames(
  parameters: readonly Parameter[],
  naming: NamingId,
  prefix = "",
  shapes: Shapes = new Map(),
): NamePlan {
  const table = nameTables.find(({ id }) => id === naming)!;
  const file = new Glimpse(shapes, prefix);
  return { naming, prefix, tensors: pretrained(parameters).flatMap((p) => planTensor(p, table, file) ?? []) };
}

function planTensor({ name, shape }: Parameter, table: NameTable, file: Glimpse): PlannedTensor | undefined {
  const own = name.slice(OURS.length);
  const names = theirKeys(table, own);
  if (!names) return undefined;
  const isPatch = own === "patch_embed.proj.weight";
  const wanted = wantedShape(shape, names.length, isPatch);
  return {
    ours: name,
    shape,
    keys: names.map((key) => file.key(key)),
    fileShapes: names.map((key) => file.shape(key) ?? wanted),
    isPatch,
    leadingRows: own === "pos_embed" ? leadingRows(table, file, shape) : undefined,
    scale: scaleKey(table, own, file),
  };
}

/** A tensor's shape in the file, where nothing is resized. */
function wantedShape(shape: Shape, parts: number, isPatch: boolean): Shape {
  if (isPatch) {
    const side = Math.sqrt(shape[1]! / 3);
    return [shape[0]!, 3, side, side];
  }
  return [shape[0]! / parts, ...shape.slice(1)];
}

/** Positions [1,rows,C]: the class token's is the one row that ours has before the map's. */
function leadingRows(table: NameTable, file: Glimpse, ours: Shape): number {
  const rows = file.shape(table.positions)?.[1] ?? ours[1]!;
  if (table.family === "vit" && file.shape(table.distillation)) return 2;
  return Number.isInteger(Math.sqrt(rows - 1)) ? 1 : 0;
}

function scaleKey(table: NameTable, own: string, file: Glimpse): string | undefined {
  const found = /^blocks\.(\d+)\.(attn\.proj|mlp\.fc2)\.(weight|bias)$/.exec(own);
  if (!found || table.family !== "vit") return undefined;
  const name = `${table.block(Number(found[1]))}.${table.scales[found[2] === "attn.proj" ? 0 : 1]}`;
  return file.shape(name) && file.key(name);
}

/** Compares a recognised file with a model; nothing is read and nothing replaced. */
export function planImport(parameters: readonly Parameter[], recognised: Recognised, shapes: Shapes): ImportPlan {
  const { naming, prefix } = recognised;
  const names = planNames(parameters, naming, prefix, shapes);
  const covered = new Set(names.tensors.map(({ ours }) => ours));
  const lacking = names.tensors.filter(({ keys }) => keys.some((key) => !shapes.has(key)));
  const present = names.tensors.filter((tensor) => !lacking.includes(tensor));
  const wrong = present.filter((tensor) => !fits(tensor));
  const used = new Set(names.tensors.flatMap(({ keys, scale }) => [...keys, ...(scale ? [scale] : [])]));
  const rest = [...shapes.keys()].filter((key) => !used.has(key));
  const report: ImportReport = {
    matched: present.length - wrong.length,
    missing: [
      ...pretrained(parameters).flatMap(({ name }) => (covered.has(name) ? [] : [name])),
      ...lacking.map(({ ours }) => ours),
    ],
    ...sortRest(rest, prefix),
    converted: conversions(present.filter((tensor) => !wrong.includes(tensor))),
    mismatched: wrong.map(({ ours, shape, keys, fileShapes, isPatch }) => ({
      name: keys.join(" + "),
      found: fileShapes.map(showShape).join(" + "),
      wanted: `${showShape(wantedShape(shape, keys.length, isPatch))} (${ours})`,
    })),
  };
  return { ...names, report };
}

/** @throws where a plan leaves a parameter without numbers. */
export function refuseUnfit({ missing, mismatched }: ImportReport): void {
  if (missing.length > 0)
    throw new Error(
      `The file lacks ${listed(missing)}. Load weights of the same architecture, whole; nothing was replaced.`,
    );
  if (mismatched.length > 0)
    throw new Error(
      `${mismatched
        .slice(0, 3)
        .map(({ name, found, wanted }) => `${name} is ${found} in the file, but this model needs ${wanted}`)
        .join("; ")}${mismatched.length > 3 ? `; ${mismatched.length - 3} more differ` : ""}. ` +
        "Only positions are resized; nothing was replaced.",
    );
}

const listed = (names: readonly string[]): string =>
  `${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;

/** Whether the file's tensors make the parameter: as they are, or by resizing a grid of positions. */
function fits({ ours, shape, keys, fileShapes, isPatch, leadingRows: rows }: PlannedTensor): boolean {
  const wanted = wantedShape(shape, keys.length, isPatch);
  if (fileShapes.every((found) => sameShape(found, wanted))) return true;
  const [found] = fileShapes as [Shape];
  return keys.length === 1 && canFit(ours, rows === undefined ? found : withClassRow(found, rows), shape);
}

/** [1,rows+L,C] → [1,1+L,C] */
export const withClassRow = (shape: Shape, rows: number): Shape => [shape[0]!, shape[1]! - rows + 1, ...shape.slice(2)];

function conversions(tensors: readonly PlannedTensor[]): ImportReport["converted"] {
  const groups: readonly (readonly [what: string, does: (tensor: PlannedTensor) => boolean])[] = [
    ["Queries, keys and values joined into one weight", ({ keys }) => keys.length > 1],
    ["Patch kernels laid out pixel by pixel", ({ isPatch }) => isPatch],
    ["Layer scale folded in", ({ scale }) => scale !== undefined],
    ["Positions resized by bicubic interpolation", isResized],
    ["Position of the distillation token left out", ({ leadingRows: rows }) => rows === 2],
    ["Position of the class token set to 0, for the file has none", ({ leadingRows: rows }) => rows === 0],
  ];
  return groups
    .map(([what, does]) => ({ what, names: tensors.filter(does).map(({ ours }) => ours) }))
    .filter(({ names }) => names.length > 0);
}

function isResized({ ours, shape, fileShapes, leadingRows: rows }: PlannedTensor): boolean {
  const [found] = fileShapes as [Shape];
  if (rows !== undefined) return !sameShape(withClassRow(found, rows), shape);
  return ours.endsWith(".relative_position_bias_table") && !sameShape(found, shape);
}
