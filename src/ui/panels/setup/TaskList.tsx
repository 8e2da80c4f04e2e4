import { useState } from "react";
import type { TaskId } from "../../../contracts/runConfig";
import { Swatch } from "../../parts/chips";
import { streamColour } from "../../parts/colours";
import { useCatalogue, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import setup from "./setup.module.css";
import styles from "./taskList.module.css";

const none: readonly TaskId[] = [];

/** The tasks that are tuned at once; those that the data has no labels for cannot be chosen. */
export function TaskList() {
  const { store } = useStudio();
  const catalogue = useCatalogue();
  const chosen = useSlice((state) => state.setup.config?.tasks) ?? none;
  const weights = useSlice((state) => state.setup.config?.training.taskWeights);
  const source = useSlice((state) => state.setup.config?.data.source);
  const [help, setHelp] = useState<TaskId | null>(null);
  const labelled = catalogue?.data.find(({ id }) => id === source)?.tasks ?? none;
  return (
    <fieldset className={styles.tasks}>
      <legend>Tasks</legend>
      {catalogue?.tasks.map((task) => {
        const on = chosen.includes(task.id);
        const possible = labelled.includes(task.id);
        // The last one stays: a run needs a task.
        const fixed = on && chosen.length === 1;
        const next = on ? chosen.filter((id) => id !== task.id) : [...chosen, task.id];
        return (
          <div key={task.id} className={styles.task}>
            <label title={possible ? task.help : "This data has no labels for it"} data-off={!possible}>
              <input
                type="checkbox"
                className={controls.check}
                checked={on}
                disabled={!possible || fixed}
                onChange={() => store.setField("tasks", next)}
              />
              <Swatch colour={streamColour(catalogue, task.id)} />
              {task.label}
            </label>
            <span className={styles.weight} title="Weight of this task's loss in the total">
              ×{weights?.[task.id] ?? task.weight}
            </span>
            <button
              type="button"
              className={setup.help}
              aria-label={`About ${task.label}`}
              aria-expanded={help === task.id}
              onClick={() => setHelp(help === task.id ? null : task.id)}
            >
              ?
            </button>
            {help === task.id && <p className={setup.helpText}>{task.help}</p>}
          </div>
        );
      })}
    </fieldset>
  );
}
