import { Fragment, useState } from "react";
import type { TaskEntry } from "../../../contracts/catalogue";
import { seedRule } from "../../../store/runs/seedStatistics";
import { toggled } from "../../parts/chips";
import controls from "../../parts/controls.module.css";
import type { ListedRun, RowActions, RunList } from "./model";
import { RunRow } from "./RunRow";
import styles from "./runs.module.css";
import { StudyHead } from "./StudyHead";
import { type Sorting, type SortKey, type TableGroup, tableOf, type VariantRow } from "./table";
import { VariantLine } from "./VariantLine";

/** All runs: what they are, how they stand, what they reached. */
export function RunsTable({ list, ...actions }: { readonly list: RunList } & RowActions) {
  const [sorting, setSorting] = useState<Sorting>({ key: "created", descending: true });
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const fold = (key: string): void => setFolded(toggled(folded, key));
  const shared = { list, folded, onFold: fold, actions };
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <section className={styles.scroll} tabIndex={0} aria-label="Table of runs">
        <table className={`${controls.table} ${styles.table}`}>
          <thead>
            <HeadRow list={list} sorting={sorting} onSort={setSorting} />
          </thead>
          <tbody>
            {tableOf(list.runs, sorting, list.tasks).map((group) => (
              <Group key={group.kind === "run" ? group.run.entry.id : group.study} group={group} {...shared} />
            ))}
          </tbody>
        </table>
      </section>
      {list.runs.some(({ entry }) => entry.place) && <p className={controls.note}>{seedRule}</p>}
    </>
  );
}

interface HeadProps {
  readonly list: RunList;
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
}

function HeadRow({ list: { tasks, referenceName }, sorting, onSort }: HeadProps) {
  const column = { sorting, onSort };
  return (
    <tr>
      <SortHead {...column} sort="name" label="Run" />
      <SortHead {...column} sort="state" label="State" />
      {tasks.map((task) => (
        <SortHead key={task.id} {...column} sort={`task ${task.id}`} label={task.label} below={metricOf(task)} />
      ))}
      <SortHead
        {...column}
        sort="delta"
        label="Δm"
        below={referenceName ? `vs ${referenceName}` : "no reference"}
        title="Mean over the tasks of the metric’s relative change against the reference, its sign turned where smaller is better"
      />
      <SortHead {...column} sort="trained" label="Trained" below="backbone / decoders" />
      <SortHead {...column} sort="time" label="Time" />
      <th scope="col" className={styles.note}>
        Note
      </th>
      <th scope="col">
        <span className="unseen">Actions</span>
      </th>
    </tr>
  );
}

const metricOf = ({ metricLabel, largerIsBetter }: TaskEntry): string =>
  `${metricLabel}\u00a0${largerIsBetter ? "↑" : "↓"}`;

interface SortProps extends Omit<HeadProps, "list"> {
  readonly sort: SortKey;
  readonly label: string;
  readonly below?: string;
  readonly title?: string;
}

function SortHead({ sort, label, below, title, sorting, onSort }: SortProps) {
  const own = sorting.key === sort;
  const direction = own ? (sorting.descending ? "descending" : "ascending") : "none";
  // Numbers are looked at from the best, words from the first; a second press turns it round, a third goes back to the newest.
  const press = (): void => {
    const first = sort !== "name" && sort !== "state";
    if (!own) onSort({ key: sort, descending: first });
    else if (sorting.descending === first) onSort({ key: sort, descending: !first });
    else onSort({ key: "created", descending: true });
  };
  return (
    <th scope="col" aria-sort={direction} title={title}>
      <button type="button" className={styles.sort} onClick={press}>
        <span>
          {label}
          {own && <i aria-hidden="true">{sorting.descending ? " ▾" : " ▴"}</i>}
        </span>
        {below && <small>{below}</small>}
      </button>
    </th>
  );
}

interface GroupProps {
  readonly group: TableGroup;
  readonly list: RunList;
  readonly folded: ReadonlySet<string>;
  readonly onFold: (key: string) => void;
  readonly actions: RowActions;
}

function Group({ group, list, folded, onFold, actions }: GroupProps) {
  if (group.kind === "run") return <RunRow run={group.run} list={list} {...actions} />;
  const open = !folded.has(group.study);
  const row = (run: ListedRun, depth: number) => (
    <RunRow key={run.entry.id} run={run} list={list} depth={depth} {...actions} />
  );
  // Seeds are folded until they are asked for.
  const variant = (one: VariantRow) =>
    one.runs.length === 1 ? (
      row(one.runs[0]!, 1)
    ) : (
      <Fragment key={one.key}>
        <VariantLine variant={one} list={list} open={folded.has(one.key)} onFold={() => onFold(one.key)} />
        {folded.has(one.key) && one.runs.map((run) => row(run, 2))}
      </Fragment>
    );
  return (
    <>
      <StudyHead group={group} columns={list.tasks.length + 7} open={open} onFold={() => onFold(group.study)} />
      {open && group.variants.map(variant)}
    </>
  );
}
