import type { Split } from "../../../contracts/sample";
import type { Survey } from "../../../contracts/survey";
import { useCatalogue } from "../../parts/context";
import { formatCount } from "../../parts/format";
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
      <Broken survey={props.survey} />
      <Missing {...props} />
    </>
  );
}

/** A run stops at a file that it cannot read: such images take no part in one. */
function Broken({ survey }: Pick<Props, "survey">) {
  const broken = survey.samples.filter(({ problem }) => problem !== undefined).length;
  if (broken === 0) return null;
  return (
    <p className={styles.warning}>
      {broken === 1 ? "One image is" : `${formatCount(broken)} images are`} broken and left out: a run would stop there.
      The reasons are under Problems.
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
