/** Tasks, made from plain data. */
import { labelChannels } from "../../contracts/labelFormat";
import type { LabelKind } from "../../contracts/taskKinds";
import type { TaskRecord } from "../../contracts/tasks/task";
import { type LossChoice, lossChoices } from "../losses/choices";
import { type MetricChoice, metricChoices } from "../metrics/choices";
import { type ColourChoice, colourChoices } from "./colours";
import type { Task } from "./task";

const does: Readonly<Record<LabelKind, string>> = {
  classes: "names the class of each pixel",
  binary: "tells whether a pixel belongs to it",
  regression: "estimates numbers for each pixel",
  unit: "estimates a direction for each pixel",
  depth: "estimates how far away each pixel is",
};

/** Which entry of a kind's list; the record's ids fit its kind, by its type or since it was parsed. */
const entry = <T>(choices: Readonly<Record<LabelKind, Readonly<Record<string, T>>>>, kind: LabelKind, id: string): T =>
  choices[kind][id]!;

export function taskFrom(record: TaskRecord): Task {
  const { id, label, kind, weight, about = `Your own task: ${does[kind]}.` } = record;
  const labels = labelChannels(record);
  const colours = entry<ColourChoice>(colourChoices, kind, record.colours);
  return {
    id,
    label,
    about,
    defaultClasses: kind === "classes" ? record.classes : undefined,
    channels: (classes) => (kind === "classes" ? classes : labels),
    labelChannels: labels,
    objective: { loss: entry<LossChoice>(lossChoices, kind, record.loss).loss, weight },
    metric: entry<MetricChoice>(metricChoices, kind, record.metric).judge,
    paintPrediction: (logits, channels, palette) => colours.prediction(logits, channels, palette),
    paintLabel: (label, palette) => colours.truth(label, labels, palette),
  };
}
