/**
 * What a file's tensors become in a model, worked out from names and shapes before any number is read.
 */
import type { ImportReport } from "../../contracts/importReport";
import { type Shape, sameShape, showShape } from "../graph/node";
import type { Parameter } from "../nn/parameters";
import { type Naming, namingOf } from "./families/registry";
import { type PlannedTensor, plainTensor, withRows } from "./plannedTensor";
import { canFit } from "./positions";
import type { Recognised } from "./recognise";
import { Glimpse, type Shapes } from "./shapes";
import { sortRest } from "./spareTensors";

/** Where a model's pretrained parameters are in files of one naming. */
export interface NamePlan {
  readonly naming: string;
  readonly prefix: string;
  readonly tensors: readonly PlannedTensor[];
}

export interface ImportPlan extends NamePlan {
  readonly report: ImportReport;
  /** Of the unexpected tensors those among the backbone's own modules: the file's model computes something else. */
  readonly foreign: readonly string[];
}

const OURS = "backbone.";

/** Types of whole numbers: weights of such types are codes for others, which something else in the file or outside of it explains. */
const QUANTISED = /\b([IU]\d+|BOOL)\b/;

/** The parameters that a checkpoint can fill: the backbone's, without what a method adds. */
export const pretrained = (parameters: readonly Parameter[]): readonly Parameter[] =>
  parameters.filter(({ name, group }) => name.startsWith(OURS) && group !== "theta" && group !== "method");

/** Where a file under `naming` has, or would have, the parameters of a model. `shapes`: of a file, whose own variants then count. */
export function planNames(
  parameters: readonly Parameter[],
  naming: string,
  prefix = "",
  shapes: Shapes = new Map(),
): NamePlan {
  const table = namingOf(naming);
  const file = new Glimpse(shapes, prefix);
  return { naming, prefix, tensors: pretrained(parameters).flatMap((p) => planTensor(p, table, file) ?? []) };
}

function planTensor({ name, shape }: Parameter, { table, family }: Naming, file: Glimpse): PlannedTensor | undefined {
  const own = name.slice(OURS.length);
  const modules = family.modules(table, own);
  const special = family.plan?.(table, { ours: name, shape }, own, file);
  if (special || !modules) return special;
  const keys = modules.map((module) =>
    module.isParameter ? module.name : `${module.name}${own.slice(own.lastIndexOf("."))}`,
  );
  const isPatch = own === "patch_embed.proj.weight";
  const wanted = keys.map(() => wantedShape(shape, keys.length, isPatch));
  return {
    ...plainTensor({ ours: name, shape }, keys, wanted, file),
    isPatch,
    scale: family.scale?.(table, own, file),
  };
}

/** A tensor's shape in the file, where nothing is resized. */
function wantedShape(shape: Shape, parts: number, isPatch: boolean): Shape {
  if (!isPatch) return [shape[0]! / parts, ...shape.slice(1)];
  const side = Math.sqrt(shape[1]! / 3);
  return [shape[0]!, 3, side, side];
}

/** Compares a recognised file with a model; nothing is read and nothing replaced. */
export function planImport(parameters: readonly Parameter[], recognised: Recognised, shapes: Shapes): ImportPlan {
  const { naming, prefix } = recognised;
  const names = planNames(parameters, naming, prefix, shapes);
  const covered = new Set(names.tensors.map(({ ours }) => ours));
  const lacking = names.tensors.filter(({ keys }) => keys.some((key) => !shapes.has(key)));
  const present = names.tensors.filter((tensor) => !lacking.includes(tensor));
  const typesOf = ({ keys }: PlannedTensor): string => keys.map((key) => shapes.get(key)?.dtype ?? "").join(" + ");
  const wrong = present.filter((tensor) => !fits(tensor) || QUANTISED.test(typesOf(tensor)));
  const used = new Set(names.tensors.flatMap(({ keys, scale }) => [...keys, ...(scale ? [scale] : [])]));
  const rest = sortRest(
    [...shapes.keys()].filter((key) => !used.has(key)),
    prefix,
  );
  const report: ImportReport = {
    matched: present.length - wrong.length,
    missing: [
      ...pretrained(parameters).flatMap(({ name }) => (covered.has(name) ? [] : [name])),
      ...lacking.map(({ ours }) => ours),
    ],
    ...rest,
    converted: conversions(present.filter((tensor) => !wrong.includes(tensor))),
    mismatched: wrong.map((tensor) => {
      const types = typesOf(tensor);
      return {
        name: tensor.keys.join(" + "),
        found:
          tensor.fileShapes.map(showShape).join(" + ") + (QUANTISED.test(types) ? ` of whole numbers (${types})` : ""),
        wanted: `${tensor.wanted.map(showShape).join(" + ")} (${tensor.ours})`,
      };
    }),
  };
  return { ...names, report, foreign: foreignTo(names, rest.unexpected) };
}

/**
 * What stands among the modules that the parameters come from ("blocks.0.attn1.qkv.weight" beside "blocks.0.attn.qkv.weight") belongs to
 * what they compute; what stands beside them (a decoder) does not.
 */
function foreignTo({ tensors, prefix }: NamePlan, unexpected: readonly string[]): readonly string[] {
  const top = (key: string): string | undefined => /^(.+?)\./.exec(key.slice(prefix.length))?.[1];
  const modules = new Set(tensors.flatMap(({ keys }) => keys.map(top)));
  return unexpected.filter((key) => key.startsWith(prefix) && top(key) !== undefined && modules.has(top(key)));
}

/** @throws where a plan leaves a parameter without numbers, or the file's model is another one. */
export function refuseUnfit({ report: { missing, mismatched }, foreign }: ImportPlan): void {
  if (foreign.length > 0)
    throw new Error(
      `The file's backbone has ${listed(foreign)}, for which this studio's has no place: the file's computes something else. ` +
        "Load weights of a plain Swin (V1), ViT, DeiT or DINOv2; nothing was replaced.",
    );
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
function fits({ ours, shape, keys, fileShapes, wanted, leadingRows: rows }: PlannedTensor): boolean {
  if (fileShapes.every((found, i) => sameShape(found, wanted[i]!))) return true;
  const [found] = fileShapes as [Shape];
  return keys.length === 1 && canFit(ours, rows === undefined ? found : withRows(found, rows, 1), shape);
}

function conversions(tensors: readonly PlannedTensor[]): ImportReport["converted"] {
  const groups: readonly (readonly [what: string, does: (tensor: PlannedTensor) => boolean])[] = [
    ["Queries, keys and values joined into one weight", ({ ours, keys }) => keys.length > 1 && /\.qkv\./.test(ours)],
    ["Patch kernels laid out pixel by pixel", ({ isPatch }) => isPatch],
    ["Layer scale folded in", ({ scale }) => scale !== undefined],
    ["Positions resized by bicubic interpolation", isResized],
    ["Tokens behind the class token with their positions added", ({ places }) => places !== undefined],
    ["Position of the class token set to 0, for the file has none", ({ leadingRows: rows }) => rows === 0],
  ];
  return groups
    .map(([what, does]) => ({ what, names: tensors.filter(does).map(({ ours }) => ours) }))
    .filter(({ names }) => names.length > 0);
}

function isResized({ ours, shape, fileShapes, leadingRows: rows }: PlannedTensor): boolean {
  const [found] = fileShapes as [Shape];
  return canFit(ours, shape, shape) && !sameShape(rows === undefined ? found : withRows(found, rows, 1), shape);
}
