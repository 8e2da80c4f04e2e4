import { Archive, FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatBytes } from "../../parts/format";
import { useTake } from "../drop/DropAnywhere";
import { weightsAccept } from "../drop/understand";
import { folderOfInput } from "../setup/folder";
import { OpenedAdapter } from "./OpenedAdapter";
import styles from "./weights.module.css";

/** A way in for a backbone from files, and what became of the last ones. */
export function WeightsPicker() {
  const opening = useSlice((state) => state.weights.opening);
  const refused = useSlice((state) => state.weights.problem);
  const [unclear, setUnclear] = useState("");
  const take = useTake();
  const problem = unclear || refused;
  return (
    <div className={styles.picker}>
      <ChooseFiles busy={opening !== null} onFiles={(files) => void take(folderOfInput(files)).then(setUnclear)} />
      {opening && (
        <p className={styles.quiet} aria-live="polite">
          Reading {opening.name}
          <progress aria-label={`Reading ${opening.name}`} />
        </p>
      )}
      {problem && !opening && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      <Opened />
      <OpenedAdapter />
    </div>
  );
}

interface ChooseProps {
  readonly busy: boolean;
  readonly onFiles: (files: Iterable<File>) => void;
}

function ChooseFiles({ busy, onFiles }: ChooseProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className={controls.plain}
        title="One .safetensors, .pth, .pt or .bin file, all shards of a set with their index.json, or an adapter or zip of one that was saved here; dropping it on the page does the same"
        disabled={busy}
        onClick={() => input.current?.click()}
      >
        <FileUp size={14} /> Own weights: choose or drop a file
      </button>
      <input
        ref={input}
        type="file"
        className="unseen"
        tabIndex={-1}
        aria-label="Files of weights"
        data-testid="weights-input"
        accept={weightsAccept}
        multiple
        onChange={(event) => {
          onFiles(Array.from(event.currentTarget.files ?? []));
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

/** The weights that are open: their report, a copy of them, their decomposition. */
function Opened() {
  const { store, session } = useStudio();
  const { opened, kept, decomposing } = useSlice((state) => state.weights);
  const keeping = useSlice((state) => state.library.keeping);
  const used = useSlice(({ setup }) => setup.config?.backbone === "file");
  if (!opened) return null;
  const copying = keeping?.what === "weights" ? keeping : null;
  return (
    <div className={styles.opened}>
      <p>
        <b>{opened.recognised.label}</b>
        {used ? " from your file" : " is open, not used"}
        <button type="button" className={controls.plain} onClick={() => store.showWeights(true)}>
          report
        </button>
      </p>
      {copying ? (
        <p className={styles.quiet} aria-live="polite">
          Copying, {formatBytes(copying.doneBytes)} of {formatBytes(copying.totalBytes)}
          <progress aria-label="Copying the weights" value={copying.doneBytes} max={Math.max(1, copying.totalBytes)} />
        </p>
      ) : kept ? (
        <p className={styles.quiet}>
          Saved in this browser:
          <button type="button" className={controls.plain} onClick={() => store.show("library")}>
            library
          </button>
        </p>
      ) : (
        <button
          type="button"
          className={controls.plain}
          disabled={keeping !== null}
          onClick={() => session.keep("weights")}
        >
          <Archive size={13} /> Save in this browser
        </button>
      )}
      {decomposing && (
        <p className={styles.quiet} data-testid="decomposing">
          Decomposing {decomposing.done} of {decomposing.total} weights
          <progress aria-label="Weights decomposed" value={decomposing.fraction} max={1} />
        </p>
      )}
    </div>
  );
}
