/**
 * Which backbone a file holds, by the names and shapes of its tensors alone. What shapes leave open (a ViT's heads, the images of a
 * Swin) is decided by habit of the released models, and the answer says so.
 */
import type { RecognisedWeights } from "../../contracts/importReport";
import type { BackboneDef } from "../backbones/backbone";
import { backbones } from "../backbones/registry";
import { type SwinSettings, swin } from "../backbones/swin";
import { type VitSettings, vit } from "../backbones/vit";
import type { NamingId } from "./nameTables/registry";
import { nameTables } from "./nameTables/registry";
import type { NameTable, VitNames } from "./nameTables/table";
import { readSwin } from "./recogniseSwin";
import { readVit } from "./recogniseVit";
import { Glimpse, type Reading, type Shapes } from "./shapes";

export type Architecture =
  | { readonly family: "swin"; readonly settings: SwinSettings }
  | { readonly family: "vit"; readonly settings: VitSettings };

export interface Recognised {
  readonly naming: NamingId;
  /** Before every key of the file that belongs to the backbone: "module.backbone.". */
  readonly prefix: string;
  readonly architecture: Architecture;
  readonly imageSize: number;
  readonly assumed: readonly string[];
  readonly notes: readonly string[];
}

/** Models with names much like those that are known, but which compute something else: what tells them, and what they are. */
const strangers: readonly (readonly [sign: RegExp, what: string])[] = [
  [/(^|\.)base_model\.model\./, "a PEFT adapter, which needs its base model. Open the base model's own weights"],
  [/\.(logit_scale|cpb_mlp\.|continuous_position_bias_mlp\.)/, "a Swin V2, whose attention is another one"],
  [
    /\.mlp\.(w12|w3|weights_in|weights_out)\./,
    "a ViT with SwiGLU layers (DINOv2 giant), which this studio does not have",
  ],
  [/(^|\.)absolute_pos_embed$/, "a Swin with absolute position embedding, which this studio does not have"],
  [/\.(q_bias|v_bias|relative_position_bias\.relative_position_bias_table_)/, "a BEiT, whose attention is another one"],
  [/blocks\.\d+\.attn\.(q_norm|k_norm)\./, "a ViT that normalises queries and keys, which this studio does not"],
  [/(^|\.)(rope_embed|rope)\./, "a ViT with rotary positions, which this studio does not have"],
  [/(^|\.)norm_pre\./, "a ViT with a norm before its blocks (CLIP), which this studio does not have"],
];

/**
 * @throws where no known backbone is in the file, or one that is known by name and not supported.
 */
export function recognise(shapes: Shapes): Recognised {
  const stranger = findStranger(shapes);
  if (stranger)
    throw new Error(
      `"${stranger.key}" belongs to ${stranger.what}. Choose weights of a Swin (V1), ViT, DeiT or DINOv2.`,
    );
  const places = nameTables.flatMap((table) => prefixesOf(table, shapes).map((prefix) => ({ table, prefix })));
  const [found, ...others] = places.filter(({ table, prefix }) => fits(table, new Glimpse(shapes, prefix)));
  if (!found) throw unknownNames(shapes);
  const { table, prefix } = found;
  const also = [...new Set(others.map((other) => other.prefix).filter((other) => other !== prefix))];
  const notes =
    also.length > 0
      ? [`The file holds several backbones; the one under "${prefix}" is read, not "${also.join('", "')}".`]
      : [];
  const glimpse = new Glimpse(shapes, prefix);
  if (table.family === "swin") {
    const { settings, ...reading } = readSwin(table, glimpse);
    return recognised(table.id, prefix, { family: "swin", settings }, reading, notes);
  }
  const { settings, ...reading } = readVit(table, glimpse);
  return recognised(table.id, prefix, { family: "vit", settings }, reading, notes);
}

const recognised = (
  naming: NamingId,
  prefix: string,
  architecture: Architecture,
  reading: Omit<Reading<never>, "settings">,
  notes: readonly string[],
): Recognised => ({ naming, prefix, architecture, ...reading, notes: [...notes, ...reading.notes] });

function findStranger(shapes: Shapes): { readonly key: string; readonly what: string } | undefined {
  for (const key of shapes.keys()) {
    const known = strangers.find(([sign]) => sign.test(key));
    if (known) return { key, what: known[1] };
  }
  return undefined;
}

