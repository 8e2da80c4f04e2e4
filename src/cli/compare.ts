/**
 * npm run compare -- [options]: methods on equal data, seeds and budgets, each at a learning rate of its own sweep. Writes one file a run
 * and one table; what is there already is not run again. Ctrl-C loses at most the run in progress and exits with 130.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { parseRunConfig, type RunConfig } from "../contracts/runConfig";
import { type Contestant, contestants, findContestants } from "../runtime/compare/contestants";
import { Pace, stepFlops } from "../runtime/compare/cost";
import { runComparison } from "../runtime/compare/driver";
import { backboneHash, folderStore, openLab } from "../runtime/compare/node";
import { type Budget, type Comparison, runCount, shard } from "../runtime/compare/plan";
import type { Lab } from "../runtime/compare/trainRun";
import { presets } from "../runtime/presets";
import { CompareProgress, type Estimate, totalFlops } from "./lib/compareProgress";
import { setPath } from "./lib/setPath";
import { markdownTable, showDuration, showFlops } from "./lib/table";

const usage = `npm run compare -- [options]

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
  --device ID       auto, webgpu, cpu, wasm, tf (default: cpu)
  --threads N       of ONNX Runtime (default: 1)
  --shard I/N       only every N-th contestant from the I-th on, for N processes with one folder
  --out DIR         results and tables (default: runs/compare)
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
  "dry-run": { type: "boolean" },
  help: { type: "boolean" },
} as const;

type Flags = ReturnType<typeof parseFlags>;
const parseFlags = () => parseArgs({ options, strict: true }).values;

function positive(flag: string, text: string, whole = true): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0) || !Number.isFinite(value) || (whole && !Number.isInteger(value)))
    throw new Error(`--${flag} ${text}: expected a ${whole ? "whole number from 1" : "number above 0"}.`);
  return value;
}

async function readBase(flags: Flags): Promise<RunConfig> {
  const preset = presets.find(({ id }) => id === flags.preset);
  if (!preset) throw new Error(`--preset ${flags.preset}: unknown; known: ${presets.map(({ id }) => id).join(", ")}.`);
  const file: unknown = flags.config ? JSON.parse(await readFile(flags.config, "utf8")) : preset.config;
  // A run.json of an earlier run holds its configuration under "config". Parsed first: old versions get today's fields.
  const raw = structuredClone(parseRunConfig((file as { config?: unknown }).config ?? file));
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

async function readComparison(flags: Flags): Promise<Comparison> {
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

function readShard(text: string): readonly [number, number] {
  const [index, count] = text.split("/").map((part) => positive("shard", part));
  if (index === undefined || count === undefined || index > count)
    throw new Error(`--shard ${text}: expected I/N with I from 1 to N, such as 1/2.`);
  return [index, count];
}

function showPlan(comparison: Comparison, mine: readonly Contestant[], estimate: Estimate): string {
  const pace = new Pace();
  const rows = mine.map((contestant) => [
    contestant.id,
    String(runCount(comparison, contestant)),
    showFlops(estimate.stepFlops(contestant)),
    showDuration(pace.estimate(totalFlops(comparison, contestant, estimate))),
  ]);
  const runs = mine.reduce((n, contestant) => n + runCount(comparison, contestant), 0);
  const ms = mine.reduce((sum, c) => sum + pace.estimate(totalFlops(comparison, c, estimate)), 0);
  const columns = [{ title: "contestant" }, { title: "runs" }, { title: "a step" }, { title: "guess, one thread" }];
  return `${markdownTable(columns, rows)}\n\n${runs} runs, guessed ${showDuration(ms)} on one thread.`;
}

async function run(flags: Flags): Promise<number> {
  const comparison = await readComparison(flags);
  const lab = await openLab({
    base: comparison.base,
    ...(flags.data === undefined ? {} : { folder: flags.data }),
    threads: positive("threads", flags.threads),
    choosing: comparison.choosing,
  });
  const abort = new AbortController();
  const interrupt = (): void => {
    if (abort.signal.aborted) process.exit(130);
    console.error("Stopping; the run in progress is not kept. The same command goes on from here.");
    abort.abort(new Error("interrupted"));
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const estimate = estimateOf(comparison, lab);
    const [index, count] = readShard(flags.shard);
    const mine = shard(comparison.contestants, (c) => totalFlops(comparison, c, estimate), index, count);
    if (flags["dry-run"]) {
      console.log(showPlan(comparison, mine, estimate));
      return 0;
    }
    const store = await folderStore(flags.out);
    const progress = new CompareProgress(comparison, mine, estimate, process.stderr);
    await runComparison(comparison, mine, lab, store, progress, abort.signal);
    return 0;
  } catch (error) {
    if (abort.signal.aborted) return 130;
    throw error;
  } finally {
    await lab.dispose();
  }
}

function estimateOf(comparison: Comparison, { views }: Lab): Estimate {
  const known = new Map<Contestant, number>();
  return {
    stepFlops: (contestant) => {
      const flops = known.get(contestant) ?? stepFlops(comparison, contestant, views.reported);
      known.set(contestant, flops);
      return flops;
    },
  };
}

try {
  const flags = parseFlags();
  if (flags.help) console.log(usage);
  process.exitCode = flags.help ? 0 : await run(flags);
} catch (error) {
  console.error(`${(error as Error).message}\n\nnpm run compare -- --help lists the options.`);
  process.exitCode = 2;
}
// Engines keep threads alive that nobody waits for.
process.exit();
