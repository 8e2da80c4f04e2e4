import { FlaskConical, ListPlus } from "lucide-react";
import { useState } from "react";
import { referenceGroups } from "../../store/runs/studyCommands";
import { Failure } from "../panels/bar/Failure";
import { BranchDialog } from "../panels/runs/BranchDialog";
import { ComparePanel } from "../panels/runs/ComparePanel";
import { CurvesPanel } from "../panels/runs/CurvesPanel";
import { ExportDialog } from "../panels/runs/ExportDialog";
import { type ListedRun, type RunList, useRunList } from "../panels/runs/model";
import { NewStudy } from "../panels/runs/NewStudy";
import { RunsTable } from "../panels/runs/RunsTable";
import styles from "../panels/runs/runs.module.css";
import { TradeOffPanel } from "../panels/runs/TradeOffPanel";
import { Boundary } from "../parts/Boundary";
import { useSlice, useStudio } from "../parts/context";
import controls from "../parts/controls.module.css";
import { Panel } from "../parts/Panel";

/** All runs of this visit and of the library, beside each other. */
export function RunsView() {
  const list = useRunList();
  return (
    <main className={styles.place}>
      <Failure />
      <Boundary name="The runs">
        {list ? <Runs list={list} /> : <p className={controls.note}>Loading the studio…</p>}
      </Boundary>
    </main>
  );
}

function Runs({ list }: { readonly list: RunList }) {
  const { store } = useStudio();
  const dialog = useSlice(({ open }) => open);
  const problem = useSlice(({ runs }) => runs.problem);
  const [branching, setBranching] = useState<ListedRun | null>(null);
  const [exporting, setExporting] = useState<ListedRun | null>(null);
  return (
    <>
      <Panel
        title="Runs"
        aside="this visit and the library"
        tools={<Tools onStudy={() => store.openDialog("study")} />}
      >
        {problem && (
          <p className={styles.problem} role="alert">
            {problem}
          </p>
        )}
        {list.runs.length === 0 ? <Empty /> : <RunsTable list={list} onBranch={setBranching} onExport={setExporting} />}
      </Panel>
      <CurvesPanel list={list} />
      <div className={styles.beside}>
        <ComparePanel list={list} />
        <TradeOffPanel list={list} />
      </div>
      <NewStudy open={dialog === "study"} onClose={() => store.openDialog("")} />
      <BranchDialog list={list} run={branching} onClose={() => setBranching(null)} />
      <ExportDialog run={exporting} onClose={() => setExporting(null)} />
    </>
  );
}

function Tools({ onStudy }: { readonly onStudy: () => void }) {
  const { session } = useStudio();
  const known = useSlice((state) => state.catalogue.known);
  const config = useSlice((state) => state.setup.config);
  return (
    <>
      {known && config && (
        <button
          type="button"
          className={controls.button}
          title="One run of the set-up for each of its tasks; pinned as the reference when all have ended"
          onClick={() => session.study("references", referenceGroups(known, config))}
        >
          <FlaskConical size={14} />
          Train references
        </button>
      )}
      <button type="button" className={controls.primary} disabled={!config} onClick={onStudy}>
        <ListPlus size={15} />
        New study
      </button>
    </>
  );
}

const Empty = () => (
  <p className={styles.empty}>
    No run yet. Press <b>Start</b>, or <b>New study</b> for several at once. The folder of a headless run, dropped on
    the page, opens here.
  </p>
);
