/** Tasks of the user's own, made from plain data, and the look-up of a run's tasks by id. */
import type { CustomTask, TaskKind } from "../../contracts/customTask";
import { labelChannels } from "../../contracts/labelFormat";
import type { BuiltInTask } from "../../contracts/taskIds";
import { type LossChoice, lossChoices } from "../losses/choices";
import { type MetricChoice, metricChoices } from "../metrics/choices";
import { type ColourChoice, colourChoices } from "./colours";
import { tasks } from "./registry";
import type { Task } from "./task";

const describe: Readonly<Record<TaskKind, string>> = {
  classes: "names the class of each pixel",
  binary: "tells whether a pixel belongs to it",
  regression: "estimates numbers for each pixel",
  unit: "estimates a direction for each pixel",
};

/** Which entry of a kind's list; the definition was parsed, so its ids fit its kind. */
const entry = <T>(choices: Readonly<Record<TaskKind, Readonly<Record<string, T>>>>, kind: TaskKind, id: string): T =>
  choices[kind][id]!;

export function customTask(definition: CustomTask): Task {
  const { id, label, kind, weight } = definition;
  const labels = labelChannels(definition);
  const { loss } = entry<LossChoice>(lossChoices, kind, definition.loss);
  const { judge } = entry<MetricChoice>(metricChoices, kind, definition.metric);
  const colours = entry<ColourChoice>(colourChoices, kind, definition.colours);
  return {
    id,
    label,
    about: `Your own task: ${describe[kind]}.`,
    defaultClasses: kind === "classes" ? definition.classes : undefined,
    channels: (classes) => (kind === "classes" ? classes : labels),
    labelChannels: labels,
    objective: { loss, weight },
    metric: judge,
    paintPrediction: (logits, channels) => colours.prediction(logits, channels),
    paintLabel: (label) => colours.truth(label, labels),
  };
}

const isBuiltIn = (id: string): id is BuiltInTask => id in tasks;

/** The task of an id. @throws where it is neither built in nor defined; the message lists those that exist. */
export function taskOf(id: string, custom: readonly CustomTask[] = []): Task {
  if (isBuiltIn(id)) return tasks[id];
  const definition = custom.find((task) => task.id === id);
  if (definition) return customTask(definition);
  const known = [...Object.keys(tasks), ...custom.map((task) => task.id)];
  throw new Error(`Task "${id}" is unknown; known: ${known.join(", ")}. Define tasks of your own in customTasks.`);
}
