import type { Entry } from "../../../contracts/catalogue";
import type { CheckpointKind, RunId } from "../../../contracts/run";
import { useCatalogue, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import styles from "./saveMenu.module.css";

/** What people want of a file, and which forms serve it; a form that is in none of the lists comes last. */
const groups = [
  { title: "To use the model", ids: ["adapter", "merged", "official", "onnx", "onnx-per-task"] },
  { title: "To present", ids: ["report", "charts", "predictions"] },
  { title: "To repeat and compare", ids: ["run", "metrics", "csv", "tensorboard"] },
] as const;

interface Group {
  readonly title: string;
  readonly forms: readonly Entry[];
}

function grouped(forms: readonly Entry[]): readonly Group[] {
  const taken: readonly string[] = groups.flatMap(({ ids }) => ids);
  return [
    ...groups.map(({ title, ids }) => ({ title, forms: forms.filter(({ id }) => ids.some((known) => known === id)) })),
    { title: "Other", forms: forms.filter(({ id }) => !taken.includes(id)) },
  ].filter((group) => group.forms.length > 0);
}

interface Props {
  readonly ready: boolean;
  /** Absent: the run that is shown in Train. */
  readonly run?: RunId;
  readonly checkpoint?: CheckpointKind;
}

/** Every form in which a run can leave the page. */
export function SaveForms(props: Props) {
  const catalogue = useCatalogue();
  return (
    <>
      {grouped(catalogue?.exports ?? []).map(({ title, forms }) => (
        <section key={title} className={styles.files} aria-label={title}>
          <h2>{title}</h2>
          {forms.map((form) => (
            <Form key={form.id} form={form} {...props} />
          ))}
        </section>
      ))}
      <p className={controls.note}>Forms of several files come as one zip. Nothing leaves this machine.</p>
    </>
  );
}

function Form({ form: { id, label, help }, ready, run, checkpoint }: Props & { readonly form: Entry }) {
  const { session } = useStudio();
  const { asked, writing, problem } = useSlice((state) => state.exporting);
  const own = asked === id;
  return (
    <>
      <button
        type="button"
        className={styles.file}
        disabled={!ready || writing}
        aria-busy={own && writing}
        onClick={() => session.save(id, run, checkpoint)}
      >
        {label}
        <span className={controls.note}>{own && writing ? "Writing…" : help}</span>
      </button>
      {own && problem && (
        <p className={styles.refused} role="alert">
          Not written. {problem}
        </p>
      )}
    </>
  );
}
