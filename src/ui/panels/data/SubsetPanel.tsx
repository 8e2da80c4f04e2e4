import { useId, useMemo } from "react";
import { fieldOf } from "../../../contracts/fields";
import type { TaskId } from "../../../contracts/runConfig";
import { toggleClass } from "../../../store/data/selection";
import { useCatalogue, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatCount } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { FieldRow } from "../setup/Field";
import { NumberInput } from "../setup/NumberInput";
import { Pick, Row } from "../setup/rows";
import { classChoices } from "./classChoices";
import { type Examined, leftOutByHand } from "./examined";
import { SubsetCounts } from "./SubsetCounts";
import styles from "./subset.module.css";

interface Props {
  readonly examined: Examined;
}

/** Which part of the data a run uses: by split, class, hand and count, in the order in which they are applied. */
export function SubsetPanel({ examined }: Props) {
  return (
    <Panel title="Subset">
      <div className={styles.subset}>
        <SubsetCounts examined={examined} />
        {examined.own && <BySplit examined={examined} />}
        <ByClass examined={examined} />
        <ByHand examined={examined} />
        <ByCount examined={examined} />
      </div>
    </Panel>
  );
}

/** Layout of the files, and which of them validate. */
function BySplit({ examined: { data } }: Props) {
  const catalogue = useCatalogue();
  const { store } = useStudio();
  const layouts = catalogue?.settings.find(({ path }) => path === "data.layout");
  const percent = Math.round(100 * data.valShare);
  const mostPercent = 100 * rangeOf("data.valShare").max;
  return (
    <section aria-label="By split">
      {layouts?.kind === "choice" && (
        <Pick
          label="Layout"
          entries={layouts.choices}
          value={data.layout}
          onSet={(layout) => store.editData({ layout })}
        />
      )}
      <Row
        label="Validation"
        help="Which images are only measured on. The data set's own lists say so where it has any; else a fifth is held out. Or hold out another share, drawn by the images' names."
      >
        {(id) => (
          <select
            id={id}
            className={controls.select}
            value={percent === 0 ? "own" : "share"}
            onChange={(event) => store.editData({ valShare: event.currentTarget.value === "own" ? 0 : 0.2 })}
          >
            <option value="own">Its own lists, else a fifth</option>
            <option value="share">Hold out a share</option>
          </select>
        )}
      </Row>
      {percent > 0 && (
        <Row label="Share" help="Part of the images that is held out for validation.">
          {(id) => (
            <>
              <input
                type="range"
                className={controls.range}
                aria-label="Share, slider"
                min={1}
                max={90}
                value={percent}
                aria-valuetext={`${percent} %`}
                onChange={(event) => store.editData({ valShare: event.currentTarget.valueAsNumber / 100 })}
              />
              <NumberInput
                id={id}
                value={percent}
                min={1}
                max={mostPercent}
                integer
                onCommit={(next) => store.editData({ valShare: next / 100 })}
              />
            </>
          )}
        </Row>
      )}
    </section>
  );
}

/** Images that show one class of several. */
function ByClass({ examined }: Props) {
  const { store } = useStudio();
  const catalogue = useCatalogue();
  const { data, survey, entry } = examined;
  const choices = useMemo(() => classChoices(survey, entry), [survey, entry]);
  if (choices.length === 0) return null;
  const ticked = Object.values(data.select.classes ?? {}).reduce((sum, list) => sum + list.length, 0);
  const toggle = (task: TaskId, index: number): void =>
    store.editData({ select: toggleClass(data.select, task, index) });
  return (
    <details className={controls.disclosure} open={ticked > 0}>
      <summary>Only images that show a class{ticked > 0 ? ` (${ticked} chosen)` : ""}</summary>
      {choices.map(({ task, classes }) => (
        <fieldset key={task} className={styles.classes}>
          <legend>{catalogue?.tasks.find(({ id }) => id === task)?.label ?? task}</legend>
          {classes.map(({ index, name, images }) => (
            <button
              key={index}
              type="button"
              className={controls.chip}
              aria-pressed={data.select.classes?.[task]?.includes(index) ?? false}
              onClick={() => toggle(task, index)}
            >
              {name}
              {images !== undefined && <small>{formatCount(images)}</small>}
            </button>
          ))}
        </fieldset>
      ))}
    </details>
  );
}

function ByHand({ examined }: Props) {
  const only = examined.data.select.only?.length ?? 0;
  const without = leftOutByHand(examined).length;
  const said = [
    ...(only > 0 ? [`${formatCount(only)} training images chosen`] : []),
    ...(without > 0 ? [`${formatCount(without)} images left out`] : []),
  ];
  return said.length === 0 ? null : <p className={controls.note}>By hand: {said.join(", ")}.</p>;
}

/** What a number of a field may be, as its declaration says. */
function rangeOf(path: string): { readonly min: number; readonly max: number } {
  const field = fieldOf(path);
  if (field?.kind !== "number") throw new Error(`${path} is no number of the run file.`);
  return { min: field.min, max: field.max };
}

/** How many of what is left. */
function ByCount({ examined: { data } }: Props) {
  const ids = { train: useId(), val: useId(), seed: useId() };
  const { store } = useStudio();
  const seed = useSlice((state) => state.setup.config?.training.seed ?? 0);
  return (
    <section aria-label="By count">
      <FieldRow
        label="Training images"
        help="Training images of those above, chosen by the seed. 0 uses all."
        controlId={ids.train}
        kind="number"
      >
        <span className={styles.unit}>{data.train === 0 ? "" : "at most"}</span>
        <NumberInput
          id={ids.train}
          value={data.train}
          {...rangeOf("data.train")}
          integer
          zero="all"
          onCommit={(train) => store.editData({ train })}
        />
      </FieldRow>
      <FieldRow
        label="Validation images"
        help="Validation images of those above. 0 uses all."
        controlId={ids.val}
        kind="number"
      >
        <span className={styles.unit}>{data.val === 0 ? "" : "at most"}</span>
        <NumberInput
          id={ids.val}
          value={data.val}
          {...rangeOf("data.val")}
          integer
          zero="all"
          onCommit={(val) => store.editData({ val })}
        />
      </FieldRow>
      <FieldRow
        label="Seed"
        help="The run's seed: another one chooses other images, and starts training otherwise."
        controlId={ids.seed}
        kind="number"
      >
        <span className={styles.unit}>of the run</span>
        <NumberInput
          id={ids.seed}
          value={seed}
          {...rangeOf("training.seed")}
          integer
          onCommit={(next) => store.setField("training.seed", next)}
        />
      </FieldRow>
    </section>
  );
}
