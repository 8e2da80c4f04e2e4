import type { Setting } from "../../../contracts/catalogue";
import { Swatch } from "../../parts/chips";
import { streamColour, streamLabel } from "../../parts/colours";
import { useCatalogue, useSlice } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { NumberInput } from "./NumberInput";
import styles from "./setup.module.css";

interface Props {
  readonly id: string;
  readonly setting: Extract<Setting, { kind: "number" }>;
  readonly value: Readonly<Record<string, number>>;
  /** For tasks that the value does not name; absent: each task's own weight. */
  readonly standard: number | undefined;
  readonly onSet: (value: unknown) => void;
}

const noTasks: readonly string[] = [];

/** A number for each task of the run. */
export function ByTask({ id, setting, value, standard, onSet }: Props) {
  const catalogue = useCatalogue();
  const tasks = useSlice((state) => state.setup.config?.tasks) ?? noTasks;
  const usual = (task: string): number =>
    standard ?? catalogue?.tasks.find(({ id: known }) => known === task)?.weight ?? setting.min;
  const numbers = Object.fromEntries(tasks.map((task) => [task, value[task] ?? usual(task)]));
  return (
    <div className={styles.byTask}>
      {tasks.map((task, i) => (
        <label key={task} htmlFor={i === 0 ? id : `${id}-${task}`}>
          <Swatch colour={streamColour(catalogue, task)} />
          <span>{streamLabel(catalogue, task)}</span>
          <NumberInput
            id={i === 0 ? id : `${id}-${task}`}
            value={numbers[task]!}
            min={setting.min}
            max={setting.max}
            integer={setting.integer}
            onCommit={(number) => onSet({ ...numbers, [task]: number })}
          />
        </label>
      ))}
      {setting.perTask !== "always" && (
        <button type="button" className={controls.plain} onClick={() => onSet(numbers[tasks[0]!])}>
          one for all tasks
        </button>
      )}
    </div>
  );
}

interface SplitProps {
  readonly value: number;
  readonly onSet: (value: unknown) => void;
}

/** From one number for all tasks to one for each. */
export function SplitByTask({ value, onSet }: SplitProps) {
  const tasks = useSlice((state) => state.setup.config?.tasks) ?? noTasks;
  return (
    <button
      type="button"
      className={controls.plain}
      onClick={() => onSet(Object.fromEntries(tasks.map((task) => [task, value])))}
    >
      one for each task
    </button>
  );
}
