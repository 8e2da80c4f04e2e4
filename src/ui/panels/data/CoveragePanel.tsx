import { memo, type PointerEvent, useMemo, useState } from "react";
import type { TaskId } from "../../../contracts/runConfig";
import type { Survey, TaskSurvey } from "../../../contracts/survey";
import { Swatch } from "../../parts/chips";
import { streamColour } from "../../parts/colours";
import { useCatalogue, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatCount } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { CoverageWarnings } from "./CoverageWarnings";
import { type Column, columnText, coverageColumns, runsOf } from "./coverage";
import styles from "./coverage.module.css";
import type { Examined } from "./examined";

/** Columns of the strips: each two pixels wide or more in a column of the page. */
const MOST_COLUMNS = 160;

/** Images × tasks: what is labelled, what is missing, what is broken, with the counts beside it. */
export function CoveragePanel({ examined }: { readonly examined: Examined }) {
  const { survey } = examined;
  const running = useSlice((state) => state.data.survey.running);
  if (!survey)
    return (
      <Panel title="Coverage">
        <p className={controls.note}>
          {running
            ? "The files are being looked through. Which image has which label is told when that is done."
            : "The files were not looked through."}
        </p>
      </Panel>
    );
  const broken = survey.samples.filter(({ problem }) => problem !== undefined).length;
  return (
    <Panel
      title="Coverage"
      aside={`${formatCount(survey.samples.length)} images${broken > 0 ? `, ${formatCount(broken)} of them broken` : ""}`}
    >
      <Matrix survey={survey} examined={examined} />
      <CoverageWarnings survey={survey} examined={examined} />
    </Panel>
  );
}

interface Place {
  readonly column: number;
  /** null: the row of the images themselves. */
  readonly task: TaskId | null;
}

function Matrix({ survey, examined }: { readonly survey: Survey; readonly examined: Examined }) {
  const catalogue = useCatalogue();
  const { store } = useStudio();
  const columns = useMemo(() => coverageColumns(survey, MOST_COLUMNS), [survey]);
  const [place, setPlace] = useState<Place | null>(null);
  const training = survey.samples.filter(({ split }) => split === "train").length;
  const under = place && columns[place.column];
  const toggle = (task: TaskId): void => {
    const { tasks } = examined;
    const wanted = tasks.includes(task) ? tasks.filter((id) => id !== task) : [...tasks, task];
    store.editTasks(examined.labelled.filter((id) => wanted.includes(id)));
  };
  const hover = (task: TaskId | null) => (column: number | null) => setPlace(column === null ? null : { column, task });
  return (
    <>
      <table className={styles.matrix}>
        <thead>
          <tr>
            <th scope="col">Train on</th>
            <th scope="col" className={styles.strips}>
              <span className="unseen">Images in order</span>
              <SplitMarks columns={columns} />
            </th>
            <th scope="col" title="Training images with a label">
              train
            </th>
            <th scope="col" title="Validation images with a label">
              val
            </th>
            <th scope="col" title="Images without a label">
              missing
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Images</th>
            <td>
              <Strip columns={columns} task={null} colour="var(--line-strong)" onHover={hover(null)} />
            </td>
            <td>{formatCount(training)}</td>
            <td>{formatCount(survey.samples.length - training)}</td>
            <td />
          </tr>
          {survey.tasks.map((row) => (
            <TaskRow
              key={row.task}
              row={row}
              missing={survey.samples.length - row.files.train - row.files.val}
              columns={columns}
              label={catalogue?.tasks.find(({ id }) => id === row.task)?.label ?? row.task}
              colour={streamColour(catalogue, row.task)}
              on={examined.tasks.includes(row.task)}
              possible={examined.labelled.includes(row.task)}
              only={examined.tasks.length === 1}
              onToggle={toggle}
              onHover={hover(row.task)}
            />
          ))}
        </tbody>
      </table>
      <p className={styles.under}>
        {place && under ? (
          columnText(survey, under, place.task)
        ) : (
          <>
            <span>
              <i style={{ background: "var(--line-strong)" }} /> labelled, in the task's colour
            </span>
            <span>
              <i className={styles.gap} /> no label
            </span>
            <span>
              <i style={{ background: "var(--bad)" }} /> broken: cannot be used
            </span>
            {survey.samples.length > columns.length && (
              <span>One column stands for several images; a paler one is labelled in part.</span>
            )}
          </>
        )}
      </p>
    </>
  );
}

