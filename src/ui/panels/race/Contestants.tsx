import { X } from "lucide-react";
import { useState } from "react";
import type { Entry } from "../../../contracts/catalogue";
import { RACE_LIMIT } from "../../../contracts/command";
import { Swatch } from "../../parts/chips";
import { useCatalogue, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { Panel } from "../../parts/Panel";
import { contestantColour } from "./colours";
import styles from "./race.module.css";

const matches = ({ id, label, help }: Entry, search: string): boolean =>
  search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => `${id} ${label} ${help}`.toLowerCase().includes(word));

/** Who takes part: those chosen so far in their order, and a list of all with a search. */
export function Contestants() {
  const { store } = useStudio();
  const all = useCatalogue()?.contestants ?? [];
  const chosen = useSlice((state) => state.race.chosen);
  const [search, setSearch] = useState("");
  const isFull = chosen.length >= RACE_LIMIT;
  const found = all.filter((entry) => matches(entry, search.trim()));
  return (
    <Panel title="Contestants" aside={`${chosen.length} of at most ${RACE_LIMIT}`}>
      <div className={styles.contestants}>
        {chosen.length > 0 ? (
          <ol className={styles.chosen} aria-label="Chosen contestants">
            {chosen.map((id, index) => (
              <li key={id}>
                <Swatch colour={contestantColour(index)} />
                <span>{all.find((entry) => entry.id === id)?.label ?? id}</span>
                {index === 0 && <small>Δ against this</small>}
                <button
                  type="button"
                  className={styles.remove}
                  aria-label={`Take ${all.find((entry) => entry.id === id)?.label ?? id} out of the race`}
                  onClick={() => store.toggleContestant(id)}
                >
                  <X size={12} />
                </button>
              </li>
            ))}
          </ol>
        ) : (
          <p className={controls.note}>
            Choose two to six. The first is what the others are compared with. All see the same images in the same
            order.
          </p>
        )}
        <input
          type="search"
          className={controls.input}
          placeholder={`Search ${all.length} contestants`}
          aria-label="Search contestants"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <fieldset className={styles.list} aria-label="All contestants">
          {found.map(({ id, label, help }) => (
            <label key={id} data-off={isFull && !chosen.includes(id)}>
              <input
                type="checkbox"
                className={controls.check}
                checked={chosen.includes(id)}
                disabled={isFull && !chosen.includes(id)}
                onChange={() => store.toggleContestant(id)}
              />
              <b>{label}</b>
              <span>{help}</span>
            </label>
          ))}
          {found.length === 0 && <p className={controls.note}>No contestant is described by these words.</p>}
        </fieldset>
      </div>
    </Panel>
  );
}
