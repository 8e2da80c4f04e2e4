import { brokenImages } from "../../../store/data/surveySlice";
import { Swatch } from "../../parts/chips";
import { streamColour } from "../../parts/colours";
import { useCatalogue, useSlice } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatCount } from "../../parts/format";
import type { Examined } from "./examined";
import styles from "./subset.module.css";

/** What the run would get. */
export function SubsetCounts({ examined }: { readonly examined: Examined }) {
  const catalogue = useCatalogue();
  const { counts, asked, problem } = useSlice((state) => state.data.subset);
  const looked = useSlice((state) => state.data.survey);
  if (problem) return <p className={styles.problem}>{problem}</p>;
  if (!counts) return <p className={controls.note}>{asked ? "Counting…" : "Counted when the images can be listed."}</p>;
  const { train, val, leftOut, labelled } = counts;
  const out = leftOut.train + leftOut.val;
  const broken = examined.own ? brokenImages(looked).length : 0;
  return (
    <div aria-live="polite" aria-busy={asked !== null} className={styles.counts}>
      <p>
        <span>
          <b data-testid="subset-train">{formatCount(train)}</b> to train on
        </span>
        <span>
          <b data-testid="subset-val">{formatCount(val)}</b> to evaluate on
        </span>
        <span>
          <b>{formatCount(out)}</b> left out{broken > 0 && `, ${formatCount(broken)} of them broken`}
        </span>
      </p>
      <span className={styles.bar} aria-hidden="true">
        <i style={{ flexGrow: train, background: "var(--accent)" }} />
        <i style={{ flexGrow: val, background: "var(--good)" }} />
        <i style={{ flexGrow: out }} />
      </span>
      <table className={controls.table}>
        <caption className="unseen">Training images with a label, by task</caption>
        <tbody>
          {examined.tasks.map((task) => (
            <tr key={task}>
              <th scope="row">
                <Swatch colour={streamColour(catalogue, task)} />{" "}
                {catalogue?.tasks.find(({ id }) => id === task)?.label ?? task}
              </th>
              <td data-none={(labelled[task] ?? 0) === 0}>{formatCount(labelled[task] ?? 0)} labelled</td>
            </tr>
          ))}
        </tbody>
      </table>
      {asked && <span className={styles.counting}>counting…</span>}
    </div>
  );
}
