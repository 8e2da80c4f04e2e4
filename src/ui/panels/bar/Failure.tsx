import { TriangleAlert } from "lucide-react";
import { useRun, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import styles from "../../parts/page.module.css";

/** What went wrong, what can be done, and the detail for a report. Charts and pictures stay as they were. */
export function Failure() {
  const { store, session } = useStudio();
  const failure = useRun((shown) => shown.run.failure);
  const refused = useSlice((state) => state.library.refused);
  if (!failure) return null;
  const kept = failure.of === "resume" ? refused : null;
  return (
    <section className={styles.failure} role="alert" aria-label="Problem">
      <TriangleAlert size={18} />
      <div>
        <h2>{failure.message}</h2>
        <p>
          {kept
            ? "The run is still saved. Open what it needs, then resume it; or prepare what is set up here again."
            : failure.recoverable
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
        {kept && (
          <button type="button" className={controls.button} onClick={() => session.resume(kept.run)}>
            Resume the run
          </button>
        )}
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
