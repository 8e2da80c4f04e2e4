import { useState } from "react";
import type { CheckpointKind } from "../../../contracts/run";
import { differences } from "../../../store/setup/liveFields";
import { useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { Dialog } from "../../parts/Dialog";
import { Segments } from "../../parts/Segments";
import { CheckpointChoice } from "./CheckpointChoice";
import type { ListedRun, RunList } from "./model";
import styles from "./runs.module.css";

const settings = [
  { id: "own", label: "the run's settings", help: "The new run goes on as the old one was set up" },
  { id: "setup", label: "the set-up's", help: "The new run has the settings that the controls of Train show" },
] as const;
type Settings = (typeof settings)[number]["id"];

interface Props {
  readonly list: RunList;
  readonly run: ListedRun | null;
  readonly onClose: () => void;
}

/** A new run from a checkpoint of another one: which checkpoint, which settings, and what follows from that. */
export function BranchDialog({ list, run, onClose }: Props) {
  return (
    <Dialog title={run ? `Branch from ${run.name}` : ""} open={run !== null} onClose={onClose}>
      {run && <Body list={list} run={run} onClose={onClose} />}
    </Dialog>
  );
}

function Body({ list, run: { entry }, onClose }: Props & { readonly run: ListedRun }) {
  const { session } = useStudio();
  const setup = useSlice((state) => state.setup.config);
  const [checkpoint, setCheckpoint] = useState<CheckpointKind>("newest");
  const [chosen, setChosen] = useState<Settings>("own");
  const config = chosen === "setup" && setup ? setup : entry.config;
  return (
    <div className={styles.form}>
      <CheckpointChoice entry={entry} chosen={checkpoint} onChoose={setCheckpoint} />
      <div className={styles.row}>
        with
        <Segments label="Settings" choices={settings} chosen={chosen} onChoose={setChosen} />
      </div>
      <Consequence list={list} own={entry.config} config={config} />
      <div className={controls.answers}>
        <button type="button" className={controls.button} onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          className={controls.primary}
          onClick={() => {
            session.branch(entry.id, checkpoint, config === entry.config ? undefined : config);
            onClose();
          }}
        >
          Branch
        </button>
      </div>
    </div>
  );
}

type Config = ListedRun["entry"]["config"];

/** Live changes go on; others begin anew from the weights. */
function Consequence({ list, own, config }: { readonly list: RunList; readonly own: Config; readonly config: Config }) {
  const { live, anew } = differences(list.catalogue, config, own);
  const names = (fields: typeof live): string => fields.map(({ label }) => label).join(", ");
  if (anew.length > 0)
    return (
      <p data-testid="branch-says">
        <b>{names(anew)}</b> {anew.length === 1 ? "differs" : "differ"}: the new run starts from the weights at step 0,
        with a schedule of its own.
      </p>
    );
  return (
    <p data-testid="branch-says">
      Parameters, moments, schedule and random streams go on from that step.
      {live.length > 0 && (
        <>
          {" "}
          <b>{names(live)}</b> {live.length === 1 ? "changes" : "change"} there.
        </>
      )}
    </p>
  );
}
