/** A run of the bench as markdown, for the terminal and for docs/benchmarks.md. */
import { markdownTable, showBytes } from "../../src/cli/lib/table";
import type { BlockSize, StepPreset } from "./contestant";
import type { Machine } from "./machine";
import type { CpabFigures, SvdFigures } from "./mathSection";
import type { PlanFigures, ReplayFigures } from "./planSection";
import { disagreement, type Outcome, type Result } from "./race";
import type { SampleFigures } from "./samplesSection";

export interface BenchRun {
  readonly machine: Machine;
  readonly quick: boolean;
  readonly size: BlockSize;
  /** Operations of the block's products. */
  readonly flops: number;
  readonly block: Readonly<Record<string, Outcome>>;
  readonly steps: Readonly<Partial<Record<StepPreset, Outcome>>>;
  cpab?: CpabFigures;
  svd?: SvdFigures;
  plan?: PlanFigures;
  replay?: ReplayFigures;
  samples?: readonly SampleFigures[];
}

const ms = (value: number): string => (value < 10 ? value.toPrecision(3) : value.toFixed(value < 100 ? 1 : 0));

/** Equal within float32 sums of another order, and with room for an engine that sums worse (TensorFlow.js wasm). */
const agreementLimit = 2e-3;

function outcomeTable({ results, skipped }: Outcome, flops: number | null): string {
  const ours = results[0];
  const apart = disagreement(results);
  const columns = [
    "engine",
    "steps",
    "median ms",
    "min ms",
    ...(flops === null ? [] : ["GFLOP/s"]),
    "times the first",
    "apart",
  ];
  const row = (r: Result): string[] => [
    r.engine,
    String(r.times.length),
    ms(r.median),
    ms(r.min),
    ...(flops === null ? [] : [(flops / 1e6 / r.median).toPrecision(3)]),
    ours ? (r.median / ours.median).toFixed(2) : "",
    `${apart[r.id]!.toExponential(1)}${apart[r.id]! > agreementLimit ? " (!)" : ""}`,
  ];
  const table = markdownTable(
    columns.map((title) => ({ title })),
    results.map(row),
  );
  const notes = skipped.map(({ id, reason }) => `- not run: ${id} (${reason.split("\n")[0]!.slice(0, 200)})`);
  return [table, ...(notes.length > 0 ? ["", ...notes] : [])].join("\n");
}

const blockTitles: Readonly<Record<string, string>> = {
  "block-webgpu": "On WebGPU",
  "block-wasm": "On WebAssembly",
  "block-native": "Native",
};

function blockText({ size, block, flops }: BenchRun): string[] {
  const parts = Object.entries(block);
  if (parts.length === 0) return [];
  return [
    `## A transformer block's training step, tokens [${size.batch},${size.tokens},${size.width}]`,
    "",
    `Loss and the gradients of all 12 weights; ${size.heads} heads, MLP 4x, ${(flops / 1e9).toFixed(2)} GFLOP of products. "Times the first" is the ratio of medians to the first row's; "apart" the largest relative difference of the loss and of the gradients' norms from the first row's.`,
    ...parts.flatMap(([name, outcome]) => ["", `### ${blockTitles[name]}`, "", outcomeTable(outcome, flops)]),
  ];
}

function stepText({ steps }: BenchRun): string[] {
  const titles = {
    micro: "Preset micro",
    default: "Preset default",
    "swin-t": "Swin-T, 224 px, batch 8, the default preset's method and tasks",
  };
  const parts = Object.entries(steps) as [StepPreset, Outcome][];
  if (parts.length === 0) return [];
  return [
    "",
    "## A whole DiTASK step",
    "",
    'Forward, backward, clipping and AdamW on a fixed batch of Scenes, losses read back. "Apart" compares the first step\'s loss.',
    ...parts.flatMap(([preset, outcome]) => ["", `### ${titles[preset]}`, "", outcomeTable(outcome, null)]),
  ];
}

