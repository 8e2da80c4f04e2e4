/** Swin (Liu et al., ICCV 2021) in checkpoints. Letters: M side of a window. */
import { type SwinSettings, swin } from "../../backbones/swin";
import { type SwinNames, swinTables } from "../nameTables/swin";
import { hasBlock, type Module, one, parameter, partsOf } from "../nameTables/table";
import { type Family, squareGrid } from "./family";
import { readSwin } from "./readSwin";

function modules(table: SwinNames, own: string): readonly Module[] | undefined {
  const module = own.slice(0, own.lastIndexOf("."));
  if (module === "patch_embed.proj") return one(table.patch);
  if (module === "patch_embed.norm") return one(table.patchNorm);
  const merging = /^layers\.(\d+)\.downsample\.(reduction|norm)$/.exec(module);
  if (merging) return one(`${table.merge(Number(merging[1]))}.${merging[2]}`);
  const inBlock = /^layers\.(\d+)\.blocks\.(\d+)\.(.+)$/.exec(own);
  if (!inBlock) return undefined;
  const block = table.block(Number(inBlock[1]), Number(inBlock[2]));
  return inBlock[3] === "attn.relative_position_bias_table"
    ? parameter(`${block}.${table.positions}`)
    : partsOf(table, block, inBlock[3]!);
}

export const swinFamily: Family<SwinNames, SwinSettings> = {
  id: "swin",
  label: "Swin",
  tables: swinTables,
  sizes: ["patch", "embed", "depths", "heads"],
  released: true,
  describe: ({ embed, depths }) => `Swin, ${embed} channels, ${depths.join("·")} blocks`,
  backbone: swin,
  /** By the first block and, where there is a second stage, the first patch merging. */
  fits(table, file) {
    const first = table.block(0, 0);
    if (!hasBlock(table, first, file) || !file.shape(`${first}.${table.positions}`)) return false;
    const more = file.weight(`${table.block(1, 0)}.${table.norm1}`) !== undefined;
    return !more || file.weight(`${table.merge(0)}.reduction`) !== undefined;
  },
  read: readSwin,
  original: () => "swin",
  modules,
  /** [(2M-1)²,heads] */
  grid: (name, shape) =>
    name.endsWith(".relative_position_bias_table") && shape.length === 2
      ? squareGrid(shape[0]!, shape[1]!, 0)
      : undefined,
  forPython: ({ patch, embed, depths, heads, window, featuresBeforeMerging }) => ({
    patch,
    embed,
    depths,
    heads,
    window,
    features_before_merging: featuresBeforeMerging,
  }),
};
