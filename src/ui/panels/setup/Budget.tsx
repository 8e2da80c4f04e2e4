import { trainableLine } from "../../../contracts/parameterCounts";
import type { ParameterGroup } from "../../../contracts/runEvent";
import { shownRun } from "../../../store/runs/runsSlice";
import { sameValue } from "../../../store/setup/paths";
import type { StudioState } from "../../../store/studio";
import { CopyButton } from "../../parts/CopyButton";
import { useSlice } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatCount } from "../../parts/format";
import styles from "./budget.module.css";

/** What is known of the set-up on the page: a run's own numbers where one was prepared so, else those counted for it. */
function known({ setup, runs }: StudioState): readonly ParameterGroup[] | undefined {
  const { run } = shownRun(runs);
  if (run.prepared && sameValue(run.prepared.config, setup.config)) return run.prepared.parameters;
  return (setup.counted ?? run.prepared)?.parameters;
}

/** What would be trained, group by group, before and after preparing, with the line that users of PEFT know. */
export function Budget() {
  const groups = useSlice(known);
  const isPrepared = useSlice(({ setup, runs }) =>
    sameValue(shownRun(runs).run.prepared?.config ?? null, setup.config ?? undefined),
  );
  const problem = useSlice(({ setup }) =>
    setup.counted && sameValue(setup.counted.config, setup.config) ? setup.counted.problem : "",
  );
  if (problem)
    return (
      <p className={styles.problem} role="alert">
        {problem}
      </p>
    );
  if (!groups) return null;
  const line = trainableLine(groups);
  const most = Math.max(1, ...groups.map(({ trained }) => trained));
  return (
    <section className={styles.budget} aria-label="Parameters">
      <header>
        <h3>Parameters</h3>
        <span className={controls.note}>{isPrepared ? "of this run" : "before preparing"}</span>
      </header>
      <table className={controls.table}>
        <thead>
          <tr>
            <th scope="col">Group</th>
            <th scope="col">Trained</th>
            <th scope="col">of all</th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <GroupRow key={group.id} group={group} most={most} />
          ))}
        </tbody>
      </table>
      <p className={styles.peft}>
        <span data-testid="peft">{line}</span>
        <CopyButton text={() => line} label="Copy the line of trained parameters" />
      </p>
    </section>
  );
}

/** The bar is as long as the group's share of the largest trained group. */
function GroupRow({ group, most }: { readonly group: ParameterGroup; readonly most: number }) {
  const { label, trained, total } = group;
  return (
    <tr data-frozen={trained === 0}>
      <th scope="row">
        {label}
        <span className={styles.bar} style={{ width: `${(100 * trained) / most}%` }} aria-hidden="true" />
      </th>
      <td>{trained === 0 ? "frozen" : formatCount(trained)}</td>
      <td>{formatCount(total)}</td>
    </tr>
  );
}
