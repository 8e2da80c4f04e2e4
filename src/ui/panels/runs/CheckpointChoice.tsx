import { type CheckpointKind, checkpointKinds } from "../../../contracts/run";
import type { RunEntry } from "../../../store/runs/runEntry";
import { Segments } from "../../parts/Segments";
import styles from "./runs.module.css";

interface Props {
  readonly entry: RunEntry;
  readonly chosen: CheckpointKind;
  readonly onChoose: (kind: CheckpointKind) => void;
}

/** "newest, step 120" and, where one was kept, "best, step 80". */
export function CheckpointChoice({ entry, chosen, onChoose }: Props) {
  const stepOf = (kind: CheckpointKind): number | undefined =>
    entry.checkpoints[kind]?.step ?? (kind === "newest" ? entry.run.step : undefined);
  const choices = checkpointKinds.flatMap((id) => {
    const step = stepOf(id);
    return step === undefined ? [] : [{ id, label: `${id}, step ${step}` }];
  });
  return (
    <div className={styles.row}>
      from
      <Segments label="Checkpoint" choices={choices} chosen={chosen} onChoose={onChoose} />
    </div>
  );
}
