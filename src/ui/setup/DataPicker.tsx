import { FolderOpen } from "lucide-react";
import { type DragEvent, useEffect, useId, useRef, useState } from "react";
import { useCatalogue, useSlice, useStudio } from "../context";
import controls from "../controls.module.css";
import { Choice, FieldRow } from "./Field";
import { type Folder, folderOfDrop, folderOfInput } from "./folder";
import styles from "./setup.module.css";

/** The data source, and a place for the user's own folder. */
export function DataPicker() {
  const id = useId();
  const { store, session } = useStudio();
  const catalogue = useCatalogue();
  const source = useSlice((state) => state.setup.config?.data.source);
  const opening = useSlice((state) => state.catalogue.opening);
  const opened = useSlice((state) => state.catalogue.opened);
  const entry = catalogue?.data.find((candidate) => candidate.id === source);
  const [problem, setProblem] = useState("");
  const take = (folder: Folder): void => {
    setProblem(
      folder.files.length === 0 ? "There are no files in what was given. Choose a folder with images/ in it." : "",
    );
    if (folder.files.length > 0) session.openFolder(folder.name, folder.files);
  };
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
      <DropZone onFolder={take} onProblem={setProblem} busy={opening} />
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
  readonly onProblem: (problem: string) => void;
  readonly busy: string | null;
}

function DropZone({ onFolder, onProblem, busy }: DropProps) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  // A file dropped beside the zone must not make the browser leave the page and its run.
  useEffect(() => {
    const keep = (event: Event): void => event.preventDefault();
    window.addEventListener("dragover", keep);
    window.addEventListener("drop", keep);
    return () => {
      window.removeEventListener("dragover", keep);
      window.removeEventListener("drop", keep);
    };
  }, []);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    folderOfDrop(event.dataTransfer.items).then(onFolder, (error: Error) =>
      onProblem(`The dropped folder cannot be read: ${error.message} Choose it with the button instead.`),
    );
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same by keyboard.
    <div
      className={styles.drop}
      data-over={over}
      data-testid="drop-zone"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <button type="button" className={controls.plain} onClick={() => input.current?.click()} disabled={busy !== null}>
        <FolderOpen size={14} /> {busy === null ? "Own images: choose a folder" : `Reading ${busy}…`}
      </button>
      <span className={controls.note}>
        or drop it here: <code>images/</code> and one folder of PNG labels for each task. Nothing leaves this machine.
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
