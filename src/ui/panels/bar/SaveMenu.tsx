import { Download } from "lucide-react";
import { useState } from "react";
import type { CheckpointKind } from "../../../contracts/run";
import { useRun, useSlice } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { Menu } from "../../parts/Menu";
import { Segments } from "../../parts/Segments";
import bar from "./bar.module.css";
import { SaveForms } from "./SaveForms";
import styles from "./saveMenu.module.css";

/** Every form in which the run that is shown can leave the page, from its best checkpoint too where it has one. */
export function SaveMenu() {
  const ready = useRun(({ run }) => run.prepared !== null);
  const best = useRun(({ checkpoints }) => checkpoints.best?.step);
  const step = useRun(({ run }) => run.step);
  const { asked, problem } = useSlice((state) => state.exporting);
  const [wished, setWished] = useState<CheckpointKind>("newest");
  const checkpoint = best === undefined ? "newest" : wished;
  const choices = [
    { id: "newest", label: `now, step ${step}` },
    { id: "best", label: `best, step ${best}` },
  ] as const;
  return (
    <Menu
      name="Save"
      news={problem && `${asked}: ${problem}`}
      label={
        <>
          <Download size={14} />
          <span className={bar.wide}>Save</span>
        </>
      }
    >
      <div className={styles.forms}>
        {!ready && <p className={controls.note}>There is something to save once a run is prepared.</p>}
        {best !== undefined && (
          <Segments label="Checkpoint" choices={choices} chosen={checkpoint} onChoose={setWished} />
        )}
        <SaveForms ready={ready} {...(checkpoint === "best" && { checkpoint })} />
      </div>
    </Menu>
  );
}