interface RowProps {
  readonly row: TaskSurvey;
  readonly missing: number;
  readonly columns: readonly Column[];
  readonly label: string;
  readonly colour: string;
  readonly on: boolean;
  readonly possible: boolean;
  /** It is the last task that is on. */
  readonly only: boolean;
  readonly onToggle: (task: TaskId) => void;
  readonly onHover: (column: number | null) => void;
}

function TaskRow({ row, missing, columns, label, colour, on, possible, only, onToggle, onHover }: RowProps) {
  return (
    <tr data-testid={`coverage-${row.task}`}>
      <th scope="row">
        <label title={possible ? "Whether a run trains on it" : "No task of this name is defined"}>
          <input
            type="checkbox"
            className={controls.check}
            checked={on}
            disabled={!possible || (on && only)}
            onChange={() => onToggle(row.task)}
          />
          <Swatch colour={colour} />
          <span>{label}</span>
        </label>
      </th>
      <td>
        <Strip columns={columns} task={row.task} colour={colour} onHover={onHover} />
      </td>
      <td className={row.files.train === 0 ? styles.some : undefined}>{formatCount(row.files.train)}</td>
      <td className={row.files.val === 0 ? styles.some : undefined}>{formatCount(row.files.val)}</td>
      <td className={missing > 0 ? styles.some : undefined}>{formatCount(missing)}</td>
    </tr>
  );
}

interface StripProps {
  readonly columns: readonly Column[];
  readonly task: TaskId | null;
  readonly colour: string;
  readonly onHover: (column: number | null) => void;
}

const countOf = ({ from, to }: Column): number => to - from;

/** In the row of the images as high as the part that is broken, and never too low to be seen; in the others where all of a column is. */
function brokenHeight(share: number, task: TaskId | null): number {
  if (task !== null) return share === 1 ? 0.35 : 0;
  return share > 0 ? Math.max(0.3, share) : 0;
}

/** The numbers stand beside it in the table. */
const Strip = memo(
  function Strip({ columns, task, colour, onHover }: StripProps) {
    const point = (event: PointerEvent<SVGSVGElement>): void => {
      const { left, width } = event.currentTarget.getBoundingClientRect();
      const column = Math.floor(((event.clientX - left) / width) * columns.length);
      onHover(Math.min(columns.length - 1, Math.max(0, column)));
    };
    return (
      <svg
        className={styles.strip}
        viewBox={`0 0 ${columns.length} 1`}
        preserveAspectRatio="none"
        aria-hidden="true"
        onPointerMove={point}
        onPointerLeave={() => onHover(null)}
      >
        {runsOf(columns, (column) => (task === null ? 1 : (column.labelled.get(task) ?? 0) / countOf(column))).map(
          ({ from, to, share }) => (
            <rect
              key={from}
              x={from}
              width={to - from}
              height={1}
              fill={colour}
              opacity={share === 1 ? 1 : 0.25 + 0.5 * share}
            />
          ),
        )}
        {runsOf(columns, (column) => brokenHeight(column.broken / countOf(column), task)).map(({ from, to, share }) => (
          <rect key={from} x={from} width={to - from} height={share} fill="var(--bad)" />
        ))}
      </svg>
    );
  },
  // What a hover leads to is the same for the same row.
  (before, after) => before.columns === after.columns && before.task === after.task && before.colour === after.colour,
);

/** Where training ends and validation begins. */
function SplitMarks({ columns }: { readonly columns: readonly Column[] }) {
  const training = columns.filter(({ split }) => split === "train").length;
  const validation = columns.length - training;
  return (
    <span className={styles.splits} aria-hidden="true">
      {training > 0 && <span style={{ flexGrow: training }}>training</span>}
      {validation > 0 && (
        <span style={{ flexGrow: validation }}>{validation > columns.length / 8 ? "validation" : "val"}</span>
      )}
    </span>
  );
}