function prefixesOf(table: NameTable, shapes: Shapes): readonly string[] {
  const anchor = `${table.patch}.weight`;
  return [...shapes.keys()]
    .filter((key) => key === anchor || key.endsWith(`.${anchor}`))
    .map((key) => key.slice(0, key.length - anchor.length));
}

/** Whether the first block has its names, and a Swin's first patch merging, where it has any. */
function fits(table: NameTable, file: Glimpse): boolean {
  const first = table.family === "swin" ? table.block(0, 0) : table.block(0);
  const modules = [table.norm1, ...table.qkv, table.proj, table.norm2, table.fc1, table.fc2];
  if (!modules.every((module) => file.weight(`${first}.${module}`))) return false;
  if (table.family === "vit") return file.shape(table.positions) !== undefined && fitsVariant(table, file);
  if (!file.shape(`${first}.${table.positions}`)) return false;
  const more = file.weight(`${table.block(1, 0)}.${table.norm1}`) !== undefined;
  return !more || file.weight(`${table.merge(0)}.reduction`) !== undefined;
}

/** Names in which the tables of one library's descendants differ: registers and layer scales, which not every model has. */
const variantNames = (table: VitNames): readonly string[] => [
  table.registers,
  ...table.scales.map((scale) => `${table.block(0)}.${scale}`),
];

/** timm, DeiT III and DINOv2 differ in such names alone: a file that has another's is not of this table. */
function fitsVariant(table: VitNames, file: Glimpse): boolean {
  const own = variantNames(table);
  const others = nameTables.flatMap((other) =>
    other.family === "vit" && other.patch === table.patch ? variantNames(other) : [],
  );
  return others.every((name) => own.includes(name) || !file.shape(name));
}

function unknownNames(shapes: Shapes): Error {
  const keys = [...shapes.keys()];
  const some = keys.slice(0, 5).map((key) => `"${key}"`);
  return new Error(
    `No known backbone is among the file's ${keys.length} tensors${keys.length > 0 ? ` (${some.join(", ")}${keys.length > 5 ? " and so on" : ""})` : ""}. ` +
      `Known are Swin and ViT under the names of: ${nameTables.map(({ label }) => label).join("; ")}.`,
  );
}

/** The reference's decoder widths, which double from stage to stage. */
const widths = (stages: number): readonly number[] => Array.from({ length: stages }, (_, stage) => 18 * 2 ** stage);

/** The architecture as a backbone that models are built with. `id`: what a run's configuration calls it. */
export function backboneOf({ architecture, imageSize }: Recognised, id: string): BackboneDef<object> {
  const label = labelOf(architecture);
  return architecture.family === "swin"
    ? swin(id, label, imageSize, widths(architecture.settings.depths.length), architecture.settings)
    : vit(id, label, imageSize, widths(architecture.settings.depths.length), architecture.settings);
}

const tellingSizes = {
  swin: ["patch", "embed", "depths", "heads"],
  vit: ["patch", "width", "depths", "heads", "registers"],
} as const;

/** What two models of a family must have in common to be called the same. */
const sizes = (family: Architecture["family"], settings: object): string =>
  JSON.stringify(tellingSizes[family].map((key) => (settings as Readonly<Partial<Record<string, unknown>>>)[key]));

/** The catalogue's name where sizes agree, else the sizes. */
function labelOf({ family, settings }: Architecture): string {
  const wanted = sizes(family, settings);
  const same = Object.values(backbones).find((def) => def.family === family && sizes(family, def.settings) === wanted);
  if (same) return same.label;
  return family === "swin"
    ? `Swin, ${settings.embed} channels, ${settings.depths.join("·")} blocks`
    : `ViT, ${settings.width} channels, ${settings.depths.reduce((n, d) => n + d, 0)} blocks, patch ${settings.patch}`;
}

/** For people. */
export function describeRecognised(recognised: Recognised): RecognisedWeights {
  const { architecture, naming, prefix, imageSize, assumed, notes } = recognised;
  const told = Object.entries(architecture.settings).filter(
    ([key]) => key !== "dropPath" && key !== "featuresBeforeMerging",
  );
  return {
    label: labelOf(architecture),
    family: architecture.family,
    naming: nameTables.find(({ id }) => id === naming)!.label,
    prefix,
    settings: Object.fromEntries(told.map(([key, value]) => [key, [value].flat().join(", ")])),
    imageSize,
    assumed,
    notes,
  };
}
