/** Fields of the configuration that say which images a run uses and how it changes them. */
import * as v from "valibot";
import { LabelEncodingSchema } from "../labelEncoding";
import { type Field, flag, listed, number, object, whole } from "./field";

/** Which images of the data are used, before `train` and `val` say how many of them. */
const SelectionSchema = v.strictObject({
  /** By task: an image is used where it shows a pixel of one of these classes, for one of the tasks at least. In both splits. */
  classes: v.exactOptional(
    v.record(v.string(), v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(254)))),
  ),
  /** Ids of the training images that are used, of those that pass `classes`; absent: all. */
  only: v.exactOptional(v.array(v.string())),
  /** Ids of images of either split that are left out. */
  without: v.exactOptional(v.array(v.string())),
});
export type Selection = v.InferOutput<typeof SelectionSchema>;

const LabelEncodingsSchema = v.record(v.string(), LabelEncodingSchema);

const images = { group: "data", effect: "data", min: 0, max: 1_000_000, step: 8, unit: "images", zero: "all" } as const;
const change = { group: "data", effect: "data", advanced: true, optional: true } as const;
const scale = { ...change, min: 0.1, max: 10, step: 0.05, unit: "times", suggested: { min: 0.25, max: 4 } } as const;

/** Random changes of training images. Nothing is drawn for validation images. */
export const augment = {
  horizontalFlip: flag({
    label: "Horizontal flip",
    help: "Half of the training images are flipped left to right. The x of their surface normals changes its sign with them.",
    group: "data",
    effect: "data",
    default: true,
  }),
  /** The scale about the centre is drawn between these two, or from `scales` where that lists any. */
  scaleMin: number({
    ...scale,
    label: "Smallest scale",
    help: "Each training image is scaled by a random factor from here to the largest scale. Below 1 it shrinks and the rest of the square is black and unlabelled; the reference has 0.75 for PASCAL.",
    default: 1,
  }),
  scaleMax: number({
    ...scale,
    label: "Largest scale",
    help: "Above 1 a part of the image fills the square. Depths are divided by the scale; the reference has 1.25 for PASCAL.",
    default: 1,
  }),
  scales: object(v.array(v.pipe(v.number(), v.finite(), v.minValue(0.1), v.maxValue(10))), {
    label: "List of scales",
    help: "Scales to draw from, in place of a smallest and a largest one. The reference has 1, 1.2 and 1.5 for NYUD.",
    effect: "data",
    optional: true,
    default: [],
  }),
  /** To either side, about the centre. */
  rotationDegrees: number({
    ...change,
    label: "Rotation",
    help: "Largest angle by which training images are rotated, to either side. Surface normals rotate with them; the reference has 20 for PASCAL.",
    min: 0,
    max: 180,
    step: 1,
    unit: "°",
    default: 0,
  }),
  /** How far the window may lie beside the centre, as a part of the room that the scale leaves: 0 keeps the centre, 1 is a random crop. */
  cropShift: number({
    ...change,
    label: "Random crop",
    help: "How far the crop that a scale above 1 shows may lie from the image's centre. 0 is a centre crop, as in the reference; 1 is a crop anywhere.",
    min: 0,
    max: 1,
    step: 0.05,
    unit: "of the room",
    default: 0,
  }),
  /** Brightness, contrast and saturation are each multiplied by a number in 1 ± this. */
  colourJitter: number({
    ...change,
    label: "Colour jitter",
    help: "Brightness, contrast and saturation of training images change at random. Each is multiplied by a number in 1 ± this.",
    min: 0,
    max: 1,
    step: 0.05,
    default: 0,
  }),
};

export const data = {
  source: listed("data", {
    label: "Data",
    help: "The images that a run is trained and evaluated on. Built-in scenes, or a folder of your own.",
    effect: "data",
    default: "scenes",
  }),
  train: whole({
    ...images,
    label: "Training images",
    help: "How many training images are used, chosen by the seed. 0 uses all.",
    images: "train",
    default: 1024,
  }),
  val: whole({
    ...images,
    label: "Validation images",
    help: "How many images the model is evaluated on, which it never trains on. 0 uses all.",
    images: "val",
    default: 128,
  }),
  layout: listed("layouts", {
    label: "Layout",
    help: "How your own files lie in their folders. Recognised by itself; choose where it is mistaken.",
    group: "data",
    effect: "data",
    advanced: true,
    optional: true,
    default: "auto",
  }),
  /** Drawn by name. */
  valShare: number({
    label: "Validation share",
    help: "Part of your own images that is held out for validation. 0: the data's own lists, or a fifth where it has none.",
    effect: "data",
    optional: true,
    min: 0,
    max: 0.9,
    step: 0.01,
    default: 0,
  }),
  select: object(SelectionSchema, {
    label: "Selection",
    help: "Which images are used: by class, or by name. The Data view writes it.",
    effect: "data",
    optional: true,
    unlinked: true,
    default: {},
  }),
  /** By task: what a person says of its files' values, before what the layout says. */
  labelEncodings: object(LabelEncodingsSchema, {
    label: "Label encodings",
    help: "What the stored label values mean, by task. The Data view writes it.",
    effect: "data",
    optional: true,
    unlinked: true,
    default: {},
  }) satisfies Field,
  augment,
};
