/** The numbers of an evaluation as people read them: tasks and measures by name, with units. */
import type { RunConfig, TaskId } from "../../../contracts/runConfig";
import { taskOf } from "../../../core/tasks/registry";
import { measureEntries } from "../catalogue/taskKinds";

export interface Score {
  readonly task: TaskId;
  readonly key: string;
  /** "Semantic segmentation" */
  readonly taskLabel: string;
  /** "mean IoU ↑": the arrow points to the better end. */
  readonly measure: string;
  /** "%", "°", "m" or "" */
  readonly unit: string;
  /** The number in that unit. */
  scaled(value: number): number;
}

/** All measures of the run's tasks, in the order of the tasks, the primary one of each first. */
export const scoresOf = ({ tasks, customTasks }: Pick<RunConfig, "tasks" | "customTasks">): readonly Score[] =>
  tasks.flatMap((task) => {
    const { label, metric } = taskOf(task, customTasks);
    return measureEntries(metric).map(({ key, label: measure, unit, percent, largerIsBetter }) => ({
      task,
      key,
      taskLabel: label,
      measure: `${measure} ${largerIsBetter ? "↑" : "↓"}`,
      unit: percent ? "%" : unit,
      scaled: (value) => (percent ? 100 * value : value),
    }));
  });

/** The measure by which each task of the run is judged, tasks of the user's own too. */
export const primaryScores = (config: Pick<RunConfig, "tasks" | "customTasks">): readonly Score[] => {
  const all = scoresOf(config);
  return config.tasks.map((id) => all.find(({ task }) => task === id)!);
};

/** Those of several runs, each task once. */
export function sharedScores(configs: readonly Pick<RunConfig, "tasks" | "customTasks">[]): readonly Score[] {
  const all = configs.flatMap(primaryScores);
  return all.filter(({ task }, i) => all.findIndex((score) => score.task === task) === i);
}

/** "59.7 %", "22.7°", "0.412 m"; "–" where there is none. */
export function showScore({ unit, scaled }: Score, value: number | undefined): string {
  if (value === undefined) return "–";
  const number = scaled(value);
  if (!Number.isFinite(number)) return String(number);
  const digits = unit === "%" || unit === "°" ? 1 : Math.abs(number) < 10 ? 3 : 2;
  return `${number.toFixed(digits)}${unit === "" || unit === "°" ? unit : ` ${unit}`}`;
}
