import { useId } from "react";
import { useRun, useSlice, useStudio } from "../../parts/context";
import { formatBytes } from "../../parts/format";
import { Choice, FieldRow } from "./Field";
import { NumberInput } from "./NumberInput";
import styles from "./setup.module.css";

const modes = [
  { id: "steps", label: "every … steps", help: "And wherever the run rests or ends." },
  { id: "rest", label: "on pause, end", help: "When the run is paused, and at its end." },
  { id: "never", label: "never", help: "A run that the browser ends cannot be resumed." },
] as const;

const HELP =
  "A checkpoint is the saved state from which a run resumes as if nothing had happened. The newest and the best of each run are saved in this browser.";

/** How often checkpoints are saved, and where the newest one is. It changes no result of the run. */
export function CheckpointSetting() {
  const ids = { mode: useId(), steps: useId() };
  const { session } = useStudio();
  const every = useSlice((state) => state.library.every);
  const checkpoint = useRun(({ checkpoints }) => checkpoints.newest);
  const mode = every === null ? "never" : every === 0 ? "rest" : "steps";
  const choose = (id: string): void => session.keepEvery(id === "never" ? null : id === "rest" ? 0 : USUAL_STEPS);
  return (
    <>
      <FieldRow label="Save checkpoints" help={HELP} controlId={ids.mode}>
        <div className={styles.keep}>
          <Choice id={ids.mode} entries={modes} value={mode} onSet={choose} />
          {mode === "steps" && (
            <>
              <label htmlFor={ids.steps} className="unseen">
                Steps between checkpoints
              </label>
              <NumberInput
                id={ids.steps}
                value={every ?? USUAL_STEPS}
                min={1}
                max={1e6}
                integer
                onCommit={session.keepEvery}
              />
            </>
          )}
        </div>
      </FieldRow>
      {checkpoint && (
        <p className={styles.kept}>
          checkpoint at step {checkpoint.step}, {formatBytes(checkpoint.bytes)}
        </p>
      )}
    </>
  );
}

const USUAL_STEPS = 100;
