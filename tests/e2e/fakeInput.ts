/** What the scripted session keeps and opens: a library after a few visits, and weights of the user's own. */
import type { BackboneEntry } from "../../src/contracts/catalogue";
import type { LibraryEntry, RunEvent, RunSummary, TaskMetrics } from "../../src/contracts/runEvent";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { finalMetric } from "./fakeNumbers";

export const MEGABYTE = 2 ** 20;
const MINUTE_MS = 60_000;

/** A run of the library by what differs from the default one. */
export const keptRun = (run: RunSummary, bytes: number, minutesAgo: number): LibraryEntry => ({
  ...{ id: `runs/${run.run}`, kind: "run", label: "", whole: true, bytes, files: 2 },
  changed: Date.now() - minutesAgo * MINUTE_MS,
  run,
});

type About = Partial<RunSummary> & { readonly backbone?: string; readonly method?: string; readonly tasks?: string[] };

function summary(run: string, minutesAgo: number, { backbone, method, tasks, ...about }: About): RunSummary {
  const usual = presets[0]!.config;
  const config = {
    ...usual,
    ...(backbone && { backbone }),
    ...(tasks && { tasks }),
    method: method ? { ...usual.method, id: method, settings: {} } : usual.method,
  };
  const created = Date.now() - (minutesAgo + 5) * MINUTE_MS;
  const metrics = Object.fromEntries(config.tasks.map((task) => [task, metricsAfter(task)]));
  return { run, config, name: "", note: "", created, state: "finished", step: 320, metrics, resumable: true, ...about };
}

const { tasks } = buildCatalogue([], null, []);

const metricsAfter = (task: string): TaskMetrics => ({
  [tasks.find(({ id }) => id === task)!.metric]: finalMetric[task]![1],
});

/** The newest unfinished run, which the scripted session can go on with. */
const interrupted = (): RunSummary => {
  const run = summary("interrupted", 3, { state: "paused", step: 120 });
  return { ...run, config: { ...run.config, training: { ...run.config.training, seed: 7, evaluateEvery: 40 } } };
};

export const fullLibrary = (): LibraryEntry[] => [
  keptRun(interrupted(), 12.4 * MEGABYTE, 3),
  keptRun(
    summary("own-data", 180, { backbone: "file", method: "lora", tasks: ["depth"], state: "paused", step: 40 }),
    41.7 * MEGABYTE,
    180,
  ),
  keptRun(summary("done", 3 * 24 * 60, { method: "full", note: "before the holidays" }), 12.3 * MEGABYTE, 3 * 24 * 60),
  {
    id: "runs/cut",
    kind: "run",
    label: "",
    whole: false,
    bytes: 3.1 * MEGABYTE,
    files: 1,
    changed: Date.now() - 26 * 60 * MINUTE_MS,
  },
  {
    id: "backbones/swin-t",
    kind: "backbone",
    label: "swin_tiny_patch4_window7_224.safetensors",
    whole: true,
    bytes: 108 * MEGABYTE,
    files: 1,
    changed: Date.now() - 190 * MINUTE_MS,
  },
  {
    id: "data/rooms",
    kind: "data",
    label: "rooms",
    whole: true,
    bytes: 61 * MEGABYTE,
    files: 412,
    changed: Date.now() - 200 * MINUTE_MS,
  },
  {
    id: "svd",
    kind: "svd",
    label: "",
    whole: true,
    bytes: 212 * MEGABYTE,
    files: 60,
    changed: Date.now() - 2 * MINUTE_MS,
  },
];

const names = (stages: readonly number[], ...ends: readonly string[]): string[] =>
  stages.flatMap((depth, stage) =>
    Array.from({ length: depth }, (_, block) => ends.map((end) => `layers.${stage}.blocks.${block}.${end}`)).flat(),
  );

export const swinT: BackboneEntry = {
  id: "file",
  label: "Swin-T (your file)",
  help: "From swin_tiny_patch4_window7_224.pth. The weights stay on this machine.",
  imageSize: 224,
  parameters: 27_519_354,
  embedded: false,
};

export const weightsOf = (name: string): Extract<RunEvent, { type: "weights" }> => ({
  type: "weights",
  entry: { ...swinT, help: `From ${name}. The weights stay on this machine.` },
  recognised: {
    label: "Swin-T",
    family: "swin",
    naming: "timm before 0.8",
    prefix: "module.",
    settings: { patch: "4", embed: "96", depths: "2, 2, 6, 2", heads: "3, 6, 12, 24", window: "7" },
    imageSize: 224,
    assumed: ["The images were 224 × 224 pixels: the file has no absolute positions that would say so."],
    notes: ["The file is a training checkpoint; its “model” was taken, “optimizer” was left."],
  },
  report: {
    matched: 173,
    missing: [],
    unexpected: ["aux_head.conv.weight", "aux_head.conv.bias"],
    setAside: [
      { what: "Classifier", names: ["head.weight", "head.bias"] },
      { what: "Final norm", names: ["norm.weight", "norm.bias"] },
    ],
    buffers: 23,
    converted: [
      {
        what: "Position bias resized from a window of 8 to one of 7",
        names: names([2, 2, 6, 2], "attn.relative_position_bias_table"),
      },
    ],
    mismatched: [],
  },
});
