import { Pause, Play, RotateCcw, SkipForward, Square } from "lucide-react";
import type { RunState } from "../../../contracts/runEvent";
import { useRun, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import styles from "./bar.module.css";

export interface Possible {
  readonly toggle: boolean;
  readonly running: boolean;
  readonly step: boolean;
  readonly stop: boolean;
  readonly reset: boolean;
  readonly evaluate: boolean;
  /** Why Start cannot be pressed; empty where it can. */
  readonly why: string;
}

/** What may be asked of the session in each state. */
export function possible(state: RunState, hasModel: boolean, step: number): Possible {
  const running = state === "running" || state === "evaluating";
  const idle = state === "ready" || state === "paused";
  const why =
    state === "finished"
      ? "This run is finished. Reset makes a new one."
      : state === "failed"
        ? "Something went wrong. Reset prepares the model anew."
        : state === "preparing" || state === "idle"
          ? "The model is being prepared."
          : "";
  return {
    toggle: hasModel && (running || idle),
    running,
    step: hasModel && idle,
    stop: hasModel && step > 0 && (running || idle),
    reset: hasModel ? state !== "preparing" && (step > 0 || !idle) : state === "failed",
    evaluate: hasModel && (idle || state === "running"),
    why,
  };
}

/** The session is ready, and nothing was asked of it yet: views other than Train prepare nothing by themselves. */
export const useNoRun = (): boolean => useSlice(({ runs, setup }) => runs.current === null && setup.config !== null);

export const usePossible = (): Possible => {
  const state = useRun(({ run }) => run.state);
  const hasModel = useRun(({ run }) => run.prepared !== null);
  const started = useRun(({ run }) => (run.step > 0 ? 1 : 0));
  const none = useNoRun();
  const can = possible(state, hasModel, started);
  return none ? { ...can, toggle: true, why: "Prepares the set-up, then starts" } : can;
};

/** Start or Pause, Step, Stop, Reset. */
export function Transport() {
  const { session } = useStudio();
  const can = usePossible();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a border and a legend of its own.
    <div className={styles.transport} role="group" aria-label="Run">
      <button
        type="button"
        className={controls.primary}
        disabled={!can.toggle}
        title={can.why || "Space"}
        onClick={can.running ? session.pause : session.start}
      >
        {can.running ? <Pause size={14} fill="currentColor" /> : <Play size={14} fill="currentColor" />}
        {can.running ? "Pause" : "Start"}
      </button>
      <button
        type="button"
        className={controls.button}
        disabled={!can.step}
        title="One optimiser step, then paused (S)"
        onClick={session.step}
      >
        <SkipForward size={14} />
        Step
      </button>
      <button
        type="button"
        className={controls.button}
        disabled={!can.stop}
        title="End the run now and evaluate"
        onClick={session.stop}
      >
        <Square size={12} />
        Stop
      </button>
      <button
        type="button"
        className={controls.button}
        disabled={!can.reset}
        title="A new run from step 0; this one stays in Runs (R)"
        onClick={session.reset}
      >
        <RotateCcw size={13} />
        Reset
      </button>
    </div>
  );
}
