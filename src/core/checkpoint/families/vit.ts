/**
 * Plain vision transformers (Dosovitskiy et al., ICLR 2021) in checkpoints. Letters: C channels, L places of the map, E tokens between the
 * class token and the map's.
 */
import { type VitSettings, vit } from "../../backbones/vit";
import { hasBlock, type Module, one, parameter, partsOf } from "../nameTables/table";
import { type VitNames, vitTables } from "../nameTables/vit";
import { type PlannedTensor, plainTensor, withRows } from "../plannedTensor";
import type { Glimpse } from "../shapes";
import { type Family, squareGrid } from "./family";
import { extraTokens, leadingRows } from "./leadingTokens";
import { readVit } from "./readVit";

function modules(table: VitNames, own: string): readonly Module[] | undefined {
  if (own === "cls_token") return parameter(table.classToken);
  if (own === "pos_embed") return parameter(table.positions);
  if (own === "register_tokens") return parameter(table.registers);
  if (own.startsWith("patch_embed.proj.")) return one(table.patch);
  const inBlock = /^blocks\.(\d+)\.(.+)$/.exec(own);
  return inBlock ? partsOf(table, table.block(Number(inBlock[1])), inBlock[2]!) : undefined;
}

/** Names in which the tables of one library's descendants differ: registers and layer scales, which not every model has. */
const variantNames = (table: VitNames): readonly string[] => [
  table.registers,
  ...table.scales.map((scale) => `${table.block(0)}.${scale}`),
];

/** timm, DeiT III and DINOv2 differ in such names alone: a file that has another's is not of this table. */
function fitsVariant(table: VitNames, file: Glimpse): boolean {
  const own = variantNames(table);
  const others = vitTables.flatMap((other) => (other.patch === table.patch ? variantNames(other) : []));
  return others.every((name) => own.includes(name) || !file.shape(name));
}

/** 1 where there is no file, or none that tells. */
const rowsBeforeMap = (table: VitNames, file: Glimpse): number => {
  const rows = file.shape(table.positions)?.[1];
  return rows === undefined ? 1 : (leadingRows(table, file, rows) ?? 1);
};

type Planned = Pick<PlannedTensor, "ours" | "shape">;

/** The tokens [1,E,C] between the class token and the map's: a distillation token, registers, or both. */
function planTokens(table: VitNames, tokens: Planned, file: Glimpse): PlannedTensor {
  const [, count, width] = tokens.shape as [number, number, number];
  const found = extraTokens(table, file);
  const names = found.length > 0 ? found : [table.registers];
  const apart = names.length - 1;
  const wanted = names.map((_, i) => [1, i < apart ? 1 : count - apart, width]);
  const positions = file.shape(table.positions);
  const hasPlaces = positions && rowsBeforeMap(table, file) > 1;
  return {
    ...plainTensor(tokens, names, wanted, file),
    places: hasPlaces ? { key: file.key(table.positions), shape: positions } : undefined,
  };
}

function planPositions(table: VitNames, positions: Planned, file: Glimpse): PlannedTensor {
  const rows = rowsBeforeMap(table, file);
  const wanted = [withRows(positions.shape, 1, rows)];
  return { ...plainTensor(positions, [table.positions], wanted, file), leadingRows: rows };
}

function scale(table: VitNames, own: string, file: Glimpse): string | undefined {
  const found = /^blocks\.(\d+)\.(attn\.proj|mlp\.fc2)\.(weight|bias)$/.exec(own);
  if (!found) return undefined;
  const name = `${table.block(Number(found[1]))}.${table.scales[found[2] === "attn.proj" ? 0 : 1]}`;
  return file.shape(name) && file.key(name);
}

const blocksOf = (depths: readonly number[]): number => depths.reduce((sum, depth) => sum + depth, 0);

export const vitFamily: Family<VitNames, VitSettings> = {
  id: "vit",
  label: "ViT",
  tables: vitTables,
  sizes: ["patch", "width", "depths", "heads", "registers"],
  released: false,
  describe: ({ width, depths, patch }) => `ViT, ${width} channels, ${blocksOf(depths)} blocks, patch ${patch}`,
  backbone: vit,
  fits: (table, file) =>
    hasBlock(table, table.block(0), file) && file.shape(table.positions) !== undefined && fitsVariant(table, file),
  read: readVit,
  /** ViTs with registers are DINOv2's. */
  original: ({ registers }) => (registers > 0 ? "dinov2" : "vit"),
  modules,
  /** [1,1+L,C] */
  grid: (name, shape) =>
    name.endsWith("pos_embed") && shape.length === 3 ? squareGrid(shape[1]! - 1, shape[2]!, shape[2]!) : undefined,
  plan(table, tensor, own, file) {
    if (own === "register_tokens") return planTokens(table, tensor, file);
    return own === "pos_embed" ? planPositions(table, tensor, file) : undefined;
  },
  scale,
};
