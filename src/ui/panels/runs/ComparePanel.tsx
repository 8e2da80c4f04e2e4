import { useState } from "react";
import type { TaskEntry } from "../../../contracts/catalogue";
import type { SamplePictures } from "../../../contracts/runEvent";
import { lastMetrics } from "../../../store/runs/runEntry";
import { differingFields, fieldText } from "../../../store/setup/recipeDiff";
import controls from "../../parts/controls.module.css";
import { formatMetric } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { PictureView } from "../predictions/PictureView";
import { bundlesOf, type ListedRun, type RunList } from "./model";
import styles from "./runs.module.css";

/** Two ticked runs: in what their recipes differ, and what both predict. */
export function ComparePanel({ list }: { readonly list: RunList }) {
  const bundles = bundlesOf(list.runs.filter(({ ticked }) => ticked)).toReversed();
  // Of seeds the first stands for all.
  const [left, right, ...others] = bundles.map(({ runs }) => runs.at(-1));
  if (!left || !right || others.length > 0)
    return (
      <Panel title="Side by side">
        <p className={controls.note}>
          Tick exactly two runs, or two methods of a race, to see what differs in their recipes, and their predictions.
        </p>
      </Panel>
    );
  return (
    <Panel title="Side by side" aside={`${left.name} and ${right.name}`}>
      <RecipeDiff list={list} left={left} right={right} />
      <Predictions list={list} left={left} right={right} />
    </Panel>
  );
}

interface Pair {
  readonly list: RunList;
  readonly left: ListedRun;
  readonly right: ListedRun;
}

function RecipeDiff({ list: { catalogue }, left, right }: Pair) {
  const pair = [left, right].map(({ entry }) => entry.config);
  const fields = differingFields(catalogue, pair);
  if (fields.length === 0) return <p className={controls.note}>Their recipes are the same.</p>;
  return (
    <table className={`${controls.table} ${styles.diff}`} aria-label="Recipe diff">
      <thead>
        <tr>
          <th scope="col">Only what differs</th>
          {[left, right].map((run) => (
            <th key={run.entry.id} scope="col">
              <RunName run={run} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {fields.map(({ path, label }) => (
          <tr key={path}>
            <th scope="row">{label}</th>
            {pair.map((config, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: there are always two, left and right.
              <td key={i}>{fieldText(catalogue, config, path)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const RunName = ({ run }: { readonly run: ListedRun }) => (
  <span className={styles.runName}>
    <span className={styles.dot} style={{ background: run.colour }} aria-hidden="true" />
    {run.name}
  </span>
);

/** The image that both have at this place. */
function Predictions({ list, left, right }: Pair) {
  const [index, setIndex] = useState(0);
  const samples = left.entry.results.pictures?.samples ?? [];
  const sample = samples[Math.min(index, samples.length - 1)];
  const other = right.entry.results.pictures?.samples.find(({ id }) => id === sample?.id);
  if (!sample || !other)
    return <p className={controls.note}>Predictions of both appear when both were evaluated on the same images.</p>;
  return (
    <>
      <div className={styles.thumbs}>
        {samples.map(({ id, image }, i) => (
          <button
            key={id}
            type="button"
            aria-label={`Show image ${i + 1}`}
            aria-pressed={id === sample.id}
            onClick={() => setIndex(i)}
          >
            <PictureView picture={image} label="" pixelated={false} />
          </button>
        ))}
      </div>
      <div className={styles.pairs}>
        {list.tasks.map((task) => (
          <TaskPair key={task.id} task={task} sample={sample} other={other} left={left} right={right} />
        ))}
      </div>
    </>
  );
}

interface TaskPairProps extends Omit<Pair, "list"> {
  readonly task: TaskEntry;
  readonly sample: SamplePictures;
  readonly other: SamplePictures;
}

function TaskPair({ task, sample, other, left, right }: TaskPairProps) {
  const of = (pictures: SamplePictures) => pictures.tasks.find((one) => one.task === task.id);
  const [own, beside] = [of(sample), of(other)];
  const truth = own?.truth ?? beside?.truth;
  if (!own && !beside) return null;
  return (
    <figure aria-label={task.label}>
      <figcaption>{task.label}</figcaption>
      <div>
        <Labelled name="truth">
          {truth && <PictureView picture={truth} label={`Truth: ${task.label}`} pixelated />}
        </Labelled>
        {(
          [
            [left, own],
            [right, beside],
          ] as const
        ).map(([run, pictures]) => (
          <Labelled key={run.entry.id} name={scoreOf(run, task)} colour={run.colour}>
            {pictures && <PictureView picture={pictures.prediction} label={`${run.name}: ${task.label}`} pixelated />}
          </Labelled>
        ))}
      </div>
    </figure>
  );
}

const scoreOf = ({ entry }: ListedRun, task: TaskEntry): string =>
  formatMetric(task, lastMetrics(entry)[task.id]?.[task.metric]);

function Labelled({
  name,
  colour,
  children,
}: {
  readonly name: string;
  readonly colour?: string;
  readonly children: React.ReactNode;
}) {
  return (
    <div className={styles.labelled} style={colour ? { borderColor: colour } : undefined}>
      {children || <div className={styles.missing}>not trained</div>}
      <span>{name}</span>
    </div>
  );
}
