import { type ReactNode, useId, useState } from "react";
import controls from "../../parts/controls.module.css";
import styles from "./weights.module.css";

interface Props {
  /** What stands above the answers, such as what the use of the file changes. */
  readonly children?: ReactNode;
  /** "Use these weights" */
  readonly take: string;
  /** The library has the file already. */
  readonly kept: boolean;
  readonly usable?: boolean;
  readonly onNotNow: () => void;
  /** `keep`: with a copy in the library. */
  readonly onTake: (keep: boolean) => void;
}

/** What a person says to the report of a file. */
export function ReportAnswers({ children, take, kept, usable = true, onNotNow, onTake }: Props) {
  const keepId = useId();
  const [keep, setKeep] = useState(false);
  return (
    <div className={styles.answers}>
      {children}
      {!kept && (
        <label htmlFor={keepId}>
          <input
            id={keepId}
            type="checkbox"
            className={controls.check}
            checked={keep}
            onChange={(event) => setKeep(event.currentTarget.checked)}
          />
          Save a copy in this browser
        </label>
      )}
      <button type="button" className={controls.button} onClick={onNotNow}>
        Not now
      </button>
      <button type="button" className={controls.primary} disabled={!usable} onClick={() => onTake(keep && !kept)}>
        {take}
      </button>
    </div>
  );
}
