/** What `npm run compare` is asked for, as a comparison. */
import { parseRunConfig, type RunConfig } from "../../contracts/runConfig";
import { contestants, findContestants } from "../../runtime/products/catalogue/contestants";
import { presets } from "../../runtime/products/catalogue/presets";
import { backboneHash } from "../../runtime/session/node/comparisonLab";
import type { Budget, Comparison } from "../../runtime/studies/compare/plan";
import { itemsOf } from "./commandLine";
import { configured, type Flags as FlagsOf } from "./commands";
import { readRunFile } from "./readRunFile";

export type Flags = FlagsOf<"compare">;

async function readBase(flags: Flags): Promise<RunConfig> {
  const preset = presets.find(({ id }) => id === flags.preset)!;
  // Parsed first: old versions get today's fields.
  return configured(flags.config ? await readRunFile(flags.config) : parseRunConfig(preset.config), flags);
}

function readBudget({ steps, seconds }: Flags, base: RunConfig): Budget {
  if (steps !== undefined && seconds !== undefined)
    throw new Error(`--steps ${steps} and --seconds ${seconds}: give one of them.`);
  if (seconds !== undefined) return { seconds: Number(seconds) };
  return { steps: base.training.steps };
}

const readFactors = (text: string): readonly number[] => [...new Set(itemsOf(text).map(Number))].sort((a, b) => a - b);

export async function readComparison(flags: Flags): Promise<Comparison> {
  const base = await readBase(flags);
  return {
    base,
    contestants: flags.methods ? findContestants(itemsOf(flags.methods)) : contestants,
    seeds: Number(flags.seeds),
    factors: readFactors(flags.rates),
    budget: readBudget(flags, base),
    choosing: Number(flags.choose),
    backboneHash: await backboneHash(base),
  };
}

export function readShard(text: string): readonly [number, number] {
  const [index, count] = text.split("/").map(Number);
  if (
    index === undefined ||
    count === undefined ||
    !Number.isInteger(index) ||
    !Number.isInteger(count) ||
    index < 1 ||
    index > count
  )
    throw new Error(`--shard ${text}: expected I/N with I from 1 to N, such as 1/2.`);
  return [index, count];
}
