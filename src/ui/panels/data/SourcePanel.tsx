import { Play } from "lucide-react";
import { useId } from "react";
import type { DataEntry } from "../../../contracts/catalogue";
import type { LibraryEntry } from "../../../contracts/runEvent";
import { useCatalogue, useRun, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatBytes, formatCount } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { Choice, FieldRow } from "../setup/Field";
import { OpenData } from "../setup/OpenData";
import { OwnTasks } from "../setup/OwnTasks";
import styles from "./data.module.css";
import type { Examined } from "./examined";

interface Props {
  readonly examined: Examined;
}

/** Which data is looked at, what it is, and the buttons that give it to the run. */
export function SourcePanel({ examined }: Props) {
  const id = useId();
  const { store } = useStudio();
  const catalogue = useCatalogue();
  const { entry, own } = examined;
  return (
    <Panel title="Data set" className={styles.source}>
      <div className={styles.stack}>
        <FieldRow label="Look at" help={entry.help} controlId={id}>
          <Choice id={id} entries={catalogue?.data ?? []} value={entry.id} onSet={store.examine} />
        </FieldRow>
        <Summary examined={examined} />
        <Commit examined={examined} />
        {entry.opened && <Keep opened={entry.opened} />}
        {own && <OwnTasks examined={examined} />}
        <OpenData />
      </div>
    </Panel>
  );
}

function Summary({ examined: { entry, own, survey, labelled } }: Props) {
  const catalogue = useCatalogue();
  const names = labelled.map((task) => catalogue?.tasks.find(({ id }) => id === task)?.label ?? task);
  return (
    <dl className={styles.facts}>
      <div>
        <dt>Name</dt>
        <dd>{survey?.name ?? entry.label}</dd>
      </div>
      {own && (
        <div>
          <dt>Layout</dt>
          <dd>
            <b>{survey?.layout ?? entry.opened?.layout}</b>: {survey?.seen ?? entry.opened?.seen}
          </dd>
        </div>
      )}
      <div>
        <dt>Images</dt>
        <dd>
          {formatCount(entry.train)} for training, {formatCount(entry.val)} for validation
        </dd>
      </div>
      <div>
        <dt>Labels</dt>
        <dd>
          {names.length === 0 ? (
            "for none of the tasks"
          ) : names.length === 1 ? (
            <>
              Only <b>{names[0]}</b> has labels: a run trains on that task alone.
            </>
          ) : (
            names.join(", ")
          )}
        </dd>
      </div>
      {own && <Progress />}
    </dl>
  );
}

/** How far the look through the files is. The page is free meanwhile. */
function Progress() {
  const { session } = useStudio();
  const { running, done, total, survey, problem } = useSlice((state) => state.data.survey);
  const state = running
    ? total > 0
      ? `${formatCount(done)} of ${formatCount(total)} images so far`
      : "begins"
    : survey
      ? `${formatCount(survey.read)} of ${formatCount(survey.samples.length)} images`
      : "not done";
  return (
    <div>
      <dt>Read</dt>
      <dd data-testid="survey-state" data-running={running}>
        {state}
        {running && (
          <progress aria-label="Files looked through" value={total > 0 ? done : 0} max={Math.max(1, total)} />
        )}
        {problem && <p className={styles.problem}>{problem}</p>}
        {!running && (problem || !survey) && (
          <button type="button" className={controls.plain} onClick={session.survey}>
            Look through the files
          </button>
        )}
      </dd>
    </div>
  );
}

/** The primary button of the view. */
function Commit({ examined: { pending, entry, labelled } }: Props) {
  const { store, session } = useStudio();
  const runStep = useRun(({ run }) => (run.prepared ? run.step : 0));
  const canGoBack = useSlice(({ setup, catalogue, data }) =>
    Boolean(data.draft && catalogue.known?.data.some(({ id }) => id === setup.config?.data.source)),
  );
  const empty = entry.train === 0 || labelled.length === 0;
  if (!pending)
    return (
      <div className={styles.commit}>
        <p>The set-up uses this data as it is shown here.</p>
        <button type="button" className={controls.button} onClick={() => store.show("train")}>
          To the run
        </button>
      </div>
    );
  return (
    <div className={styles.commit}>
      <div className={styles.answers}>
        <button type="button" className={controls.primary} disabled={empty} onClick={() => session.takeData(false)}>
          Use this data
        </button>
        <button
          type="button"
          className={controls.button}
          disabled={empty}
          title={runStep > 0 ? "A new run; the one before stays in Runs" : "Prepares the model and starts"}
          onClick={() => session.takeData(true)}
        >
          <Play size={13} fill="currentColor" /> Use it and start
        </button>
      </div>
      <p className={controls.note}>
        {empty
          ? "A run needs training images with labels for one task at least; there are none."
          : "Nothing here changes the run before that."}{" "}
        {canGoBack && (
          <button type="button" className={controls.plain} onClick={store.dropDraft}>
            Back to what the set-up uses
          </button>
        )}
      </p>
    </div>
  );
}

/** A copy of the files in the browser's own storage. */
function Keep({ opened: { fingerprint, readFrom } }: { readonly opened: NonNullable<DataEntry["opened"]> }) {
  const { session } = useStudio();
  const { listed, keeping, removing, problem } = useSlice((state) => state.library);
  const kept = keptData(listed?.entries ?? [], fingerprint);
  const copying = keeping?.what === "data" ? keeping : null;
  const said = copying
    ? copying.totalBytes > 0
      ? `${formatBytes(copying.doneBytes)} of ${formatBytes(copying.totalBytes)}`
      : "Copying…"
    : kept
      ? `Saved: ${formatBytes(kept.bytes)}, in the library.${readFrom === "copy" ? " It is read from there." : ""}`
      : problem || whereRead(readFrom);
  return (
    <label className={styles.keep}>
      <input
        type="checkbox"
        role="switch"
        className={controls.check}
        checked={kept !== undefined || copying !== null}
        aria-checked={kept !== undefined || copying !== null}
        disabled={copying !== null || removing !== null}
        onChange={() => (kept ? session.remove(kept.id) : session.keep("data"))}
      />
      <span>
        Save a copy in this browser
        <small aria-live="polite">{said}</small>
      </span>
      {copying && <progress aria-label="Copied" value={copying.doneBytes} max={Math.max(1, copying.totalBytes)} />}
    </label>
  );
}

const whereRead = (readFrom: "copy" | "memory" | undefined): string =>
  readFrom === "memory"
    ? "The copy was deleted: what was open is read from memory, until this page is closed."
    : "The files are read from where they are.";

/** The whole copy of a data set: the library names it by the beginning of its fingerprint. */
const keptData = (entries: readonly LibraryEntry[], fingerprint: string): LibraryEntry | undefined =>
  entries.find(({ kind, whole, id }) => {
    const digits = id.slice(id.lastIndexOf("/") + 1);
    return kind === "data" && whole && digits !== "" && fingerprint.startsWith(digits);
  });
