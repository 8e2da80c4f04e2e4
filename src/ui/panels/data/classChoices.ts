/** Classes that images may be chosen by. */
import type { DataEntry } from "../../../contracts/catalogue";
import type { TaskId } from "../../../contracts/runConfig";
import type { Survey } from "../../../contracts/survey";

export interface ClassChoice {
  readonly index: number;
  readonly name: string;
  /** How many images show it; unknown without a survey. */
  readonly images?: number;
}

/** By a survey the classes that some image shows; without one those that the data set has names for. */
export function classChoices(
  survey: Survey | null,
  { legends }: Pick<DataEntry, "legends">,
): readonly { readonly task: TaskId; readonly classes: readonly ClassChoice[] }[] {
  if (!survey)
    return Object.entries(legends).flatMap(([task, legend]) =>
      legend ? [{ task, classes: legend.map(({ name }, index) => ({ index, name })) }] : [],
    );
  return survey.tasks.flatMap(({ task, classes: names }) => {
    const images = new Map<number, number>();
    for (const { classes } of survey.samples)
      for (const index of classes?.[task] ?? []) images.set(index, (images.get(index) ?? 0) + 1);
    const classes = [...images]
      .sort(([a], [b]) => a - b)
      .map(([index, count]) => ({ index, name: names?.[index] ?? `class ${index}`, images: count }));
    return classes.length > 0 ? [{ task, classes }] : [];
  });
}
