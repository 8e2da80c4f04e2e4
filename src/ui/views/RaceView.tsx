import { Failure } from "../panels/bar/Failure";
import { Contestants } from "../panels/race/Contestants";
import { useRacePossible } from "../panels/race/RaceBar";
import { RaceChart } from "../panels/race/RaceChart";
import styles from "../panels/race/race.module.css";
import { Standings } from "../panels/race/Standings";
import { SetupPanel } from "../panels/setup/SetupPanel";
import { Boundary } from "../parts/Boundary";
import { useSlice, useStudio } from "../parts/context";
import controls from "../parts/controls.module.css";
import page from "../parts/page.module.css";

/** Several methods side by side, step by step on the same images. */
export function RaceView() {
  return (
    <main className={`${page.columns} ${styles.columns}`}>
      <div className={page.setup}>
        <Boundary name="The contestants">
          <Contestants />
        </Boundary>
        <Boundary name="The set-up">
          <SetupPanel withMethods={false} />
        </Boundary>
      </div>
      <div className={page.centre}>
        <Failure />
        <Notice />
        <Boundary name="The race">
          <RaceChart />
        </Boundary>
        <Boundary name="The standings">
          <Standings />
        </Boundary>
      </div>
    </main>
  );
}

/** What starting would end, and what waits for a new race. */
function Notice() {
  const { session } = useStudio();
  const can = useRacePossible();
  const runStep = useSlice(({ run }) => (run.prepared ? run.step : 0));
  const kept = useSlice(({ library }) => library.checkpoint?.step ?? 0);
  const racing = useSlice(({ race }) => race.prepared !== null && race.state !== "finished" && race.state !== "failed");
  if (racing && can.anew)
    return (
      <p className={styles.notice} role="note">
        The set-up or the contestants were changed; the race goes on as it was.{" "}
        <button type="button" className={controls.plain} onClick={session.startRace}>
          Start a new race with them
        </button>
      </p>
    );
  if (!racing && runStep > 0)
    return (
      <p className={styles.notice} role="note">
        A run stands at step {runStep} in the other view. A race needs the engine for itself: starting one ends that run
        {kept > 0 ? `, which can go on from step ${kept} by the library` : ""}.
      </p>
    );
  return null;
}
