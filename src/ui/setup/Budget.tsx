import { useSlice } from "../context";
import controls from "../controls.module.css";
import { formatCount } from "../format";
import styles from "./setup.module.css";

/** What is trained, group by group, with the line that users of PEFT know. */
export function Budget() {
  const parameters = useSlice((state) => state.run.prepared?.parameters);
  if (!parameters) return null;
  const trained = parameters.reduce((sum, group) => sum + group.trained, 0);
  const total = parameters.reduce((sum, group) => sum + group.total, 0);
  return (
    <section className={styles.group} aria-label="Parameters">
      <h3>Parameters</h3>
      <table className={`${controls.table} ${styles.budget}`}>
        <thead>
          <tr>
            <th scope="col">Group</th>
            <th scope="col">Trained</th>
            <th scope="col">All</th>
          </tr>
        </thead>
        <tbody>
          {parameters.map((group) => (
            <tr key={group.id} data-frozen={group.trained === 0}>
              <th scope="row">{group.label}</th>
              <td>{group.trained === 0 ? "frozen" : formatCount(group.trained)}</td>
              <td>{formatCount(group.total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles.peft}>
        trainable params: {formatCount(trained)} || all params: {formatCount(total)} || trainable%:{" "}
        {total === 0 ? "–" : ((100 * trained) / total).toFixed(4)}
      </p>
    </section>
  );
}
