/** What tasks of the user's own may be made of, for the page's editor and the command line's help. */
import type { Entry, MeasureEntry, TaskKindEntry } from "../../../contracts/catalogue";
import { type CustomTask, type TaskKind, taskKinds } from "../../../contracts/customTask";
import { lossChoices } from "../../../core/losses/choices";
import { type MetricChoice, metricChoices } from "../../../core/metrics/choices";
import type { Judge } from "../../../core/metrics/metric";
import { colourChoices } from "../../../core/tasks/colours";

const units = { "": "", degrees: "°", metres: "m", number: "" } as const;

/** A metric's numbers for people, the primary one first. */
export const measureEntries = ({ measures }: Judge): readonly MeasureEntry[] =>
  measures.map(({ key, label, unit, largerIsBetter }) => ({
    key,
    label,
    unit: units[unit],
    largerIsBetter,
    percent: unit === "",
  }));

const kinds: Readonly<Record<TaskKind, { readonly label: string; readonly help: string }>> = {
  classes: {
    label: "Classes",
    help: "One class a pixel: PNG of class indices, grey or with a palette; 255 is ignored.",
  },
  binary: { label: "Yes or no", help: "Whether a pixel belongs to something: PNG, white for yes, black for no." },
  regression: {
    label: "Numbers",
    help: "One to three numbers a pixel: PNG of 8 or 16 bits; number = file · scale + offset.",
  },
  unit: {
    label: "Directions",
    help: "A vector of length 1: PNG with x, y, z from -1 to 1 as red, green, blue; black is ignored.",
  },
};

const begun = { id: "my_task", label: "My task", weight: 1 } as const;
/** With the first entry of each list. */
const examples: { readonly [K in TaskKind]: Extract<CustomTask, { kind: K }> } = {
  classes: { ...begun, kind: "classes", classes: 2, loss: "cross_entropy", metric: "miou", colours: "voc" },
  binary: { ...begun, kind: "binary", loss: "balanced_bce", metric: "iou", colours: "grey" },
  regression: {
    ...begun,
    kind: "regression",
    channels: 1,
    scale: 1,
    offset: 0,
    flipX: false,
    loss: "l1",
    metric: "rmse",
    colours: "viridis",
  },
  unit: { ...begun, kind: "unit", flipX: true, loss: "l1", metric: "mean_angle", colours: "rgb" },
};

const entries = (choices: Readonly<Record<string, { readonly label: string; readonly help?: string }>>): Entry[] =>
  Object.entries(choices).map(([id, { label, help }]) => ({ id, label, help: help ?? label }));

export const taskKindEntries = (): readonly TaskKindEntry[] =>
  taskKinds.map((kind) => ({
    id: kind,
    ...kinds[kind],
    losses: entries(lossChoices[kind]),
    metrics: Object.entries<MetricChoice>(metricChoices[kind]).map(([id, { label, help, judge }]) => ({
      id,
      label,
      help,
      measures: measureEntries(judge),
    })),
    colours: entries(colourChoices[kind]),
    example: examples[kind],
  }));
