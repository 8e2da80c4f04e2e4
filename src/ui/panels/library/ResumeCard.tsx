import { History } from "lucide-react";
import { useState } from "react";
import { interruptedRun } from "../../../store/library/librarySlice";
import { isFresh } from "../../../store/runs/runSlice";
import { useCatalogue, useRun, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatAgo } from "../../parts/format";
import { recipeTitle } from "./entries";
import styles from "./library.module.css";

const KEY = "dismissed-run";

/** Storage may be switched off; the run is then offered again at the next visit. */
const remembered = (): string | null => {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
};

const remember = (run: string): void => {
  try {
    localStorage.setItem(KEY, run);
  } catch {}
};

/** Offers the run that an earlier visit left unfinished. */
export function ResumeCard() {
  const { store, session } = useStudio();
  const catalogue = useCatalogue();
  const library = useSlice((state) => state.library);
  const fresh = useRun(({ run }) => isFresh(run));
  // The card is for whoever has just come: its age is told as it was then.
  const [now] = useState(Date.now);
  const [forgotten] = useState(remembered);
  const opened = useSlice((state) => state.runs.byId);
  const refusal = library.refused;
  const entry = interruptedRun(library, now, opened);
  if (!entry || !catalogue || !fresh || entry.run.run === forgotten) return null;
  const { run, step, config } = entry.run;
  const opening = library.resuming === run;
  const refused = refusal?.run === run ? refusal.message : "";
  return (
    <section className={styles.card} aria-label="Interrupted run">
      <History size={17} aria-hidden="true" />
      <div>
        <h2>A run was interrupted</h2>
        <p>
          {recipeTitle(config, catalogue)}, step {step} of {config.training.steps}, {formatAgo(now - entry.changed)}.
        </p>
        {refused && (
          <p className={styles.refused} role="alert">
            {refused} Then resume.
          </p>
        )}
        <div className={styles.cardActions}>
          <button type="button" className={controls.primary} disabled={opening} onClick={() => session.resume(run)}>
            {opening ? "Opening…" : "Resume"}
          </button>
          <button
            type="button"
            className={controls.button}
            disabled={opening}
            onClick={() => {
              remember(run);
              store.dismissInterrupted(run);
            }}
          >
            Dismiss
          </button>
        </div>
      </div>
    </section>
  );
}
