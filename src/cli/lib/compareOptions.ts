/** What `npm run compare` is asked for, as a comparison. */
import { parseArgs } from "node:util";
import { parseRunConfig, type RunConfig } from "../../contracts/runConfig";
import { presets } from "../../runtime/products/catalogue/presets";
import { contestants, findContestants } from "../../runtime/studies/compare/contestants";
import { backboneHash } from "../../runtime/studies/compare/node";
import type { Budget, Comparison } from "../../runtime/studies/compare/plan";
import { readRunFile } from "./readRunFile";
import { setPath } from "./setPath";

export const compareUsage = `npm run compare -- [options]

  --methods A,B     contestants (default: all): ${contestants.map(({ id }) => id).join(", ")}
  --seeds K         seeds 0 .. K-1 (default: 3)
  --steps N         optimiser steps of every run (default: the configuration's)
  --seconds S       seconds of training steps instead: as many steps as fit, by a measurement of each contestant
  --rates A,B       factors of the sweep over each contestant's own rates (default: 0.3,1,3)
  --train N         training images, the same for all (default: the configuration's)
  --val N           validation images that the table reports (default: 256)
  --choose N        further images that rates are chosen on (default: 128)
  --data FOLDER     your own images and labels instead of built-in scenes
  --preset ID       ${presets.map(({ id }) => id).join(", ")} (default: default)
  --config FILE     a run file for all that is equal
  --set PATH=VALUE  any field of it
  --device ID       auto, webgpu, cpu, wasm, tf-webgpu, tf (default: cpu)
  --threads N       of ONNX Runtime (default: 1)
  --shard I/N       only every N-th contestant from the I-th on, for N processes with one folder
  --out DIR         results and tables (default: runs/compare)
  --doc FILE        writes the table there too, for example docs/comparison.md; its reading, between two marks, is kept
  --time            afterwards times a step of each contestant on its own, for the table; let nothing else run then
  --table           writes the tables of what is there and runs nothing
  --dry-run         says what would run
  --help`;

const options = {
  methods: { type: "string" },
  seeds: { type: "string", default: "3" },
  steps: { type: "string" },
  seconds: { type: "string" },
  rates: { type: "string", default: "0.3,1,3" },
  train: { type: "string" },
  val: { type: "string", default: "256" },
  choose: { type: "string", default: "128" },
  data: { type: "string" },
  preset: { type: "string", default: "default" },
  config: { type: "string" },
  set: { type: "string", multiple: true },
  device: { type: "string", default: "cpu" },
  threads: { type: "string", default: "1" },
  shard: { type: "string", default: "1/1" },
  out: { type: "string", default: "runs/compare" },
  doc: { type: "string" },
  time: { type: "boolean" },
  table: { type: "boolean" },
  "dry-run": { type: "boolean" },
  help: { type: "boolean" },
} as const;

export type Flags = ReturnType<typeof parseFlags>;
export const parseFlags = () => parseArgs({ options, strict: true }).values;

export function positive(flag: string, text: string, whole = true): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0) || !Number.isFinite(value) || (whole && !Number.isInteger(value)))
    throw new Error(`--${flag} ${text}: expected a ${whole ? "whole number from 1" : "number above 0"}.`);
  return value;
}

async function readBase(flags: Flags): Promise<RunConfig> {
  const preset = presets.find(({ id }) => id === flags.preset);
  if (!preset) throw new Error(`--preset ${flags.preset}: unknown; known: ${presets.map(({ id }) => id).join(", ")}.`);
  // Parsed first: old versions get today's fields.
  const raw = structuredClone(flags.config ? await readRunFile(flags.config) : parseRunConfig(preset.config));
  const place = raw as unknown as Record<string, unknown>;
  const assign = (path: string, value: string | undefined): void => {
    if (value !== undefined) setPath(place, path, value);
  };
  assign("data.source", flags.data === undefined ? undefined : "folder");
  assign("data.train", flags.train);
  assign("data.val", flags.val);
  assign("device", flags.device);
  for (const item of flags.set ?? []) {
    const cut = item.indexOf("=");
    if (cut < 1) throw new Error(`--set ${item}: expected PATH=VALUE.`);
    setPath(place, item.slice(0, cut), item.slice(cut + 1));
  }
  return parseRunConfig(raw);
}

function readBudget({ steps, seconds }: Flags, base: RunConfig): Budget {
  if (steps !== undefined && seconds !== undefined)
    throw new Error(`--steps ${steps} and --seconds ${seconds}: give one of them.`);
  if (seconds !== undefined) return { seconds: positive("seconds", seconds, false) };
  return { steps: steps === undefined ? base.training.steps : positive("steps", steps) };
}

function readFactors(text: string): readonly number[] {
  const factors = text.split(",").map((item) => positive("rates", item, false));
  return [...new Set(factors)].sort((a, b) => a - b);
}

export async function readComparison(flags: Flags): Promise<Comparison> {
  const base = await readBase(flags);
  const ids = flags.methods?.split(",").map((id) => id.trim());
  return {
    base,
    contestants: ids ? findContestants(ids) : contestants,
    seeds: positive("seeds", flags.seeds),
    factors: readFactors(flags.rates),
    budget: readBudget(flags, base),
    choosing: positive("choose", flags.choose),
    backboneHash: await backboneHash(base),
  };
}

export function readShard(text: string): readonly [number, number] {
  const [index, count] = text.split("/").map((part) => positive("shard", part));
  if (index === undefined || count === undefined || index > count)
    throw new Error(`--shard ${text}: expected I/N with I from 1 to N, such as 1/2.`);
  return [index, count];
}
