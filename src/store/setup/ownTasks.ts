/** Tasks of the user's own beside the built-in ones: as entries of the catalogue, and begun from a folder of labels. */
import type { Catalogue, TaskEntry } from "../../contracts/catalogue";
import type { CustomTask, TaskKind } from "../../contracts/customTask";
import type { LabelFolder } from "../../contracts/sample";

function entryOf(catalogue: Catalogue, { id, label, kind, metric, weight }: CustomTask): TaskEntry {
  const found = catalogue.taskKinds.find((entry) => entry.id === kind);
  const measures = found?.metrics.find((entry) => entry.id === metric)?.measures ?? [];
  const primary = measures[0];
  return {
    id,
    label,
    help: `Your own task. ${found?.help ?? ""}`,
    metric: primary?.key ?? "",
    metricLabel: primary?.label ?? "",
    unit: primary?.unit ?? "",
    largerIsBetter: primary?.largerIsBetter ?? true,
    percent: primary?.percent ?? false,
    weight,
    measures,
  };
}

/** The catalogue with a run's own tasks in its list of tasks, and in the data sets that have a folder for them. */
export function withOwnTasks(catalogue: Catalogue, own: readonly CustomTask[]): Catalogue {
  if (own.length === 0) return catalogue;
  return {
    ...catalogue,
    tasks: [...catalogue.tasks, ...own.map((task) => entryOf(catalogue, task))],
    data: catalogue.data.map((entry) => {
      const folders = (entry.folders ?? []).map(({ name }) => name);
      return { ...entry, tasks: [...entry.tasks, ...own.map(({ id }) => id).filter((id) => folders.includes(id))] };
    }),
  };
}

/** "wall_height" → "Wall height" */
const labelOf = (name: string): string => {
  const words = name.replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** A task for a folder, of the kind that its files look like. */
export function taskForFolder(catalogue: Catalogue, { name, kind, classes }: LabelFolder): CustomTask | undefined {
  const example = catalogue.taskKinds.find(({ id }) => id === kind)?.example;
  if (!example) return undefined;
  const begun = { ...example, id: name, label: labelOf(name) };
  return begun.kind === "classes" ? { ...begun, classes: Math.max(classes ?? 2, 2) } : begun;
}

/** The same task for labels of another kind, whose loss, metric and colours are the kind's first. */
export function withKind(
  catalogue: Catalogue,
  { id, label, weight }: CustomTask,
  kind: TaskKind,
): CustomTask | undefined {
  const example = catalogue.taskKinds.find((entry) => entry.id === kind)?.example;
  return example && { ...example, id, label, weight };
}
