/**
 * Which backbone a file holds, by the names and shapes of its tensors alone. What shapes leave open (a ViT's heads, the images of a
 * Swin) is decided by habit of the released models, and the answer says so.
 */
import type { RecognisedWeights } from "../../contracts/importReport";
import type { BackboneDef } from "../backbones/backbone";
import { backbones } from "../backbones/registry";
import { type AnyFamily, families, familyOf, namingOf, namings } from "./families/registry";
import type { NamedTable } from "./nameTables/table";
import { Glimpse, type Shapes } from "./shapes";

interface Architecture {
  /** Id of the family. */
  readonly family: string;
  readonly settings: object;
}

export interface Recognised {
  /** Id of the table of names. */
  readonly naming: string;
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
  const places = namings.flatMap((naming) => prefixesOf(naming.table, shapes).map((prefix) => ({ ...naming, prefix })));
  const [found, ...others] = places.filter(({ table, family, prefix }) =>
    family.fits(table, new Glimpse(shapes, prefix)),
  );
  if (!found) throw unknownNames(shapes);
  const { table, family, prefix } = found;
  const also = [...new Set(others.map((other) => other.prefix).filter((other) => other !== prefix))];
  const notes =
    also.length > 0
      ? [`The file holds several backbones; the one under "${prefix}" is read, not "${also.join('", "')}".`]
      : [];
  const { settings, ...reading } = family.read(table, new Glimpse(shapes, prefix));
  const architecture = { family: family.id, settings };
  return { naming: table.id, prefix, architecture, ...reading, notes: [...notes, ...reading.notes] };
}

function findStranger(shapes: Shapes): { readonly key: string; readonly what: string } | undefined {
  for (const key of shapes.keys()) {
    const known = strangers.find(([sign]) => sign.test(key));
    if (known) return { key, what: known[1] };
  }
  return undefined;
}

function prefixesOf(table: NamedTable, shapes: Shapes): readonly string[] {
  const anchor = `${table.patch}.weight`;
  return [...shapes.keys()]
    .filter((key) => key === anchor || key.endsWith(`.${anchor}`))
    .map((key) => key.slice(0, key.length - anchor.length));
}

function unknownNames(shapes: Shapes): Error {
  const keys = [...shapes.keys()];
  const some = keys.slice(0, 5).map((key) => `"${key}"`);
  return new Error(
    `No known backbone is among the file's ${keys.length} tensors${keys.length > 0 ? ` (${some.join(", ")}${keys.length > 5 ? " and so on" : ""})` : ""}. ` +
      `Known are ${families.map(({ label }) => label).join(" and ")} under the names of: ${namings.map(({ table }) => table.label).join("; ")}.`,
  );
}

/** The reference's decoder widths, which double from stage to stage. */
const widths = (stages: number): readonly number[] => Array.from({ length: stages }, (_, stage) => 18 * 2 ** stage);

/** The architecture as a backbone that models are built with. `id`: what a run's configuration calls it. */
export function backboneOf({ architecture, imageSize }: Recognised, id: string): BackboneDef<object> {
  const { family, settings } = architecture;
  const { depths } = settings as { readonly depths: readonly number[] };
  return familyOf(family).backbone(id, labelOf(architecture), imageSize, widths(depths.length), settings);
}

/** What two models of a family must have in common to be called the same. */
const sizesOf = ({ sizes }: AnyFamily, settings: object): string =>
  JSON.stringify(sizes.map((key) => (settings as Readonly<Partial<Record<string, unknown>>>)[key]));

/** The catalogue's name where sizes agree, else the sizes. */
function labelOf({ family: id, settings }: Architecture): string {
  const family = familyOf(id);
  const wanted = sizesOf(family, settings);
  const same = Object.values(backbones).find((def) => def.family === id && sizesOf(family, def.settings) === wanted);
  return same?.label ?? family.describe(settings);
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
    naming: namingOf(naming).table.label,
    prefix,
    settings: Object.fromEntries(told.map(([key, value]) => [key, [value].flat().join(", ")])),
    imageSize,
    assumed,
    notes,
  };
}
