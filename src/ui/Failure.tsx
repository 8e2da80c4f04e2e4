import { TriangleAlert } from "lucide-react";
import { useSlice, useStudio } from "./context";
import controls from "./controls.module.css";
import styles from "./Studio.module.css";

/** What went wrong, what can be done, and the detail for a report. Charts and pictures stay as they were. */
export function Failure() {
  const { store, session } = useStudio();
  const failure = useSlice((state) => state.run.failure);
  if (!failure) return null;
  return (
    <section className={styles.failure} role="alert" aria-label="Problem">
      <TriangleAlert size={18} />
      <div>
        <h2>{failure.message}</h2>
        <p>
          {failure.recoverable
            ? "Change the set-up, or reset to prepare the model again. What was measured so far stays on the page."
            : "Reload the page to go on. What was measured so far stays until then: save it first if you need it."}
        </p>
        {failure.detail && (
          <details className={controls.disclosure}>
            <summary>Detail</summary>
            <pre>{failure.detail}</pre>
          </details>
        )}
      </div>
      <div className={styles.failureTools}>
        {failure.recoverable ? (
          <button type="button" className={controls.button} onClick={session.reset}>
            Prepare again
          </button>
        ) : (
          <button type="button" className={controls.button} onClick={() => location.reload()}>
            Reload
          </button>
        )}
        <button type="button" className={controls.plain} onClick={store.dismissFailure}>
          Hide
        </button>
      </div>
    </section>
  );
}
