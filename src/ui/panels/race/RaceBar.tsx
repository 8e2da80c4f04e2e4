import { Pause, Play, Square } from "lucide-react";
import type { RunState } from "../../../contracts/runEvent";
import { formatDuration } from "../../../figures/format";
import { hasPendingRace } from "../../../store/runs/raceCommands";
import type { RaceSlice } from "../../../store/runs/raceSlice";
import { useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";

import styles from "../bar/bar.module.css";

const names: Record<RunState, string> = {
  idle: "No race yet",
  preparing: "Preparing",
  ready: "Ready",
  running: "Racing",
  paused: "Paused",
  evaluating: "Evaluating",
  finished: "Finished",
  failed: "Failed",
};

export interface RacePossible {
  readonly toggle: boolean;
  /** The button pauses. */
  readonly running: boolean;
  readonly stop: boolean;
  /** Starting would prepare anew. */
  readonly anew: boolean;
}

/** What may be asked of a race; `pending`: the set-up or the contestants are others than those prepared. */
export function racePossible({ state, chosen, step }: RaceSlice, pending: boolean): RacePossible {
  const running = state === "running" || state === "evaluating" || state === "preparing";
  return {
    running,
    toggle: running || chosen.length > 0,
    stop: step > 0 && (state === "running" || state === "paused"),
    anew: pending || state === "finished" || state === "failed" || state === "idle",
  };
}

export function useRacePossible(): RacePossible {
  const { store } = useStudio();
  const race = useSlice((state) => state.race);
  const pending = useSlice(() => hasPendingRace(store));
  return racePossible(race, pending);
}

/** Start or Pause, and Stop, of the race. */
export function RaceTransport() {
  const { session } = useStudio();
  const can = useRacePossible();
  const started = useSlice((state) => state.race.step > 0);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a border and a legend of its own.
    <div className={styles.transport} role="group" aria-label="Race">
      <button
        type="button"
        className={controls.primary}
        disabled={!can.toggle}
        title={can.toggle ? "Space" : "Choose contestants first"}
        onClick={can.running ? session.pauseRace : session.startRace}
      >
        {can.running ? <Pause size={14} fill="currentColor" /> : <Play size={14} fill="currentColor" />}
        {can.running ? "Pause" : !started ? "Start race" : can.anew ? "New race" : "Go on"}
      </button>
      <button
        type="button"
        className={controls.button}
        disabled={!can.stop}
        title="End the race now and evaluate all"
        onClick={session.stopRace}
      >
        <Square size={12} />
        Stop
      </button>
    </div>
  );
}

/** State of the race and the step that all have done. */
export function RaceStatus() {
  const race = useSlice((state) => state.race);
  const steps = race.prepared?.config.training.steps;
  const perStep = [...race.stepMs.values()].reduce((sum, ms) => sum + ms, 0);
  const left = steps !== undefined && race.step > 0 && race.state !== "finished" ? (steps - race.step) * perStep : null;
  return (
    <div className={styles.status}>
      <div className={styles.main} role="status" aria-live="off" data-state={race.state}>
        <b data-testid="race-state">{names[race.state]}</b>
        {steps !== undefined && (
          <span>
            all at step {race.step} <span className={styles.soft}>of {steps}</span>
          </span>
        )}
        {race.message && <span className={styles.message}>{race.message}</span>}
      </div>
      <dl className={styles.facts}>
        {left !== null && (
          <div>
            <dt>left</dt>
            <dd>{formatDuration(left)}</dd>
          </div>
        )}
      </dl>
      <span className="unseen" aria-live="polite">
        {names[race.state]}
      </span>
    </div>
  );
}
