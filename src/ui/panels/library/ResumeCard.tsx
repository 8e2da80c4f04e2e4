import { History } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { RunSummary } from "../../../contracts/runEvent";
import { interruptedRun } from "../../../store/library/librarySlice";
import { lackOf, type Need } from "../../../store/library/resumeNeeds";
import { isFresh } from "../../../store/runs/runSlice";
import { useCatalogue, useRun, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatAgo } from "../../parts/format";
import { remember, remembered } from "../../parts/remembered";
import { folderOfInput } from "../setup/folder";
import { recipeTitle } from "./entries";
import styles from "./library.module.css";

const KEY = "dismissed-run";

/** Offers the run that an earlier visit left unfinished. */
export function ResumeCard() {
  const { store } = useStudio();
  const catalogue = useCatalogue();
  const library = useSlice((state) => state.library);
  const fresh = useRun(({ run }) => isFresh(run));
  // The card is for whoever has just come: its age is told as it was then.
  const [now] = useState(Date.now);
  const [forgotten] = useState(() => remembered(KEY));
  const opened = useSlice((state) => state.runs.byId);
  const entry = interruptedRun(library, now, opened);
  if (!entry || !catalogue || !fresh || entry.run.run === forgotten) return null;
  const { run, step, config } = entry.run;
  const refused = library.refused?.run === run ? library.refused.message : "";
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
          <Resume key={run} run={entry.run} />
          <button
            type="button"
            className={controls.button}
            disabled={library.resuming === run}
            onClick={() => {
              remember(KEY, run);
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

/** One button: asks for what is missing, one after the other, and goes on when all of it came. */
function Resume({ run }: { readonly run: RunSummary }) {
  const { store, session } = useStudio();
  const input = useRef<HTMLInputElement>(null);
  const [asked, setAsked] = useState<Need | null>(null);
  // As text, so that a state with the same needs is no other one.
  const lack = useSlice((state) => JSON.stringify(lackOf(state, run)));
  const [need] = JSON.parse(lack) as readonly Need[];
  const opening = useSlice(({ catalogue, weights }) => catalogue.opening !== null || weights.opening !== null);
  const resuming = useSlice(({ library }) => library.resuming === run.run);
  const came = asked !== null && !opening;
  useEffect(() => {
    if (!came) return;
    if (asked.kind === "weights") store.showWeights(false);
    if (need) return;
    setAsked(null);
    session.resume(run.run);
  }, [came, asked, need, run.run, store, session]);
  const problem = useSlice(({ catalogue, weights }) => catalogue.problem || weights.problem);
  const isOther = came && need?.identity === asked.identity;
  return (
    <>
      {need && (
        <p role={isOther ? "alert" : undefined}>
          {isOther && `${problem || "What was opened has other contents."} `}
          This run needs {names[need.kind]} <b>{need.label}</b>.
        </p>
      )}
      <button
        type="button"
        className={controls.primary}
        disabled={resuming || opening}
        onClick={() => (need ? input.current?.click() : session.resume(run.run))}
      >
        {resuming || opening ? "Opening…" : need ? "Open and resume" : "Resume"}
      </button>
      {need && (
        <input
          ref={input}
          type="file"
          className="unseen"
          tabIndex={-1}
          aria-label={`Files of ${need.label}`}
          data-testid="resume-input"
          {...kindOfInput(need)}
          onChange={({ currentTarget }) => {
            const folder = folderOfInput(currentTarget.files ?? []);
            currentTarget.value = "";
            if (folder.files.length === 0) return;
            setAsked(need);
            if (need.kind === "data") session.openNeeded(folder.name, folder.files);
            else session.openWeights(folder.files);
          }}
        />
      )}
    </>
  );
}

const names = { data: "the data set", weights: "the weights" } as const satisfies Record<Need["kind"], string>;

const kindOfInput = ({ kind, label }: Need) =>
  kind === "weights" || /\.zip$/i.test(label)
    ? { multiple: kind === "weights" }
    : { multiple: true, webkitdirectory: "" };
