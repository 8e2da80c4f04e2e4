/** The controls of a run: one entry per field of RunConfig that a person may change, with range, unit and help. */
import type { Setting } from "../../../contracts/catalogue";
import { dataChoices } from "./dataChoices";

type OfNumber = Extract<Setting, { kind: "number" }>;
type NumberRange = Pick<OfNumber, "min" | "max" | "step"> &
  Partial<Pick<OfNumber, "unit" | "logarithmic" | "integer" | "zero">>;
type Common = Pick<Setting, "path" | "label" | "help"> & { advanced?: boolean };

const number = (group: Setting["group"], common: Common, range: NumberRange): Setting => ({
  kind: "number",
  group,
  advanced: false,
  unit: "",
  logarithmic: false,
  integer: false,
  ...common,
  ...range,
});
const whole = (group: Setting["group"], common: Common, range: NumberRange): Setting =>
  number(group, common, { ...range, integer: true });
const flag = (group: Setting["group"], common: Common): Setting => ({
  kind: "flag",
  group,
  advanced: false,
  ...common,
});
const rate = { min: 1e-6, max: 1, step: 0.1, logarithmic: true };

export const settings: readonly Setting[] = [
  whole(
    "data",
    {
      path: "data.train",
      label: "Training images",
      help: "How many training images are used, chosen by the seed. 0 uses all.",
    },
    { min: 0, max: 4096, step: 8, unit: "images", zero: "all" },
  ),
  whole(
    "data",
    {
      path: "data.val",
      label: "Validation images",
      help: "How many images the metrics are measured on. They are never trained on. 0 uses all.",
    },
    { min: 0, max: 1024, step: 8, unit: "images", zero: "all" },
  ),
  ...dataChoices,
  flag("data", {
    path: "data.augment.horizontalFlip",
    label: "Mirror at random",
    help: "Half of the training images are mirrored; the x of their surface normals changes sign with them.",
  }),
  number(
    "data",
    {
      path: "data.augment.scaleMin",
      label: "Smallest zoom",
      help: "Each training image is zoomed by a random factor from here to the largest zoom; below 1 it is smaller and what is left of the square is black and unlabelled. The reference: 0.75 to 1.25 for PASCAL; for NYUD one of 1, 1.2 and 1.5, which a run file lists as data.augment.scales.",
      advanced: true,
    },
    { min: 0.25, max: 4, step: 0.05, unit: "times" },
  ),
  number(
    "data",
    {
      path: "data.augment.scaleMax",
      label: "Largest zoom",
      help: "Above 1 a part of the image fills the square; depths are divided by the zoom. Must not be below the smallest zoom. The reference: 1.25 for PASCAL.",
      advanced: true,
    },
    { min: 0.25, max: 4, step: 0.05, unit: "times" },
  ),
  number(
    "data",
    {
      path: "data.augment.cropShift",
      label: "Crop beside the centre",
      help: "How far the part that a zoom shows may lie from the centre: 0 keeps the centre, as the reference does; 1 takes any part. Without a zoom there is nothing to shift.",
      advanced: true,
    },
    { min: 0, max: 1, step: 0.05, unit: "of the room" },
  ),
  number(
    "data",
    {
      path: "data.augment.rotationDegrees",
      label: "Turn at random",
      help: "Largest angle by which training images are turned, to either side; surface normals turn with them, and the corners that come in are black and unlabelled. The reference: 20 for PASCAL, 0 for NYUD.",
      advanced: true,
    },
    { min: 0, max: 180, step: 1, unit: "°" },
  ),
  number(
    "data",
    {
      path: "data.augment.colourJitter",
      label: "Colour jitter",
      help: "Brightness, contrast and saturation of training images are each multiplied by a random number in 1 ± this. The reference: 0.",
      advanced: true,
    },
    { min: 0, max: 1, step: 0.05 },
  ),
  flag("method", {
    path: "method.unfreeze.norms",
    label: "Train layer norms",
    help: "Scale and shift of the backbone's layer norms are trained too, as in the published runs.",
  }),
  flag("method", {
    path: "method.unfreeze.patchMerging",
    label: "Train patch merging",
    help: "The linear maps between stages: most of the numbers that the published count calls the method's.",
  }),
  flag("method", {
    path: "method.unfreeze.positionBias",
    label: "Train position bias",
    help: "The relative position bias tables of the attention.",
  }),
  flag("method", {
    path: "method.unfreeze.patchEmbed",
    label: "Train patch embedding",
    help: "The first layer, from pixels to tokens.",
  }),
  whole(
    "training",
    { path: "training.steps", label: "Steps", help: "Optimiser steps of the whole run." },
    { min: 1, max: 20000, step: 10, unit: "steps" },
  ),
  whole(
    "training",
    { path: "training.batchSize", label: "Batch", help: "Images per forward and backward pass. Memory grows with it." },
    { min: 1, max: 128, step: 1, unit: "images" },
  ),
  whole(
    "training",
    {
      path: "training.accumulate",
      label: "Accumulate",
      help: "Batches whose gradients are summed before one optimiser step.",
      advanced: true,
    },
    { min: 1, max: 32, step: 1, unit: "batches" },
  ),
  number(
    "training",
    {
      path: "training.learningRate.method",
      label: "Learning rate, method",
      help: "Peak rate of what the method adds: warps, low-rank factors, prompts. The reference's rate moves a warp by less than a pixel of the chart in a short run.",
    },
    rate,
  ),
  number(
    "training",
    {
      path: "training.learningRate.backbone",
      label: "Learning rate, freed groups",
      help: "Peak rate of norms, patch merging, position bias and patch embedding; of the whole backbone with full tuning.",
    },
    rate,
  ),
  number(
    "training",
    {
      path: "training.learningRate.decoders",
      label: "Learning rate, decoders",
      help: "Peak rate of the task decoders, which start from random numbers.",
    },
    rate,
  ),
  number(
    "training",
    {
      path: "training.warmupFraction",
      label: "Warm-up",
      help: "Part of the run in which the rates rise from zero.",
      advanced: true,
    },
    { min: 0, max: 0.5, step: 0.01, unit: "of the run" },
  ),
  number(
    "training",
    {
      path: "training.finalFraction",
      label: "Final rate",
      help: "Where the cosine ends, as a part of the peak.",
      advanced: true,
    },
    { min: 0, max: 1, step: 0.01, unit: "of the peak" },
  ),
  number(
    "training",
    {
      path: "training.weightDecay",
      label: "Weight decay",
      help: "Decoupled decay of matrices; never of warps, biases, norms or position bias.",
      advanced: true,
    },
    { min: 0, max: 0.5, step: 0.01 },
  ),
  number(
    "training",
    {
      path: "training.clipNorm",
      label: "Clip gradients at",
      help: "Largest global L2 norm of the gradient; 0 switches clipping off.",
      advanced: true,
    },
    { min: 0, max: 100, step: 0.5, zero: "off" },
  ),
  number(
    "training",
    {
      path: "training.dropPath",
      label: "Drop path",
      help: "Chance that a residual branch of the deepest block is skipped for an image; shallower blocks less.",
      advanced: true,
    },
    { min: 0, max: 0.5, step: 0.05 },
  ),
  whole(
    "training",
    {
      path: "training.evaluateEvery",
      label: "Evaluate every",
      help: "Steps between two evaluations; 0 evaluates only at the start and the end.",
      advanced: true,
    },
    { min: 0, max: 2000, step: 10, unit: "steps" },
  ),
  whole(
    "training",
    { path: "training.seed", label: "Seed", help: "The same seed gives the same run on the same device." },
    { min: 0, max: 999999, step: 1 },
  ),
];
