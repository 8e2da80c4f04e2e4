import { useEffect, useId, useState } from "react";
import type { Entry } from "../../../contracts/catalogue";
import { GROUP_LIMIT } from "../../../contracts/run";
import { raceGroups } from "../../../store/runs/studyCommands";
import { toggled } from "../../parts/chips";
import { useCatalogue, useSlice } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { NumberInput } from "../setup/NumberInput";
import type { FormProps } from "./plan";
import styles from "./runs.module.css";

const matches = ({ id, label, help }: Entry, search: string): boolean =>
  search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => `${id} ${label} ${help}`.toLowerCase().includes(word));

const USUAL_SEEDS = 3;
const MOST_SEEDS = 20;

/** The methods of a race, and how many seeds; the first method is what the others are compared with. */
export function RaceForm({ config, onPlan }: FormProps) {
  const seedsId = useId();
  const all = useCatalogue()?.contestants ?? [];
  const proposed = useSlice(({ runs }) => runs.proposed);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(proposed.slice(0, GROUP_LIMIT)));
  const [seeds, setSeeds] = useState(USUAL_SEEDS);
  useEffect(() => {
    const methods = [...chosen].flatMap((id) => all.find((entry) => entry.id === id) ?? []);
    const says =
      methods.length < 2
        ? `Tick two to ${GROUP_LIMIT} methods.`
        : `${methods.length} methods, ${seeds} ${seeds === 1 ? "seed" : "seeds, one after the other"}.`;
    onPlan({ says, groups: methods.length < 2 ? [] : raceGroups(config, methods, seeds) });
  }, [chosen, seeds, config, all, onPlan]);
  return (
    <>
      <MethodList all={all} chosen={chosen} onToggle={(id) => setChosen(toggled(chosen, id))} />
      <label className={styles.row} htmlFor={seedsId}>
        Seeds
        <NumberInput id={seedsId} value={seeds} min={1} max={MOST_SEEDS} integer onCommit={setSeeds} />
        <span className={controls.note}>from seed {config.training.seed} on</span>
      </label>
    </>
  );
}

interface ListProps {
  readonly all: readonly Entry[];
  readonly chosen: ReadonlySet<string>;
  readonly onToggle: (id: string) => void;
}

function MethodList({ all, chosen, onToggle }: ListProps) {
  const [search, setSearch] = useState("");
  const [first] = chosen;
  const isFull = chosen.size >= GROUP_LIMIT;
  const found = all.filter((entry) => matches(entry, search.trim()));
  return (
    <>
      <input
        type="search"
        className={controls.input}
        placeholder={`Search ${all.length} methods`}
        aria-label="Search methods"
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <fieldset className={styles.methods} aria-label="Methods of the race">
        {found.map(({ id, label, help }) => (
          <label key={id} data-off={isFull && !chosen.has(id)}>
            <input
              type="checkbox"
              className={controls.check}
              checked={chosen.has(id)}
              disabled={isFull && !chosen.has(id)}
              onChange={() => onToggle(id)}
            />
            <b>
              {label}
              {id === first && <small> the others are compared with it</small>}
            </b>
            <span>{help}</span>
          </label>
        ))}
        {found.length === 0 && <p className={controls.note}>No method is described by these words.</p>}
      </fieldset>
    </>
  );
}
