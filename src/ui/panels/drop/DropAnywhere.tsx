import { Upload, X } from "lucide-react";
import { useEffect, useEffectEvent, useState } from "react";
import type { FolderFile } from "../../../contracts/dataOrigin";
import type { StudioStore } from "../../../store/studio";
import { useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { type Folder, folderOfDrop } from "../setup/folder";
import styles from "./drop.module.css";
import { understand, understandBytes } from "./understand";

const bringsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;

/** Hands files on to where they belong; the answer says why they belong nowhere, and is empty otherwise. */
export function useTake(): (folder: Folder) => Promise<string> {
  const { store, session } = useStudio();
  return async (folder) => {
    const meant = await understandBytes(understand(folder));
    if (meant.kind === "unclear") return meant.why;
    if (meant.kind === "run-file") return takeRunFile(store, meant.file);
    if (meant.kind === "run") {
      session.importRun(meant.files);
      return "";
    }
    if (meant.kind === "weights") session.openWeights(meant.files);
    else session.openFolder(meant.folder.name, meant.folder.files);
    // What comes of it is told beside the set-up.
    const { view } = store.getState();
    if (view !== "train" && view !== "data") store.show("train");
    return "";
  };
}

/** Says why a file is no run file; empty where its set-up was taken. */
async function takeRunFile(store: StudioStore, { path, file }: FolderFile): Promise<string> {
  try {
    store.takeRunFile(await file.text());
    return "";
  } catch (error) {
    return `${path} is no run file that can be opened. ${(error as Error).message}`;
  }
}

/** The whole page takes files, in every view. A file dropped on a page that did not would make the browser leave it, and its run. */
export function DropAnywhere() {
  const take = useTake();
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState("");
  const onDrag = useEffectEvent((event: DragEvent): void => {
    event.preventDefault();
    if (bringsFiles(event)) setOver(true);
  });
  const onLeave = useEffectEvent((event: DragEvent): void => {
    // Leaving a child for another has a place to go to; leaving the window has none.
    if (event.relatedTarget === null) setOver(false);
  });
  const onDrop = useEffectEvent((event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    if (!event.dataTransfer || !bringsFiles(event)) return;
    folderOfDrop(event.dataTransfer.items)
      .then(take)
      .then(setProblem, (error: Error) =>
        setProblem(`What was dropped cannot be read: ${error.message} Choose it with a button instead.`),
      );
  });
  useEffect(() => {
    const handlers = [
      ["dragover", (event: DragEvent): void => onDrag(event)],
      ["dragleave", (event: DragEvent): void => onLeave(event)],
      ["drop", (event: DragEvent): void => onDrop(event)],
    ] as const;
    for (const [type, handler] of handlers) window.addEventListener(type, handler);
    return () => {
      for (const [type, handler] of handlers) window.removeEventListener(type, handler);
    };
  }, []);
  return (
    <>
      {over && (
        <div className={styles.veil} aria-hidden="true">
          <p>
            <Upload size={20} />
            <span>
              <b>Weights</b>: .safetensors, .pth, .pt, .bin, shards with their index, or an adapter saved here
            </span>
            <span>
              <b>A data set</b>: a folder, or a zip of it
            </span>
            <span>
              <b>A run</b>: the folder of a headless run, its record or checkpoint; a run.json alone for its settings
            </span>
          </p>
        </div>
      )}
      {problem && (
        <div className={styles.notice} role="alert">
          <p>{problem}</p>
          <button type="button" className={controls.icon} aria-label="Hide" onClick={() => setProblem("")}>
            <X size={15} />
          </button>
        </div>
      )}
    </>
  );
}
