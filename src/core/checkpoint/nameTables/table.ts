/**
 * What checkpoints call the parameters of a backbone. A table is data: one entry for each module that the family has, so that a module
 * without a name does not compile. Ours are the names of the original releases without "backbone."; a table gives theirs.
 */

interface BlockNames {
  readonly norm1: string;
  /** One module of 3C rows, or queries, keys and values apart: their rows follow each other in ours. */
  readonly qkv: readonly string[];
  readonly proj: string;
  readonly norm2: string;
  readonly fc1: string;
  readonly fc2: string;
}

interface NamedTable {
  readonly id: string;
  /** For people: whose names these are. */
  readonly label: string;
  /** The convolution that turns patches into tokens. */
  readonly patch: string;
}

export interface SwinNames extends NamedTable, BlockNames {
  readonly family: "swin";
  readonly patchNorm: string;
  block(stage: number, block: number): string;
  /** The module that merges the patches of a stage into those of the next one. */
  merge(stage: number): string;
  /** The table of relative position biases, inside of a block. */
  readonly positions: string;
}

export interface VitNames extends NamedTable, BlockNames {
  readonly family: "vit";
  readonly classToken: string;
  readonly positions: string;
  /** Register tokens [1,R,C] (Darcet et al., ICLR 2024), where a model has them. */
  readonly registers: string;
  /** DeiT's distillation token [1,1,C], where a model has it: a register here. */
  readonly distillation: string;
  block(depth: number): string;
  /** Layer scales [C] behind the attention and behind the MLP, inside of a block, where a model has them. */
  readonly scales: readonly [attention: string, mlp: string];
}

export type NameTable = SwinNames | VitNames;

const blockModules = {
  norm1: "norm1",
  "attn.qkv": "qkv",
  "attn.proj": "proj",
  norm2: "norm2",
  "mlp.fc1": "fc1",
  "mlp.fc2": "fc2",
} as const satisfies Record<string, keyof BlockNames>;

/**
 * Their keys for a parameter of ours (without "backbone."), in the order of their rows in it; undefined where the table has no name for it.
 */
export function theirKeys(table: NameTable, name: string): readonly string[] | undefined {
  const cut = name.lastIndexOf(".");
  const modules = table.family === "swin" ? swinModules(table, name, cut) : vitModules(table, name, cut);
  return modules?.map((module) => (module.isParameter ? module.name : `${module.name}${name.slice(cut)}`));
}

interface Module {
  readonly name: string;
  /** The name is the parameter's own: nothing follows. */
  readonly isParameter?: true;
}

const one = (name: string): readonly Module[] => [{ name }];
const parameter = (name: string): readonly Module[] => [{ name, isParameter: true }];

function swinModules(table: SwinNames, name: string, cut: number): readonly Module[] | undefined {
  const module = name.slice(0, cut);
  if (module === "patch_embed.proj") return one(table.patch);
  if (module === "patch_embed.norm") return one(table.patchNorm);
  const merging = /^layers\.(\d+)\.downsample\.(reduction|norm)$/.exec(module);
  if (merging) return one(`${table.merge(Number(merging[1]))}.${merging[2]}`);
  const inBlock = /^layers\.(\d+)\.blocks\.(\d+)\.(.+)$/.exec(name);
  if (!inBlock) return undefined;
  const block = table.block(Number(inBlock[1]), Number(inBlock[2]));
  return inBlock[3] === "attn.relative_position_bias_table"
    ? parameter(`${block}.${table.positions}`)
    : partsOf(table, block, inBlock[3]!);
}

function vitModules(table: VitNames, name: string, cut: number): readonly Module[] | undefined {
  if (name === "cls_token") return parameter(table.classToken);
  if (name === "pos_embed") return parameter(table.positions);
  if (name === "register_tokens") return parameter(table.registers);
  if (name.slice(0, cut) === "patch_embed.proj") return one(table.patch);
  const inBlock = /^blocks\.(\d+)\.(.+)$/.exec(name);
  return inBlock ? partsOf(table, table.block(Number(inBlock[1])), inBlock[2]!) : undefined;
}

function partsOf(names: BlockNames, block: string, rest: string): readonly Module[] | undefined {
  const module = rest.slice(0, rest.lastIndexOf("."));
  if (!Object.hasOwn(blockModules, module)) return undefined;
  const theirs = names[blockModules[module as keyof typeof blockModules]];
  return [theirs].flat().map((part) => ({ name: `${block}.${part}` }));
}
