import type { GradientCosines } from "../../../contracts/updateAnalysis";
import { Swatch } from "../../parts/chips";
import { streamColour, streamLabel } from "../../parts/colours";
import { useCatalogue, useShown } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import styles from "./updates.module.css";

interface Props {
  readonly tasks: readonly string[];
  readonly cosines: readonly GradientCosines[];
}

const placeName = (place: string): string => (place === "all" ? "all shared parameters" : place);

/** Cosines between the tasks' gradients as a heat map with its numbers: red where two tasks pull against each other. */
export function Cosines({ tasks, cosines }: Props) {
  const catalogue = useCatalogue();
  const [wished, setWished] = useShown<string>("cosinePlace", "all");
  const chosen = cosines.find(({ place }) => place === wished) ?? cosines[0]!;
  return (
    <div>
      <div className={styles.cosinesHead}>
        <h3>Do the tasks agree?</h3>
        <select
          aria-label="Place"
          className={controls.select}
          value={chosen.place}
          onChange={(event) => setWished(event.currentTarget.value)}
        >
          {cosines.map(({ place }) => (
            <option key={place} value={place}>
              {placeName(place)}
            </option>
          ))}
        </select>
      </div>
      <table className={`${styles.map} ${styles.cosines}`} aria-label="Cosines between the tasks' gradients">
        <thead>
          <tr>
            <td />
            {tasks.map((task) => (
              <th key={task} scope="col" title={streamLabel(catalogue, task)}>
                <Swatch colour={streamColour(catalogue, task)} />
                <span className="unseen">{streamLabel(catalogue, task)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tasks.map((task, i) => (
            <tr key={task}>
              <th scope="row">
                <Swatch colour={streamColour(catalogue, task)} /> {streamLabel(catalogue, task)}
              </th>
              {tasks.map((other, j) => (
                <Cosine key={other} value={chosen.matrix[i]?.[j] ?? null} place={`${i}-${j}`} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className={controls.note}>
        Cosines between the gradients of the weighted task losses: 1, both want the same change; 0, they do not mind
        each other; below 0, what helps one harms the other.
      </p>
    </div>
  );
}

function Cosine({ value, place }: { readonly value: number | null; readonly place: string }) {
  const colour = value !== null && value < 0 ? "var(--bad)" : "var(--accent)";
  const share = value === null ? 0 : Math.round(55 * Math.min(1, Math.abs(value)));
  return (
    <td
      data-testid={`cosine-${place}`}
      data-empty={value === null}
      title={value === null ? "One of the two sends no gradient here" : undefined}
      style={{ background: `color-mix(in oklab, ${colour} ${share}%, var(--panel))` }}
    >
      {value === null ? "–" : value.toFixed(2).replace("-", "−")}
    </td>
  );
}
