import { useId, useState } from "react";
import type { StudyKind } from "../../../contracts/run";
import { useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { Dialog } from "../../parts/Dialog";
import { Segments } from "../../parts/Segments";
import type { Plan } from "./plan";
import { RaceForm } from "./RaceForm";
import styles from "./runs.module.css";
import { QueueForm, SweepForm } from "./SweepForm";

const kinds = [
  { id: "race", label: "Race", help: "Several methods in lock-step on the same batches, seed after seed" },
  { id: "queue", label: "Queue", help: "The set-up and variations of it, one after the other" },
  { id: "sweep", label: "Sweep", help: "One field at several values, one run after the other" },
] as const satisfies readonly { readonly id: StudyKind; readonly label: string; readonly help: string }[];
type Kind = (typeof kinds)[number]["id"];

const forms = { race: RaceForm, queue: QueueForm, sweep: SweepForm };
const noPlan: Plan = { groups: [], says: "" };

/** Several runs at once: what they are, and how many steps that makes. */
export function NewStudy({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  return (
    <Dialog title="New study" open={open} wide onClose={onClose}>
      <Body onClose={onClose} />
    </Dialog>
  );
}

function Body({ onClose }: { readonly onClose: () => void }) {
  const { session } = useStudio();
  const saysId = useId();
  const config = useSlice((state) => state.setup.config);
  const [kind, setKind] = useState<Kind>("race");
  const [plan, setPlan] = useState(noPlan);
  if (!config) return <p className={controls.note}>Loading the studio…</p>;
  const Form = forms[kind];
  const runs = plan.groups.flat();
  const steps = runs.reduce((sum, one) => sum + one.training.steps, 0);
  const choose = (next: Kind): void => {
    setPlan(noPlan);
    setKind(next);
  };
  return (
    <div className={styles.form}>
      <Segments label="Kind of study" choices={kinds} chosen={kind} onChoose={choose} />
      <p className={controls.note}>{kinds.find(({ id }) => id === kind)?.help}. All else is as set up.</p>
      <Form config={config} onPlan={setPlan} />
      <p id={saysId} aria-live="polite">
        {plan.says}
        {runs.length > 0 &&
          ` ${runs.length} ${runs.length === 1 ? "run" : "runs"}, ${steps.toLocaleString("en-US")} steps in all.`}
      </p>
      <div className={controls.answers}>
        <button type="button" className={controls.button} onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          className={controls.primary}
          disabled={runs.length === 0}
          aria-describedby={saysId}
          onClick={() => {
            session.study(kind, plan.groups);
            onClose();
          }}
        >
          Prepare study
        </button>
      </div>
    </div>
  );
}
