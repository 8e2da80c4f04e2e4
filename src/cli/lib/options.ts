/** Every option of the commands, declared once: those that set fields of the run file, and these beside them. */
import { checkpointKinds } from "../../contracts/run";
import { referenceChoices } from "../../contracts/stepComparison";
import { contestants } from "../../runtime/products/catalogue/contestants";
import { presets } from "../../runtime/products/catalogue/presets";
import { knownIds } from "../../runtime/products/describe";
import { exportIds } from "../../runtime/products/export/registry";
import { list, oneOf, positive, text, whole } from "./commandLine";
import { type Declaration, fieldOptions } from "./fieldOptions";

const file = text("FILE");

export const declarations = {
  preset: {
    value: oneOf(presets.map(({ id }) => id)),
    help: "A named starting point; without it, and without a run file or an adapter, default.",
    commands: { finetune: {}, conformance: {}, compare: { default: "default" }, sweep: { default: "default" } },
  },
  config: {
    value: file,
    help: "A run file: run.json of an earlier run, or your own. Options override it.",
    commands: { finetune: {}, compare: {}, conformance: {} },
  },
  adapter: {
    value: text("DIR|FILE"),
    help: "Starts from an exported adapter (its folder, file or zip), with the method, settings, decoder, tasks and image size that it was trained with. Its own backbone is needed: --backbone FILE where that is not built in.",
    commands: { finetune: {} },
  },
  ...fieldOptions,
  methods: {
    value: list(oneOf(contestants.map(({ id }) => id))),
    help: "Methods to compare; without it all.",
    commands: { compare: {} },
  },
  choose: {
    value: whole(),
    help: "Further validation images, which rates are chosen on.",
    commands: { compare: { default: "128" } },
  },
  seconds: {
    value: positive,
    help: "In place of --steps: as many steps as fit into this many seconds, by a measurement of each method.",
    commands: { compare: {} },
  },
  rates: {
    value: list(positive),
    help: "Factors of the sweep over each method's own rates.",
    commands: { compare: { default: "0.3,1,3" } },
  },
  seeds: {
    value: whole(1, "K"),
    help: "Runs of each: seeds 0 to K - 1.",
    commands: { compare: { default: "3" }, sweep: { default: "1" } },
  },
  threads: { value: whole(), help: "Threads of ONNX Runtime.", commands: { compare: { default: "1" } } },
  grid: {
    value: text("PATH=A,B"),
    help: "A field of the run file and its values; several make all combinations.",
    repeated: true,
    commands: { sweep: {} },
  },
  paired: {
    help: "Takes the first values of all grids together, then the second, in place of all combinations.",
    commands: { sweep: {} },
  },
  shard: {
    value: text("I/N"),
    help: "Only every N-th method from the I-th on, for N processes with one folder.",
    commands: { compare: { default: "1/1" } },
  },
  baseline: {
    value: list(file, "FILES"),
    help: "metrics.json of single-task runs, separated by commas: prints Δm against them.",
    besideResume: true,
    commands: { finetune: {} },
  },
  out: {
    value: text("DIR"),
    help: "Writes run.json, metrics.json, predictions/*.png and what --export names.",
    besideResume: true,
    commands: {
      finetune: {},
      compare: { help: "The folder of results and tables.", default: "runs/compare" },
      sweep: { help: "The folder of the runs, each in one of its own.", default: "runs/sweep" },
    },
  },
  export: {
    value: { shown: "A,B", known: exportIds },
    help: "What is written at the end; without it adapter.",
    besideResume: true,
    commands: { finetune: {} },
  },
  checkpoint: {
    value: oneOf(checkpointKinds, "KIND"),
    help: "Which checkpoint --export uses: the best is that by training.bestMetric; without it the newest.",
    besideResume: true,
    commands: { finetune: {} },
  },
  "checkpoint-every": {
    value: whole(0),
    help: "Saves a checkpoint in DIR/checkpoint every N steps, and where it ends or is interrupted; 0 only there. Without it 100.",
    besideResume: true,
    commands: { finetune: {} },
  },
  resume: {
    value: text("DIR"),
    help: "Resumes the run in DIR, the --out of an earlier one, by its own configuration, and writes there again; --data and --backbone only where its files lie elsewhere now.",
    besideResume: true,
    commands: { finetune: {} },
  },
  from: {
    value: text("DIR@STEP"),
    help: "Branches a run off a checkpoint in DIR, the --out of an earlier one: STEP is its step, newest or best. Where options change live fields alone it goes on from there; otherwise it starts from those weights at step 0. It is written to --out; DIR stays as it is.",
    commands: { finetune: {} },
  },
  "update-analysis": {
    help: "Measures what training did to the weights (rank, norms, angles) and the tasks' gradients.",
    formerly: "evidence",
    besideResume: true,
    commands: { finetune: {} },
  },
  describe: {
    help: `Trains nothing: prints the method, its layers, and who trains what. Takes the backbones ${knownIds.otherBackbones.join(", ")}, too.`,
    commands: { finetune: {} },
  },
  classes: {
    value: text("A=N,B=M"),
    help: "With --describe: classes of tasks, in place of the data's (backbones that are not built in: PASCAL's).",
    commands: { finetune: {} },
  },
  doc: {
    value: file,
    help: "Writes the table there too, for example docs/comparison.md; its reading, between two marks, is kept.",
    commands: { compare: {} },
  },
  time: {
    help: "Afterwards times a step of each method on its own, for the table; let nothing else run then.",
    commands: { compare: {} },
  },
  table: { help: "Writes the tables of what is there and runs nothing.", commands: { compare: {} } },
  "dry-run": { help: "Says what would run.", commands: { compare: {} } },
  most: {
    value: whole(),
    help: "Images whose files are read, spread over all; without it all.",
    commands: { inspect: {} },
  },
  report: {
    value: file,
    help: "Writes all that was found: as JSON where the name ends so, else as text.",
    commands: { inspect: {} },
  },
  case: {
    value: text("GLOB"),
    help: 'Only these cases: "cpab_*", "model_{plain,mtlora}"; without it all.',
    commands: { conformance: {} },
  },
  step: {
    help: "Compares every operation of one training step of a configuration at batch 1 with TensorFlow.js, in place of golden data.",
    commands: { conformance: {} },
  },
  against: {
    value: oneOf(referenceChoices),
    help: "With --step, which TensorFlow.js computes the other side; without it auto.",
    commands: { conformance: {} },
  },
  list: { help: "Prints every dispatch in order.", commands: { plan: {} } },
  reference: {
    value: text("DIR"),
    help: "A reference run, which Δm is against; several are combined, such as a single-task run for each task.",
    repeated: true,
    commands: { runs: {} },
  },
  csv: { help: "Prints comma-separated values, metrics as measured.", commands: { runs: {} } },
  json: {
    help: "Prints one JSON object.",
    besideResume: true,
    commands: {
      finetune: { help: "Prints one JSON object per event; with --describe one in all." },
      inspect: {},
      plan: {},
      conformance: {},
      runs: { help: "Prints the runs as JSON." },
    },
  },
} as const satisfies Record<string, Declaration>;
