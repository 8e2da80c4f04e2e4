import { FileArchive, FolderOpen } from "lucide-react";
import { useRef, useState } from "react";
import { useSlice } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { useTake } from "../drop/DropAnywhere";
import { type Folder, folderOfInput } from "./folder";
import styles from "./setup.module.css";

/**
 * Ways in for the user's own images: a folder or a zip archive, chosen here or dropped anywhere on the page. What is opened is looked at before
 * a run uses it.
 */
export function OpenData() {
  const take = useTake();
  const opening = useSlice((state) => state.catalogue.opening);
  const refused = useSlice((state) => state.catalogue.problem);
  const [unclear, setUnclear] = useState("");
  const problem = unclear || refused;
  const onFolder = (folder: Folder): void => void take(folder).then(setUnclear);
  return (
    <>
      <div className={styles.drop} data-testid="drop-zone">
        {opening !== null ? (
          <span>Reading {opening}…</span>
        ) : (
          <span className={styles.ways}>
            <FileButton kind="folder" onFolder={onFolder} />
            <FileButton kind="zip" onFolder={onFolder} />
          </span>
        )}
        <span className={controls.note}>
          of your own images, or drop it: <code>images/</code> and one folder of labels for each task, or a published
          layout. You look at it before a run uses it. Nothing leaves this machine.
        </span>
      </div>
      {problem && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

const ways = {
  folder: { icon: FolderOpen, text: "Open a folder", label: "Folder with images and labels" },
  zip: { icon: FileArchive, text: "or a zip archive", label: "Zip archive with images and labels" },
} as const;

interface ButtonProps {
  readonly kind: keyof typeof ways;
  readonly onFolder: (folder: Folder) => void;
}

function FileButton({ kind, onFolder }: ButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  const { icon: Icon, text, label } = ways[kind];
  return (
    <>
      <button type="button" className={controls.plain} onClick={() => input.current?.click()}>
        <Icon size={14} /> {text}
      </button>
      <input
        ref={input}
        type="file"
        className="unseen"
        tabIndex={-1}
        aria-label={label}
        data-testid={`${kind}-input`}
        {...(kind === "folder" ? { multiple: true, webkitdirectory: "" } : { accept: ".zip,application/zip" })}
        onChange={(event) => {
          onFolder(folderOfInput(event.currentTarget.files ?? []));
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}
