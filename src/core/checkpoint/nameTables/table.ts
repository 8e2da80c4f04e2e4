/**
 * What checkpoints call the parameters of a backbone. A table is data: one entry for each module that the family has, so that a module
 * without a name does not compile. Ours are the names of the original releases without "backbone."; a table gives theirs.
 */
import type { Glimpse } from "../shapes";

export interface BlockNames {
  readonly norm1: string;
  /** One module of 3C rows, or queries, keys and values apart: their rows follow each other in ours. */
  readonly qkv: readonly string[];
  readonly proj: string;
  readonly norm2: string;
  readonly fc1: string;
  readonly fc2: string;
}

export interface NamedTable {
  readonly id: string;
  /** For people: whose names these are. */
  readonly label: string;
  /** The convolution that turns patches into tokens. */
  readonly patch: string;
}

const blockModules = {
  norm1: "norm1",
  "attn.qkv": "qkv",
  "attn.proj": "proj",
  norm2: "norm2",
  "mlp.fc1": "fc1",
  "mlp.fc2": "fc2",
} as const satisfies Record<string, keyof BlockNames>;

/** A module or a parameter of a file. */
export interface Module {
  readonly name: string;
  /** The name is the parameter's own: nothing follows. */
  readonly isParameter?: true;
}

export const one = (name: string): readonly Module[] => [{ name }];
export const parameter = (name: string): readonly Module[] => [{ name, isParameter: true }];

/** Their modules for one of a block of ours: "attn.qkv.weight". */
export function partsOf(names: BlockNames, block: string, rest: string): readonly Module[] | undefined {
  const module = rest.slice(0, rest.lastIndexOf("."));
  if (!Object.hasOwn(blockModules, module)) return undefined;
  const theirs = names[blockModules[module as keyof typeof blockModules]];
  return [theirs].flat().map((part) => ({ name: `${block}.${part}` }));
}

/** Whether a file has all linear layers and norms of a block. */
export const hasBlock = (names: BlockNames, block: string, file: Glimpse): boolean =>
  [names.norm1, ...names.qkv, names.proj, names.norm2, names.fc1, names.fc2].every((module) =>
    file.weight(`${block}.${module}`),
  );
