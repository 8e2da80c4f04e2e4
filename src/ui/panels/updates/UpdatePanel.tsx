import type { UpdateAnalysis } from "../../../contracts/updateAnalysis";
import { useRun, useShown, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { Panel } from "../../parts/Panel";
import { Cosines } from "./Cosines";
import { Updates } from "./Updates";
import styles from "./updates.module.css";

/** What training did to the weights, and whether the tasks pulled the same way; measured when asked for. */
export function UpdatePanel() {
  const { session } = useStudio();
  const updateAnalysis = useRun((shown) => shown.results.updateAnalysis);
  const analysing = useRun((shown) => shown.results.analysing);
  const canAsk = useRun(({ run }) => run.prepared !== null && run.step > 0 && quiet.has(run.state));
  return (
    <Panel
      title="Update analysis"
      step={updateAnalysis?.step}
      aside={updateAnalysis ? `step ${updateAnalysis.step}` : "what training did to the weights"}
      tools={
        <button
          type="button"
          className={controls.button}
          disabled={!canAsk || analysing}
          title={canAsk ? "Decomposes every adapted weight; takes some seconds" : "Pause or finish a run first"}
          onClick={session.analyseUpdates}
        >
          {analysing ? "Measuring" : updateAnalysis ? "Measure again" : "Measure"}
        </button>
      }
    >
      {updateAnalysis ? (
        <Measured updateAnalysis={updateAnalysis} />
      ) : (
        <p className={controls.note}>
          The rank and size of every update, what happened to the singular values and vectors, and the angles between
          the tasks’ gradients. Pause or finish a run, then measure.
        </p>
      )}
    </Panel>
  );
}

/** Between steps: measuring waits for none, and none waits for it. */
const quiet: ReadonlySet<string> = new Set(["paused", "finished", "ready"]);

function Measured({ updateAnalysis }: { readonly updateAnalysis: UpdateAnalysis }) {
  const { updates, unmerged, cosines } = updateAnalysis;
  const [stream, setStream] = useShown<string>("updateStream", "shared");
  return (
    <div className={styles.updateAnalysis}>
      {updates.length > 0 && <Updates updates={updates} stream={stream} onStream={setStream} />}
      {unmerged.length > 0 && (
        <p className={controls.note}>
          {unmerged.length} places are no linear map of their input and have no weight to compare: {unmerged[0]}
          {unmerged.length > 1 ? ` and ${unmerged.length - 1} more` : ""}.
        </p>
      )}
      {updates.length === 0 && unmerged.length === 0 && (
        <p className={controls.note}>This method left every weight of the backbone’s layers as it was.</p>
      )}
      {cosines.length > 0 && updateAnalysis.tasks.length > 1 && (
        <Cosines tasks={updateAnalysis.tasks} cosines={cosines} />
      )}
    </div>
  );
}
