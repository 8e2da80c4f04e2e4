import { clearByHand, leaveOut, takeBack, takeOnly } from "../../../store/data/selection";
import { useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatCount } from "../../parts/format";
import { type Examined, type Listed, leftOutByHand, nameOf } from "./examined";
import styles from "./images.module.css";

interface Props {
  readonly examined: Examined;
  readonly listed: readonly Listed[];
  readonly selected: ReadonlySet<number>;
  readonly onSelected: (places: ReadonlySet<number>) => void;
}

/** What can be done with the selected images; where none is, how to select. */
export function HandTools({ examined, listed, selected, onSelected }: Props) {
  const { store } = useStudio();
  const names = useSlice((state) => state.data.thumbnails.names);
  const { select } = examined.data;
  const chosen = [...selected].flatMap((place) => listed[place] ?? []);
  const idsOf = (samples: readonly Listed[]): string[] => samples.flatMap((sample) => nameOf(names, sample) ?? []);
  const ids = idsOf(chosen);
  const training = idsOf(chosen.filter(({ split, facts }) => split === "train" && !facts?.problem));
  const validation = chosen.filter(({ split }) => split === "val").length;
  const unnamed = chosen.length - ids.length;
  const byHand = (select.only?.length ?? 0) + leftOutByHand(examined).length;
  const edit = (next: typeof select): void => {
    store.editData({ select: next });
    onSelected(new Set());
  };
  if (chosen.length === 0)
    return (
      <p className={styles.hand}>
        <span className={controls.note}>
          Click to look closely. Tick, or Shift-click for a range, to choose by hand.
        </span>
        {byHand > 0 && (
          <button type="button" className={controls.plain} onClick={() => edit(clearByHand(select))}>
            Clear the choice ({formatCount(byHand)})
          </button>
        )}
      </p>
    );
  return (
    <p className={styles.hand} data-active="true">
      <b>{formatCount(chosen.length)} selected</b>
      {unnamed > 0 && <span className={controls.note}>{formatCount(unnamed)} still to be read</span>}
      <button
        type="button"
        className={controls.button}
        disabled={unnamed > 0 || training.length === 0}
        title={
          training.length === 0 ? "Validation images are never trained on, and broken ones cannot be read" : undefined
        }
        onClick={() => edit(takeOnly(select, training))}
      >
        Train on these only
      </button>
      <button
        type="button"
        className={controls.button}
        disabled={unnamed > 0}
        onClick={() => edit(leaveOut(select, ids))}
      >
        Leave these out
      </button>
      {byHand > 0 && (
        <button
          type="button"
          className={controls.button}
          disabled={unnamed > 0}
          onClick={() => edit(takeBack(select, ids, training))}
        >
          Use these again
        </button>
      )}
      <button type="button" className={controls.plain} onClick={() => onSelected(new Set())}>
        Unselect
      </button>
      {validation > 0 && (
        <span className={controls.note}>{formatCount(validation)} of them for validation: never trained on.</span>
      )}
    </p>
  );
}
