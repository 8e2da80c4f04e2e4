import { Archive, Database, FolderOpen, Layers, Puzzle, Sigma, Trash2 } from "lucide-react";
import type { LibraryEntry } from "../../../contracts/runEvent";
import { useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatAgo, formatBytes, formatDate } from "../../parts/format";
import { entryDetail, entryTitle } from "./entries";
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
  const removing = useSlice(({ library }) => library.removing === entry.id || library.removing === "all");
  const Icon = icons[entry.kind];
  const title = entryTitle(entry);
  return (
    <li className={styles.entry} aria-busy={removing}>
      <Icon size={17} aria-hidden="true" />
      <div className={styles.what}>
        <h3>
          {title} <State entry={entry} />
        </h3>
        <p>{entryDetail(entry)}</p>
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
  if (entry.whole) return null;
  return (
    <span className={styles.badge} data-tone="bad" title="Its writing was cut short: it can only be deleted">
      incomplete
    </span>
  );
}

function OpenButton({ entry, title }: { readonly entry: LibraryEntry; readonly title: string }) {
  const { store, session } = useStudio();
  const busy = useSlice(
    ({ library, weights, catalogue }) =>
      library.resuming !== null || weights.opening !== null || catalogue.opening !== null,
  );
  if (!entry.whole || entry.kind === "svd" || entry.kind === "run") return null;
  const open = (): void => {
    session.openKept(entry.id);
    store.show("train");
  };
  return (
    <button type="button" className={controls.button} aria-label={`Open ${title}`} disabled={busy} onClick={open}>
      <FolderOpen size={14} />
      Open
    </button>
  );
}
