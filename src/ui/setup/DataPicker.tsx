import { FolderOpen } from "lucide-react";
import { useId, useRef, useState } from "react";
import { useCatalogue, useSlice, useStudio } from "../context";
import controls from "../controls.module.css";
import { useTake } from "../drop/DropAnywhere";
import { Choice, FieldRow } from "./Field";
import { type Folder, folderOfInput } from "./folder";
import styles from "./setup.module.css";

/** The data source, and a place for the user's own folder. */
export function DataPicker() {
  const id = useId();
  const { store } = useStudio();
  const take = useTake();
  const catalogue = useCatalogue();
  const source = useSlice((state) => state.setup.config?.data.source);
  const opening = useSlice((state) => state.catalogue.opening);
  const opened = useSlice((state) => state.catalogue.opened);
  const entry = catalogue?.data.find((candidate) => candidate.id === source);
  const refused = useSlice((state) => state.catalogue.problem);
  const [unclear, setUnclear] = useState("");
  const problem = unclear || refused;
  return (
    <>
      <FieldRow label="Data" help={entry?.help ?? ""} controlId={id}>
        <Choice
          id={id}
          entries={catalogue?.data ?? []}
          value={source ?? ""}
          onSet={(next) => store.setField("data.source", next)}
        />
      </FieldRow>
      <DropZone onFolder={(folder) => setUnclear(take(folder))} busy={opening} />
      {problem && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      {opened && (
        <details className={controls.disclosure}>
          <summary>
            {opened.entry.label}: {opened.entry.train} to train, {opened.entry.val} to validate
            {opened.report.length > 0 ? `; ${opened.report.length} left out` : ""}
          </summary>
          <p className={controls.note}>
            Labels for{" "}
            {opened.entry.tasks
              .map((task) => catalogue?.tasks.find(({ id: other }) => other === task)?.label ?? task)
              .join(", ")}
            .
          </p>
          <ul className={styles.report}>
            {opened.report.map(({ path, reason }) => (
              <li key={`${path} ${reason}`}>
                <code>{path}</code> {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

interface DropProps {
  readonly onFolder: (folder: Folder) => void;
  readonly busy: string | null;
}

/** The whole page takes what is dropped; this is where it says so. */
function DropZone({ onFolder, busy }: DropProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className={styles.drop} data-testid="drop-zone">
      <button type="button" className={controls.plain} onClick={() => input.current?.click()} disabled={busy !== null}>
        <FolderOpen size={14} /> {busy === null ? "Own images: choose a folder" : `Reading ${busy}…`}
      </button>
      <span className={controls.note}>
        or drop it, or a zip of it: <code>images/</code> and one folder of PNG labels for each task. Nothing leaves this
        machine.
      </span>
      <input
        ref={input}
        type="file"
        className="unseen"
        tabIndex={-1}
        aria-label="Folder with images and labels"
        data-testid="folder-input"
        multiple
        {...{ webkitdirectory: "" }}
        onChange={(event) => {
          onFolder(folderOfInput(event.currentTarget.files ?? []));
          event.currentTarget.value = "";
        }}
      />
    </div>
  );
}
