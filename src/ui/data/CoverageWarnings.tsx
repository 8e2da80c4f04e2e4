import type { Split } from "../../contracts/sample";
import type { Survey } from "../../contracts/survey";
import { leaveOut } from "../../store/selection";
import { useCatalogue, useStudio } from "../context";
import controls from "../controls.module.css";
import { formatCount } from "../format";
import styles from "./coverage.module.css";
import type { Examined } from "./examined";

interface Props {
  readonly survey: Survey;
  readonly examined: Examined;
}

/** What a run on this data would come to grief by, and how to mend it. */
export function CoverageWarnings(props: Props) {
  return (
    <>
      <Broken {...props} />
      <Missing {...props} />
    </>
  );
}

/** A run stops at a file that it cannot read: better to leave such images out before. */
function Broken({ survey, examined: { data } }: Props) {
  const { store } = useStudio();
  const without = new Set(data.select.without);
  const ids = survey.samples.filter(({ id, problem }) => problem !== undefined && !without.has(id)).map(({ id }) => id);
  if (ids.length === 0) return null;
  return (
    <p className={styles.warning}>
      {ids.length === 1 ? "One image is broken" : `${formatCount(ids.length)} images are broken`}: a run would stop
      there.{" "}
      <button
        type="button"
        className={controls.plain}
        onClick={() => store.editData({ select: leaveOut(data.select, ids) })}
      >
        Leave {ids.length === 1 ? "it" : "them"} out
      </button>
    </p>
  );
}

/** Labels that a run would miss in one of the splits. */
function Missing({ survey, examined: { tasks } }: Props) {
  const catalogue = useCatalogue();
  const without = (split: Split): string =>
    survey.tasks
      .filter(({ task, files }) => tasks.includes(task) && files[split] === 0)
      .map(({ task }) => catalogue?.tasks.find(({ id }) => id === task)?.label ?? task)
      .join(", ");
  const [train, val] = [without("train"), without("val")];
  return (
    <>
      {train && <p className={styles.warning}>{train}: no training image has a label, so it cannot be learnt.</p>}
      {val && (
        <p className={styles.warning}>
          {val}: no validation image has a label, so it cannot be measured. Hold out another share, or leave it out.
        </p>
      )}
    </>
  );
}
