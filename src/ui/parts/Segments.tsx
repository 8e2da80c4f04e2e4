import styles from "./controls.module.css";

interface Props<Id extends string> {
  readonly label: string;
  readonly choices: readonly { readonly id: Id; readonly label: string; readonly help?: string }[];
  readonly chosen: Id;
  readonly onChoose: (id: Id) => void;
}

/** A few exclusive choices side by side. */
export function Segments<Id extends string>({ label, choices, chosen, onChoose }: Props<Id>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a border and a legend of its own.
    <div className={styles.segments} role="group" aria-label={label}>
      {choices.map(({ id, label: text, help }) => (
        <button
          key={id}
          type="button"
          className={styles.segment}
          aria-pressed={id === chosen}
          title={help}
          onClick={() => onChoose(id)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
