import { Archive, Database, FolderOpen, Layers, Play, Puzzle, Sigma, Trash2 } from "lucide-react";
import type { LibraryEntry } from "../../../contracts/runEvent";
import { useCatalogue, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatAgo, formatBytes, formatDate } from "../../parts/format";
import { entryDetail, entryTitle, isFinished } from "./entries";
import styles from "./library.module.css";

const icons = { run: Archive, backbone: Layers, adapter: Puzzle, data: Database, svd: Sigma } satisfies Record<
  LibraryEntry["kind"],
  unknown
>;

interface Props {
  readonly entry: LibraryEntry;
  readonly now: number;
  readonly onDelete: () => void;
}

/** One thing that is kept: what it is, how it stands, what may be done with it. */
export function EntryRow({ entry, now, onDelete }: Props) {
  const catalogue = useCatalogue();
  const removing = useSlice(({ library }) => library.removing === entry.id || library.removing === "all");
  if (!catalogue) return null;
  const Icon = icons[entry.kind];
  const title = entryTitle(entry, catalogue);
  return (
    <li className={styles.entry} aria-busy={removing}>
      <Icon size={17} aria-hidden="true" />
      <div className={styles.what}>
        <h3>
          {title} <State entry={entry} />
        </h3>
        <p>{entryDetail(entry, catalogue)}</p>
        {entry.run && <Course run={entry.run} />}
      </div>
      <div className={styles.facts}>
        <span>{formatBytes(entry.bytes)}</span>
        <time dateTime={new Date(entry.changed).toISOString()} title={formatDate(entry.changed)}>
          {formatAgo(now - entry.changed)}
        </time>
      </div>
      <div className={styles.actions}>
        <OpenButton entry={entry} title={title} />
        <button
          type="button"
          className={controls.icon}
          aria-label={`Delete ${title}`}
          title="Delete"
          disabled={removing}
          onClick={onDelete}
        >
          <Trash2 size={15} />
        </button>
      </div>
    </li>
  );
}

function State({ entry }: { readonly entry: LibraryEntry }) {
  const current = useSlice(({ library }) => library.current === entry.id);
  if (!entry.whole)
    return (
      <span className={styles.badge} data-tone="bad" title="Its writing was cut short: it can only be deleted">
        incomplete
      </span>
    );
  if (current)
    return (
      <span className={styles.badge} data-tone="accent">
        on the page now
      </span>
    );
  if (isFinished(entry))
    return (
      <span className={styles.badge} data-tone="good">
        finished
      </span>
    );
  return null;
}

function Course({ run: { step, steps } }: { readonly run: NonNullable<LibraryEntry["run"]> }) {
  return (
    <p className={styles.course}>
      <progress aria-label="Part of the run that is done" value={step} max={steps} />
      step {step} of {steps}
    </p>
  );
}

function OpenButton({ entry, title }: { readonly entry: LibraryEntry; readonly title: string }) {
  const { store, session } = useStudio();
  const busy = useSlice(
    ({ library, weights, catalogue }) =>
      library.resuming !== null || weights.opening !== null || catalogue.opening !== null,
  );
  const current = useSlice(({ library }) => library.current === entry.id);
  if (!entry.whole || entry.kind === "svd" || current) return null;
  const goesOn = entry.kind === "run" && !isFinished(entry);
  const open = (): void => {
    if (entry.kind === "run") session.resume(entry.id);
    else session.openKept(entry.id);
    store.show("train");
  };
  return (
    <button
      type="button"
      className={controls.button}
      aria-label={`${goesOn ? "Continue" : "Open"} ${title}`}
      disabled={busy}
      onClick={open}
    >
      {goesOn ? <Play size={13} fill="currentColor" /> : <FolderOpen size={14} />}
      {goesOn ? "Continue" : "Open"}
    </button>
  );
}
