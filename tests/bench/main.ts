/** npm run bench -- [options]: every figure of docs/benchmarks.md, measured in one run. Markdown on stdout, what happens on stderr. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { blockFlops } from "./block/problem";
import type { BlockEngine, BlockSize, StepDevice, StepPreset } from "./contestant";
import { openTorch, openWorker } from "./enginePort";
import { describeMachine } from "./machine";
import { cpabFigures, svdFigures } from "./mathSection";
import { planFigures, replayFigures } from "./planSection";
import { type Entrant, type Outcome, race } from "./race";
import type { BenchRun } from "./report";
import { markdown } from "./report";
import { sampleFigures } from "./samplesSection";

const sections = ["block-webgpu", "block-wasm", "block-native", "steps", "math", "plan", "samples"] as const;
type Section = (typeof sections)[number];

const usage = `npm run bench -- [options]

  --only A,B      sections: ${sections.join(", ")}
  --quick         small shapes and few rounds: shows that everything runs; its figures mean little
  --rounds N      timed steps of each engine (default 9; those that take seconds take fewer)
  --json FILE     the same run as JSON
  --help`;

const options = {
  only: { type: "string" },
  quick: { type: "boolean", default: false },
  rounds: { type: "string", default: "9" },
  json: { type: "string" },
  help: { type: "boolean" },
} as const;

const say = (line: string): void => console.error(line);

interface Plan {
  readonly rounds: number;
  readonly slowRounds: number;
  readonly quick: boolean;
  readonly isSoftware: boolean;
  readonly hasGpu: boolean;
  readonly cores: number;
  readonly size: BlockSize;
}

const torchScript = process.env["BENCH_TORCH_SCRIPT"] ?? "tests/bench/block/eagerPytorch.py";

function blockEntrants(section: Section, { rounds, slowRounds, isSoftware, size, cores }: Plan): Entrant[] {
  const entrant = (engine: BlockEngine, count: number, threads = 1): Entrant => ({
    id: threads > 1 ? `${engine}, ${threads} threads` : engine,
    rounds: count,
    open: () => openWorker({ kind: "block", engine, size, threads }),
  });
  const torch = (threads: number): Entrant => ({
    id: threads > 1 ? `pytorch, ${threads} threads` : "pytorch",
    rounds,
    open: () => openTorch(torchScript, size, threads),
  });
  const onGpu = isSoftware ? slowRounds : rounds;
  switch (section) {
    case "block-webgpu":
      return [
        entrant("ours-webgpu", onGpu),
        entrant("tfjs-webgpu", onGpu),
        entrant("jax-webgpu", onGpu),
        entrant("ort-webgpu", onGpu),
      ];
    case "block-wasm":
      return [
        entrant("ours-wasm", rounds),
        entrant("tfjs-wasm", rounds),
        entrant("jax-wasm", rounds),
        ...(cores > 1 ? [entrant("ours-wasm", rounds, cores)] : []),
      ];
    case "block-native":
      return [
        entrant("ours-native", rounds),
        torch(1),
        ...(cores > 1 ? [entrant("ours-native", rounds, cores), torch(cores)] : []),
      ];
    default:
      return [];
  }
}

function stepEntrants(preset: StepPreset, { rounds, slowRounds, isSoftware, hasGpu, cores }: Plan): Entrant[] {
  const entrant = (device: StepDevice, count: number): Entrant => ({
    id: device,
    rounds: count,
    open: () => openWorker({ kind: "step", preset, device, threads: cores }),
  });
  const isMicro = preset === "micro";
  // The first one's loss is what the others are compared with.
  return [
    ...(preset === "swin-t" ? [] : [entrant("cpu", rounds), entrant("wasm", rounds)]),
    ...(isMicro ? [entrant("tf", slowRounds)] : []),
    ...(hasGpu && (isMicro || !isSoftware) ? [entrant("webgpu", isSoftware ? slowRounds : rounds)] : []),
  ];
}

async function run(only: readonly Section[], quick: boolean, rounds: number): Promise<BenchRun> {
  const machine = await describeMachine();
  say(`${machine.processor}, ${machine.cores} cores; WebGPU: ${machine.adapter ?? "none"}`);
  const size: BlockSize = quick
    ? { batch: 2, tokens: 64, width: 96, heads: 3 }
    : { batch: 8, tokens: 256, width: 96, heads: 3 };
  const { cores, isSoftware, adapter } = machine;
  const hasGpu = adapter !== null;
  const plan: Plan = { rounds, slowRounds: Math.min(rounds, 3), quick, isSoftware, hasGpu, cores, size };
  const block: Partial<Record<Section, Outcome>> = {};
  for (const section of only.filter((s) => s.startsWith("block-"))) {
    say(section);
    block[section] = await race(blockEntrants(section, plan), say);
  }
  const steps: Partial<Record<StepPreset, Outcome>> = {};
  const presets: StepPreset[] = [
    "micro",
    ...(quick ? [] : (["default"] as const)),
    ...(isSoftware ? [] : (["swin-t"] as const)),
  ];
  if (only.includes("steps"))
    for (const preset of presets) {
      say(`step of ${preset}`);
      const entrants = stepEntrants(preset, plan);
      if (entrants.length > 0) steps[preset] = await race(entrants, say);
    }
  const result: BenchRun = { machine, quick, size, flops: blockFlops(size), block, steps };
  if (only.includes("math")) {
    say("CPAB and SVD");
    result.cpab = await cpabFigures(hasGpu, rounds);
    result.svd = svdFigures(quick ? 384 : 3072);
  }
  if (only.includes("plan")) {
    say("plan of Swin-T");
    result.plan = planFigures();
    if (hasGpu) result.replay = await replayFigures(rounds);
  }
  if (only.includes("samples")) {
    say("the images of a batch");
    result.samples = await sampleFigures(rounds);
  }
  return result;
}

function chosenSections(text: string | undefined): readonly Section[] {
  if (text === undefined) return sections;
  return text.split(",").map((name) => {
    const found = sections.find((section) => section === name.trim());
    if (!found) throw new Error(`--only ${name}: unknown; known: ${sections.join(", ")}.`);
    return found;
  });
}

try {
  const { values } = parseArgs({ options, strict: true });
  if (values.help) console.log(usage);
  else {
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1)
      throw new Error(`--rounds ${values.rounds}: expected a whole number from 1.`);
    const result = await run(chosenSections(values.only), values.quick, values.quick ? Math.min(rounds, 3) : rounds);
    console.log(markdown(result));
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  }
} catch (error) {
  console.error(`${(error as Error).message}\n\nnpm run bench -- --help lists the options.`);
  process.exitCode = 2;
}
// Executors keep threads alive that nobody waits for.
process.exit();
