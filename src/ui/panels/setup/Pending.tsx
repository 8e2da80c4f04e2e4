import { needsNewRun, waitingFields } from "../../../store/runs/preparation";
import { useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import styles from "./setup.module.css";

/** While a run is there, live fields act at once and the others wait for a new run; the controls say so instead of being locked. */
export function Pending() {
  const { session } = useStudio();
  const waiting = useSlice(waitingFields);
  if (waiting.length === 0) return null;
  const many = waiting.length > 1;
  return (
    <div className={styles.pending} role="note" title={waiting.map(({ label }) => label).join(", ")}>
      <p>
        {waiting.length} {many ? "changes need" : "change needs"} a new run
      </p>
      <button type="button" className={controls.button} onClick={session.startNew}>
        Start new run
      </button>
    </div>
  );
}

/** Beside the label of a field that a run cannot take up on its way; strong where a change of it waits. */
export function NewRunMark({ path }: { readonly path: string }) {
  const needed = useSlice((state) => needsNewRun(state, path));
  const waits = useSlice((state) => waitingFields(state).some((field) => field.path === path));
  if (!needed && !waits) return null;
  return (
    <span
      className={styles.newRun}
      data-waits={waits}
      title={waits ? "Waits for a new run" : "A change needs a new run"}
    >
      ↻<span className="unseen">{waits ? " waits for a new run" : " a change needs a new run"}</span>
    </span>
  );
}
