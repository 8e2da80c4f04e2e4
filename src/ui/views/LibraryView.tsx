import { useEffect, useState } from "react";
import type { LibraryEntry } from "../../contracts/runEvent";
import { Failure } from "../panels/bar/Failure";
import { EntryRow } from "../panels/library/EntryRow";
import { entryTitle, kinds, lossOf } from "../panels/library/entries";
import styles from "../panels/library/library.module.css";
import { Storage } from "../panels/library/Storage";
import { Boundary } from "../parts/Boundary";
import { useSlice, useStudio } from "../parts/context";
import controls from "../parts/controls.module.css";
import { Dialog } from "../parts/Dialog";
import { formatBytes } from "../parts/format";
import { Panel } from "../parts/Panel";

/** The library: what this browser stores from visit to visit. */
export function LibraryView() {
  return (
    <main className={styles.place}>
      <Failure />
      <Boundary name="The library">
        <Library />
      </Boundary>
    </main>
  );
}

function Library() {
  const listed = useSlice((state) => state.library.listed);
  const problem = useSlice((state) => state.library.problem);
  const [doomed, setDoomed] = useDoomed(listed?.entries ?? []);
  return (
    <>
      <Storage onDeleteAll={() => setDoomed("all")} />
      {problem && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      {!listed && !problem && <p className={controls.note}>Reading the library…</p>}
      {listed?.entries.length === 0 && <Empty />}
      {listed && <Lists entries={listed.entries} onDelete={setDoomed} />}
      <DeleteQuestion doomed={doomed} onDone={() => setDoomed(null)} />
    </>
  );
}

const DELETE = "delete ";

/** What the open question is about to delete, in the address by its id. */
function useDoomed(
  entries: readonly LibraryEntry[],
): readonly [LibraryEntry | "all" | null, (doomed: LibraryEntry | "all" | null) => void] {
  const { store } = useStudio();
  const open = useSlice((state) => state.open);
  const id = open.startsWith(DELETE) ? open.slice(DELETE.length) : null;
  const doomed = id === "all" ? id : (entries.find((entry) => entry.id === id) ?? null);
  return [doomed, (next) => store.openDialog(next ? `${DELETE}${next === "all" ? next : next.id}` : "")];
}

interface ListsProps {
  readonly entries: readonly LibraryEntry[];
  readonly onDelete: (entry: LibraryEntry) => void;
}

function Lists({ entries, onDelete }: ListsProps) {
  const now = useNow();
  return kinds.map(({ kind, title, about }) => {
    const own = entries.filter((entry) => entry.kind === kind && !entry.run).toSorted((a, b) => b.changed - a.changed);
    if (own.length === 0) return null;
    return (
      <Panel key={kind} title={title} aside={about}>
        <ul className={styles.list} aria-label={title}>
          {own.map((entry) => (
            <EntryRow key={entry.id} entry={entry} now={now} onDelete={() => onDelete(entry)} />
          ))}
        </ul>
      </Panel>
    );
  });
}

const MINUTE_MS = 60_000;

/** Moves on by itself, so that "a minute ago" does not stay for an hour. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), MINUTE_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function Empty() {
  return (
    <Panel title="The library is empty">
      <ul className={styles.hints}>
        <li>
          <b>Runs</b> save a checkpoint every so many steps and wherever they are paused. A closed or crashed tab then
          costs a few steps, not the run.
        </li>
        <li>
          <b>Weights</b> of your own, and <b>data sets</b>, are copied here when you press “Save in this browser”, and
          open from here at the next visit.
        </li>
        <li>
          <b>Decompositions</b> of weights come here by themselves: a second run on the same backbone starts at once.
        </li>
      </ul>
      <p className={controls.note}>All of it stays on this machine, in storage that only this page can read.</p>
    </Panel>
  );
}

interface QuestionProps {
  readonly doomed: LibraryEntry | "all" | null;
  readonly onDone: () => void;
}

function DeleteQuestion({ doomed, onDone }: QuestionProps) {
  const { session } = useStudio();
  const entries = useSlice((state) => state.library.listed?.entries) ?? [];
  const all = doomed === "all";
  const question = all ? undefined : kinds.find(({ kind }) => kind === doomed?.kind)?.question;
  const bytes = all ? entries.reduce((sum, entry) => sum + entry.bytes, 0) : (doomed?.bytes ?? 0);
  return (
    <Dialog title={all ? "Delete everything?" : (question ?? "")} open={doomed !== null} onClose={onDone}>
      {doomed !== null && (
        <p>
          {all ? (
            <>
              All runs, weights, data sets and decompositions in the library, {formatBytes(bytes)} together. The files
              that they came from are not touched; what is open goes on, from memory.
            </>
          ) : (
            <>
              <b>{entryTitle(doomed)}</b>, {formatBytes(bytes)}. {lossOf(doomed)}
            </>
          )}
        </p>
      )}
      <div className={controls.answers}>
        <button type="button" className={controls.button} onClick={onDone}>
          Cancel
        </button>
        <button
          type="button"
          className={styles.delete}
          onClick={() => {
            if (doomed !== null) session.remove(doomed === "all" ? "all" : doomed.id);
            onDone();
          }}
        >
          {all ? "Delete everything" : "Delete"}
        </button>
      </div>
    </Dialog>
  );
}
