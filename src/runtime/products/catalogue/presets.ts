/** Named starting points of a run. Rates of "default" come from the sweep in docs/decisions/0002-default-rates.md; "reference" has the released code's. */
import type { Preset } from "../../../contracts/catalogue";
import { fieldDefaults } from "../../../contracts/fields";
import type { RunConfig } from "../../../contracts/runConfig";

const standard: RunConfig = { version: 4, ...fieldDefaults(), changes: [] };

const micro: RunConfig = {
  ...standard,
  backbone: "micro",
  data: { ...standard.data, train: 16, val: 8, augment: { ...standard.data.augment, horizontalFlip: false } },
  method: { ...standard.method, settings: { sharedCells: 8, taskCells: 4 } },
  tasks: ["semseg", "normals"],
  training: { ...standard.training, steps: 40, batchSize: 2, evaluateEvery: 0 },
};

/**
 * The released configuration's rates and start (batch 512: 5e-4, warm-up 20 of 300 epochs, final 5e-6, decay 0.05, clip 5),
 * at the built-in data's batch: 5e-4 · 16 / 512. One rate for every group.
 */
const referenceRate = (5e-4 * 16) / 512;
const reference: RunConfig = {
  ...standard,
  method: {
    ...standard.method,
    settings: { reading: "index", start: "reference", sharedCells: 64, taskCells: 4 },
  },
  training: {
    ...standard.training,
    learningRate: { method: referenceRate, backbone: referenceRate, decoders: referenceRate },
    warmupFraction: 20 / 300,
    dropPath: 0.2,
  },
};

export const presets: readonly Preset[] = [
  {
    id: "default",
    label: "Default",
    help: "Four tasks on built-in scenes with the embedded backbone: a few minutes without a GPU, less with one.",
    config: standard,
  },
  {
    id: "micro",
    label: "Micro",
    help: "The smallest model that has every part. For slow machines and for looking at single steps.",
    config: micro,
  },
  {
    id: "reference",
    label: "Reference rates",
    help: "Learning rate, warp and start of the released code, scaled to this batch. It moves the warps very slowly.",
    config: reference,
  },
];
