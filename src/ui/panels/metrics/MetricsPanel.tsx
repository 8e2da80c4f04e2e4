import { ArrowDown, ArrowUp } from "lucide-react";
import type { TaskEntry } from "../../../contracts/catalogue";
import type { TaskMetrics } from "../../../contracts/runEvent";
import { formatDuration } from "../../../figures/format";
import type { Evaluation } from "../../../store/runs/resultSlice";
import { Swatch } from "../../parts/chips";
import { streamColour } from "../../parts/colours";
import { useCatalogue, useRun, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatMetric } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { usePossible } from "../bar/Transport";
import styles from "./metrics.module.css";

/** What each task reached on the validation images, beside the answer that never looks at an image. */
export function MetricsPanel() {
  const { session } = useStudio();
  const can = usePossible();
  const catalogue = useCatalogue();
  const prepared = useRun((shown) => shown.run.prepared);
  const evaluations = useRun((shown) => shown.results.evaluations);
  const last = evaluations.at(-1);
  const tasks = (catalogue?.tasks ?? []).filter(({ id }) => prepared?.config.tasks.includes(id));
  return (
    <Panel
      title="Metrics"
      step={last?.step}
      aside={
        last
          ? `on ${last.images} validation images, step ${last.step}, in ${formatDuration(last.ms, "ms")}`
          : "measured before the first step, at intervals, and at the end"
      }
      tools={
        <button
          type="button"
          className={controls.plain}
          disabled={!can.evaluate}
          title="Measure on the validation images now; training goes on afterwards (E)"
          onClick={session.evaluate}
        >
          Evaluate now
        </button>
      }
    >
      <div className={styles.scroll}>
        <table className={`${controls.table} ${styles.table} ${styles.measures}`}>
          <thead>
            <tr>
              <th scope="col">Task and metric</th>
              <th scope="col" title="The metric of a constant prediction: the same for every pixel of every image">
                Baseline
              </th>
              <th scope="col" className={styles.wide}>
                First
              </th>
              <th scope="col">Best</th>
              <th scope="col">Last</th>
              <th scope="col" title="Last minus baseline, better is positive">
                vs baseline
              </th>
              <th scope="col" className={styles.wide}>
                Course
              </th>
            </tr>
          </thead>
          <tbody>
            {tasks.map((task) => (
              <MetricRow
                key={task.id}
                task={task}
                colour={streamColour(catalogue, task.id)}
                constant={prepared?.baseline[task.id]?.[task.metric]}
                evaluations={evaluations}
              />
            ))}
          </tbody>
        </table>
      </div>
      {last && <AllMetrics tasks={tasks} last={last} baseline={prepared?.baseline ?? {}} />}
    </Panel>
  );
}

interface RowProps {
  readonly task: TaskEntry;
  readonly colour: string;
  readonly constant: number | undefined;
  readonly evaluations: readonly Evaluation[];
}

function MetricRow({ task, colour, constant, evaluations }: RowProps) {
  const course = evaluations.flatMap(({ step, metrics }) => {
    const value = metrics[task.id]?.[task.metric];
    return value === undefined ? [] : [{ step, value }];
  });
  const better = (left: number, right: number): boolean => (task.largerIsBetter ? left > right : left < right);
  const best = course.reduce<(typeof course)[number] | undefined>(
    (found, item) => (!found || better(item.value, found.value) ? item : found),
    undefined,
  );
  const last = course.at(-1)?.value;
  return (
    <tr>
      <th scope="row">
        <span className={styles.task}>
          <Swatch colour={colour} />
          <span className={styles.label}>
            {task.label}{" "}
            <span className={styles.metric}>
              {task.metricLabel}{" "}
              {task.largerIsBetter ? (
                <ArrowUp size={12} aria-label="larger is better" />
              ) : (
                <ArrowDown size={12} aria-label="smaller is better" />
              )}
            </span>
          </span>
        </span>
      </th>
      <td>{formatMetric(task, constant)}</td>
      <td className={styles.wide}>{formatMetric(task, course[0]?.value)}</td>
      <td title={best ? `at step ${best.step}` : undefined}>{formatMetric(task, best?.value)}</td>
      <td className={styles.last} data-testid={`metric-${task.id}`}>
        {formatMetric(task, last)}
      </td>
      <td>
        <Difference task={task} last={last} constant={constant} />
      </td>
      <td className={styles.wide}>
        <Course values={course.map(({ value }) => value)} constant={constant} colour={colour} />
      </td>
    </tr>
  );
}

function Difference({
  task,
  last,
  constant,
}: Pick<RowProps, "task" | "constant"> & { readonly last: number | undefined }) {
  if (last === undefined || constant === undefined) return <>–</>;
  const gain = last - constant;
  const good = task.largerIsBetter ? gain > 0 : gain < 0;
  const sign = gain > 0 ? "+" : gain < 0 ? "−" : "±";
  const size = formatMetric(task, Math.abs(gain), last).replace(" %", " pp");
  return (
    <span className={gain === 0 ? undefined : good ? styles.good : styles.bad}>
      {sign}
      {size}
    </span>
  );
}

/** A metric over the evaluations; dashed: the baseline. */
function Course({
  values,
  constant,
  colour,
}: Pick<RowProps, "constant" | "colour"> & { readonly values: readonly number[] }) {
  const width = 64;
  const height = 18;
  if (values.length < 2) return <span className={controls.note}>–</span>;
  const all = constant === undefined ? values : [...values, constant];
  const low = Math.min(...all);
  const span = Math.max(...all) - low || 1;
  const y = (value: number): number => 2 + (height - 4) * (1 - (value - low) / span);
  const points = values.map((value, i) => `${(i * width) / (values.length - 1)},${y(value).toFixed(2)}`).join(" ");
  return (
    <svg width={width} height={height} className={styles.course} aria-hidden="true">
      {constant !== undefined && (
        <line x1={0} x2={width} y1={y(constant)} y2={y(constant)} stroke="var(--muted)" strokeDasharray="2 2" />
      )}
      <polyline points={points} fill="none" stroke={colour} strokeWidth={1.5} />
    </svg>
  );
}

interface AllProps {
  readonly tasks: readonly TaskEntry[];
  readonly last: Evaluation;
  readonly baseline: Readonly<Partial<Record<string, TaskMetrics>>>;
}

function AllMetrics({ tasks, last, baseline }: AllProps) {
  return (
    <details className={controls.disclosure}>
      <summary>All measures of step {last.step}</summary>
      <table className={`${controls.table} ${styles.table} ${styles.all}`}>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">Measure</th>
            <th scope="col">Baseline</th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          {tasks.flatMap((task) =>
            task.measures
              .filter(({ key }) => last.metrics[task.id]?.[key] !== undefined)
              .map((measure) => (
                <tr key={`${task.id} ${measure.key}`}>
                  <th scope="row">{task.label}</th>
                  <td>
                    {measure.label} {measure.largerIsBetter ? "↑" : "↓"}
                  </td>
                  <td>{formatMetric(measure, baseline[task.id]?.[measure.key])}</td>
                  <td>{formatMetric(measure, last.metrics[task.id]?.[measure.key])}</td>
                </tr>
              )),
          )}
        </tbody>
      </table>
    </details>
  );
}
