import { useEffect, useState } from "react";
import type { RunState } from "../../../contracts/runEvent";
import { formatDuration } from "../../../figures/format";
import { useRun } from "../../parts/context";
import { formatBytes } from "../../parts/format";
import styles from "./bar.module.css";
import { useNoRun } from "./Transport";

const names: Record<RunState, string> = {
  idle: "Loading",
  preparing: "Preparing",
  ready: "Ready",
  running: "Training",
  paused: "Paused",
  evaluating: "Evaluating",
  finished: "Finished",
  failed: "Failed",
};

/** State, step, epoch, time of a step and time left, in one line. */
export function RunStatus() {
  const run = useRun((shown) => shown.run);
  const { state, step, last, stepMs, prepared, message } = run;
  const none = useNoRun();
  const steps = useRun(({ config }) => config?.training.steps);
  const left = stepMs !== null && steps !== undefined && state !== "finished" ? (steps - step) * stepMs : null;
  return (
    <div className={styles.status}>
      {/* Read on demand: four updates a second would drown a screen reader. Changes of state are told by the Announcer. */}
      <div className={styles.main} role="status" aria-live="off" data-state={state}>
        <b data-testid="state">{none ? "No run yet" : names[state]}</b>
        {steps !== undefined && (
          <span>
            step {step} <span className={styles.soft}>of {steps}</span>
          </span>
        )}
        {message && !none && state !== "evaluating" && state !== "failed" && (
          <span className={styles.message}>{message}</span>
        )}
      </div>
      <dl className={styles.facts}>
        <Fact name="per step" value={stepMs === null ? "–" : formatDuration(stepMs, "ms")} />
        {state !== "finished" && state !== "failed" && (
          <Fact name="left" value={left === null ? "–" : formatDuration(left)} />
        )}
        <StoredIdentity />
        <Fact name="epoch" value={last && prepared ? last.epoch.toFixed(1) : "–"} />
      </dl>
      <Announcer state={state} step={step} steps={steps} />
    </div>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** The newest checkpoint, once there is one. */
function StoredIdentity() {
  const checkpoint = useRun(({ checkpoints }) => checkpoints.newest);
  if (!checkpoint) return null;
  const size = formatBytes(checkpoint.bytes);
  return (
    <div data-testid="kept" title={`A later visit can resume the run from here; ${size} in this browser`}>
      <dt className={styles.before}>checkpoint</dt>
      <dd>
        step {checkpoint.step}, {size}
      </dd>
    </div>
  );
}

/** Tells a screen reader of every change of state and of every tenth of the run. */
function Announcer({
  state,
  step,
  steps,
}: {
  readonly state: RunState;
  readonly step: number;
  readonly steps: number | undefined;
}) {
  const tenth = steps ? Math.floor((10 * step) / steps) : 0;
  const [text, setText] = useState("");
  useEffect(() => setText(tenth > 0 ? `${names[state]}, ${10 * tenth} percent done` : names[state]), [state, tenth]);
  return (
    <span className="unseen" aria-live="polite">
      {text}
    </span>
  );
}

/** A line under the bar: how much of the run is done, or how far preparing or evaluating is. */
export function ProgressLine() {
  const steps = useRun(({ config }) => config?.training.steps);
  const step = useRun(({ run }) => run.step);
  const part = useRun(({ run }) => run.progress);
  const state = useRun(({ run }) => run.state);
  const preparing = state === "preparing" || state === "idle";
  const done = preparing ? (part ?? 0) : steps ? step / steps : 0;
  return (
    <div className={styles.progress}>
      <div
        role="progressbar"
        aria-label={preparing ? "Preparing" : "Run"}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * done)}
        data-preparing={preparing}
        style={{ width: `${100 * Math.min(1, done)}%` }}
      />
      {state === "evaluating" && part !== null && <i style={{ width: `${100 * part}%` }} />}
    </div>
  );
}
