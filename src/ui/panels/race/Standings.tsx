import type { TaskEntry } from "../../../contracts/catalogue";
import type { RaceContestant } from "../../../contracts/runEvent";
import { formatDuration } from "../../../figures/format";
import { type Place, ranking } from "../../../store/runs/raceRanking";
import type { RaceEvaluation, RaceSlice } from "../../../store/runs/raceSlice";
import { Swatch } from "../../parts/chips";
import { useCatalogue, useSlice } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatBytes, formatCount, formatMetric, formatNumber } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { contestantColour } from "./colours";
import { raceTasks } from "./RaceChart";
import styles from "./race.module.css";

/** Who leads, by Δ to the first contestant, with what each trains and how long its steps take. */
export function Standings() {
  const catalogue = useCatalogue();
  const race = useSlice((state) => state.race);
  const { prepared, evaluations } = race;
  const last = evaluations.at(-1);
  if (!prepared) return null;
  const tasks = raceTasks(catalogue, prepared.config.tasks);
  const places = placesOf(prepared.contestants, last, tasks);
  return (
    <Panel
      title="Standings"
      aside={
        last
          ? `measured at step ${last.step} on ${last.images} validation images, all in ${formatDuration(last.ms, "ms")}`
          : "measured before the first step, at intervals, and at the end"
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <section className={styles.scroll} tabIndex={0} aria-label="Table of standings">
        <table className={`${controls.table} ${styles.standings}`}>
          <thead>
            <tr>
              <th scope="col">Contestant</th>
              <th scope="col" title={`Mean change of the metrics relative to ${prepared.contestants[0]?.label}`}>
                Δ to first
              </th>
              {tasks.map((task) => (
                <th key={task.id} scope="col" title={task.metricLabel}>
                  {task.label}
                  <small>{`${task.metricLabel}\u00a0${task.largerIsBetter ? "↑" : "↓"}`}</small>
                </th>
              ))}
              <th scope="col">Loss now</th>
              <th scope="col">
                Trained
                <small>backbone</small>
              </th>
              <th scope="col">
                Trained
                <small>decoders</small>
              </th>
              <th scope="col">Step</th>
              <th scope="col">Memory</th>
            </tr>
          </thead>
          <tbody>
            {places.map((place) => (
              <Standing key={place.id} place={place} race={race} tasks={tasks} last={last} />
            ))}
            <tr className={styles.constant}>
              <th scope="row">A constant answer</th>
              <td />
              {tasks.map((task) => (
                <td key={task.id}>{formatMetric(task, prepared.baseline[task.id]?.[task.metric])}</td>
              ))}
              <td colSpan={5} />
            </tr>
          </tbody>
        </table>
      </section>
      <p className={controls.note}>
        Δ: mean over the tasks of the metric’s relative change against the first contestant, its sign turned where
        smaller is better.
      </p>
    </Panel>
  );
}

/** In the order of the race until something was measured. */
function placesOf(
  contestants: readonly RaceContestant[],
  last: RaceEvaluation | undefined,
  tasks: readonly TaskEntry[],
): readonly Place[] {
  const results = contestants.map(({ id }) => ({
    id,
    metrics: last?.contestants.find((own) => own.id === id)?.metrics ?? {},
  }));
  return ranking(results, tasks);
}

interface StandingProps {
  readonly place: Place;
  readonly race: RaceSlice;
  readonly tasks: readonly TaskEntry[];
  readonly last: RaceEvaluation | undefined;
}

function Standing({ place, race, tasks, last }: StandingProps) {
  const index = race.prepared!.contestants.findIndex(({ id }) => id === place.id);
  const contestant = race.prepared!.contestants[index]!;
  const metrics = last?.contestants.find(({ id }) => id === place.id)?.metrics;
  const step = race.last.find(({ id }) => id === place.id);
  const diverged = race.diverged.get(place.id);
  const ms = race.stepMs.get(place.id);
  return (
    <tr data-testid={`standing-${place.id}`}>
      <th scope="row">
        <span className={styles.who}>
          <b className={styles.rank}>{place.delta === undefined ? "–" : place.rank}</b>
          <Swatch colour={contestantColour(index)} />
          {contestant.label}
        </span>
      </th>
      <td className={toneOf(place.delta)}>{deltaText(place.delta, index === 0)}</td>
      {tasks.map((task) => (
        <td key={task.id}>{formatMetric(task, metrics?.[task.id]?.[task.metric])}</td>
      ))}
      <td className={diverged === undefined ? undefined : styles.bad}>
        {diverged === undefined ? (step ? formatNumber(step.total) : "–") : `diverged, step ${diverged}`}
      </td>
      <td>{formatCount(contestant.trainedBackbone)}</td>
      <td>{formatCount(contestant.trainedDecoders)}</td>
      <td>{ms === undefined ? "–" : formatDuration(ms, "ms")}</td>
      <td>{formatBytes(contestant.memoryBytes)}</td>
    </tr>
  );
}

const toneOf = (delta: number | undefined): string | undefined =>
  delta === undefined || delta === 0 ? undefined : delta > 0 ? styles.good : styles.bad;

function deltaText(delta: number | undefined, isReference: boolean): string {
  if (delta === undefined) return "–";
  if (isReference) return "reference";
  return `${delta >= 0 ? "+" : "−"}${Math.abs(delta).toFixed(1)} %`;
}
