import { useState } from "react";
import { Failure } from "../panels/bar/Failure";
import { AugmentPanel } from "../panels/data/AugmentPanel";
import { CoveragePanel } from "../panels/data/CoveragePanel";
import styles from "../panels/data/data.module.css";
import { type Examined, useExamined } from "../panels/data/examined";
import { ImagesPanel } from "../panels/data/ImagesPanel";
import { LabelsPanel } from "../panels/data/LabelsPanel";
import type { Overlay } from "../panels/data/overlay";
import { ProblemsPanel } from "../panels/data/ProblemsPanel";
import { SourcePanel } from "../panels/data/SourcePanel";
import { SubsetPanel } from "../panels/data/SubsetPanel";
import { OpenData } from "../panels/setup/OpenData";
import { Boundary } from "../parts/Boundary";
import { useSlice } from "../parts/context";
import controls from "../parts/controls.module.css";
import { formatCount } from "../parts/format";
import { Panel } from "../parts/Panel";
import page from "../parts/page.module.css";

/** The data before a run uses it: what is there, how its labels are read, and which part of it is taken. */
export default function DataSetView() {
  const examined = useExamined();
  const opening = useSlice((state) => state.catalogue.opening);
  const progress = useSlice((state) => state.catalogue.openingProgress);
  if (!examined || opening !== null)
    return (
      <main className={styles.wait}>
        <Failure />
        <Panel title="Data">
          <p aria-live="polite">{opening === null ? "Loading the studio…" : `Looking into ${opening}…`}</p>
          {opening !== null && progress && (
            <label className={styles.counting}>
              <progress value={progress.done} max={Math.max(1, progress.total)} />
              {`No file names the classes, so all labels are read to count them: ${formatCount(progress.done)} of ${formatCount(progress.total)}`}
            </label>
          )}
          {examined === null && opening === null && <OpenData />}
        </Panel>
      </main>
    );
  return <Places examined={examined} />;
}

function Places({ examined }: { readonly examined: Examined }) {
  const first = examined.labelled[0] ?? null;
  const [chosen, setOverlay] = useState<Overlay>({ task: first, opacity: 0.45 });
  // Another data set may lack the task.
  const overlay = chosen.task === null || examined.labelled.includes(chosen.task) ? chosen : { ...chosen, task: first };
  const changes = (
    <Boundary name="The random changes">
      <AugmentPanel overlay={overlay} />
    </Boundary>
  );
  return (
    <main className={`${page.columns} ${styles.columns}`}>
      <div className={page.setup}>
        <Boundary name="The data set">
          <SourcePanel examined={examined} />
        </Boundary>
        <Boundary name="The subset">
          <SubsetPanel examined={examined} />
        </Boundary>
      </div>
      <div className={page.centre}>
        <Failure />
        {examined.own && (
          <Boundary name="The coverage">
            <CoveragePanel examined={examined} />
          </Boundary>
        )}
        <Boundary name="The images">
          <ImagesPanel examined={examined} overlay={overlay} onOverlay={setOverlay} />
        </Boundary>
        {examined.own && changes}
      </div>
      <div className={page.warps}>
        {examined.own ? (
          <>
            <Boundary name="The labels">
              <LabelsPanel examined={examined} />
            </Boundary>
            <Boundary name="The problems">
              <ProblemsPanel examined={examined} />
            </Boundary>
          </>
        ) : (
          <>
            <Panel title="Labels">
              <p className={controls.note}>
                {examined.entry.label} is built in: its labels are exact, and there are no files to look through. Bring
                your own images to see here what their label files hold and how they are read.
              </p>
            </Panel>
            {changes}
          </>
        )}
      </div>
    </main>
  );
}
