import { History } from "lucide-react";
import { useState } from "react";
import { interruptedRun } from "../../../store/library/librarySlice";
import { isFresh } from "../../../store/runs/runSlice";
import { useCatalogue, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatAgo } from "../../parts/format";
import { entryTitle } from "./entries";
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
  const fresh = useSlice(({ run }) => isFresh(run));
  // The card is for whoever has just come: its age is told as it was then.
  const [now] = useState(Date.now);
  const [forgotten] = useState(remembered);
  const entry = interruptedRun(library, now);
  if (!entry?.run || !catalogue || !fresh || entry.id === forgotten) return null;
  const { step, steps } = entry.run;
  const opening = library.resuming === entry.id;
  const refused = library.refused?.run === entry.id ? library.refused.message : "";
  return (
    <section className={styles.card} aria-label="Interrupted run">
      <History size={17} aria-hidden="true" />
      <div>
        <h2>A run was interrupted</h2>
        <p>
          {entryTitle(entry, catalogue)}, step {step} of {steps}, {formatAgo(now - entry.changed)}.
        </p>
        {refused && (
          <p className={styles.refused} role="alert">
            {refused} Then continue.
          </p>
        )}
        <div className={styles.cardActions}>
          <button
            type="button"
            className={controls.primary}
            disabled={opening}
            onClick={() => session.resume(entry.id)}
          >
            {opening ? "Opening…" : "Continue"}
          </button>
          <button
            type="button"
            className={controls.button}
            disabled={opening}
            onClick={() => {
              remember(entry.id);
              store.dismissInterrupted(entry.id);
            }}
          >
            Dismiss
          </button>
        </div>
      </div>
    </section>
  );
}