function mathText({ cpab, svd }: BenchRun): string[] {
  const lines: string[] = [];
  if (cpab) {
    const rows = [
      ["host, forward", ms(cpab.host.forward)],
      ["host, derivative", ms(cpab.host.vjp)],
    ];
    if (cpab.webgpu) rows.push(["WGSL, forward and derivative, upload and readback included", ms(cpab.webgpu.both)]);
    const difference =
      cpab.difference === null
        ? ""
        : ` WGSL and host differ by ${cpab.difference.toExponential(1)} of the largest singular value at most.`;
    lines.push(
      "",
      "## All warps of Swin-T",
      "",
      `${cpab.curves} curves, ${cpab.points.toLocaleString("en")} singular values, ${cpab.thetas.toLocaleString("en")} thetas.${difference}`,
      "",
      markdownTable([{ title: "where" }, { title: "median ms" }], rows),
    );
  }
  if (svd) {
    const rows = svd.shapes.map(({ rows, cols, count, ms: time }) => [
      `${rows} x ${cols}`,
      String(count),
      time === null ? "not timed" : ms(time),
    ]);
    const all = svd.shapes.every((shape) => shape.ms !== null);
    lines.push(
      "",
      "## Decompositions of Swin-T",
      "",
      `One matrix of random numbers of each shape, float64, on one core. ${all ? "All" : "The timed shapes'"} ${svd.matrices} matrices, each shape's time multiplied by its count: ${svd.seconds.toFixed(1)} s on one core.`,
      "",
      markdownTable([{ title: "shape" }, { title: "matrices" }, { title: "ms each" }], rows),
    );
  }
  return lines;
}

function planText({ plan, replay, steps }: BenchRun): string[] {
  const lines: string[] = [];
  if (plan) {
    lines.push(
      "",
      "## The plan of the Swin-T step",
      "",
      "224 px, batch 8, four tasks, optimiser included, planned for a hardware adapter (`npm run plan`).",
      "",
      markdownTable(
        [{ title: "figure" }, { title: "value" }],
        [
          ["dispatches", String(plan.dispatches)],
          ["FLOPs issued / FLOPs of the products", plan.flopsRatio.toFixed(3)],
          ["arena", showBytes(plan.arenaBytes)],
          ["arena / bound by liveness", (plan.arenaBytes / plan.liveBytes).toFixed(3)],
        ],
      ),
    );
  }
  const rows = Object.entries(steps).flatMap(([preset, { results }]) =>
    results
      .filter(({ figures }) => figures["replayMs"] !== undefined)
      .map((r) => [
        `step of ${preset}: upload, record, submit`,
        String(r.figures["dispatches"]),
        ms(r.figures["replayMs"]!),
      ]),
  );
  if (replay) rows.push(["Swin-T's train plan: recording alone", String(replay.dispatches), ms(replay.recordMs)]);
  if (rows.length > 0)
    lines.push(
      "",
      "JavaScript that a replay takes (milliseconds):",
      "",
      markdownTable([{ title: "what" }, { title: "dispatches" }, { title: "ms" }], rows),
    );
  return lines;
}

function samplesText({ samples }: BenchRun): string[] {
  if (!samples) return [];
  const cells = samples.map(({ what, alone, pooled }) => [
    what,
    ms(alone.waited),
    ms(pooled.waited),
    ms(alone.busy),
    ms(pooled.busy),
    (alone.busy / pooled.busy).toFixed(1),
  ]);
  const columns = ["16 images", "waits, alone", "waits, worker", "works, alone", "works, worker", "times less work"];
  return [
    "",
    "## The images of a batch",
    "",
    "What the thread that trains waits and works for one batch (median milliseconds), without and with one worker that prepares images while the device is busy; here it rests as long as a batch takes alone. Photographs are JPEG of 500 x 375 with three labels, rotated and scaled to 224 px as the reference changes PASCAL's.",
    "",
    markdownTable(
      columns.map((title) => ({ title })),
      cells,
    ),
  ];
}

export function markdown(run: BenchRun): string {
  const { machine, quick } = run;
  const packages = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`);
  return [
    ...(quick
      ? ["**A quick run: small shapes and few rounds. Its figures show that everything runs, not how fast.**", ""]
      : []),
    `Machine: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}. WebGPU adapter: ${machine.adapter ?? "none"}${machine.isSoftware ? " (computes on the processor)" : ""}. ${packages.join(", ")}.`,
    "",
    ...blockText(run),
    ...stepText(run),
    ...mathText(run),
    ...planText(run),
    ...samplesText(run),
  ].join("\n");
}
