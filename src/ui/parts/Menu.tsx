import { type ReactNode, useEffect, useRef } from "react";
import controls from "./controls.module.css";
import styles from "./Menu.module.css";

interface Props {
  readonly label: ReactNode;
  /** Accessible name of what opens it. */
  readonly name: string;
  readonly title?: string;
  readonly testId?: string;
  /** Opens the sheet when it becomes another one: for news that belongs there. */
  readonly news?: string;
  readonly children: ReactNode;
}

/** A sheet that opens below a button; Escape or a press elsewhere closes it. */
export function Menu({ label, name, title, testId, news = "", children }: Props) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (news && details.current) details.current.open = true;
  }, [news]);
  useEffect(() => {
    const close = (event: Event): void => {
      const box = details.current;
      if (!box?.open) return;
      const escaped = event instanceof KeyboardEvent && event.key === "Escape";
      // Who was inside is led back to where they came from.
      if (escaped && box.contains(document.activeElement)) box.querySelector("summary")?.focus();
      if (escaped || (event.type === "pointerdown" && !box.contains(event.target as Node))) box.open = false;
    };
    document.addEventListener("pointerdown", close);
    document.addEventListener("keydown", close);
    return () => {
      document.removeEventListener("pointerdown", close);
      document.removeEventListener("keydown", close);
    };
  }, []);
  return (
    <details ref={details} className={styles.menu}>
      <summary className={controls.button} aria-label={name} title={title} data-testid={testId}>
        {label}
      </summary>
      <div className={styles.sheet}>{children}</div>
    </details>
  );
}
