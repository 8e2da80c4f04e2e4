import { useState } from "react";
import type { CheckpointKind } from "../../../contracts/run";
import { Dialog } from "../../parts/Dialog";
import { SaveForms } from "../bar/SaveForms";
import { CheckpointChoice } from "./CheckpointChoice";
import type { ListedRun } from "./model";
import styles from "./runs.module.css";

interface Props {
  readonly run: ListedRun | null;
  readonly onClose: () => void;
}

/** Every form in which a run of the list can leave the page. */
export function ExportDialog({ run, onClose }: Props) {
  const [checkpoint, setCheckpoint] = useState<CheckpointKind>("newest");
  return (
    <Dialog title={run ? `Export ${run.name}` : ""} open={run !== null} wide onClose={onClose}>
      {run && (
        <div className={styles.form}>
          <CheckpointChoice entry={run.entry} chosen={checkpoint} onChoose={setCheckpoint} />
          <SaveForms ready run={run.entry.id} checkpoint={checkpoint} />
        </div>
      )}
    </Dialog>
  );
}
