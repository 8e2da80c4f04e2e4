import { type ReactNode, useId } from "react";
import { useStale } from "./context";
import styles from "./Panel.module.css";

interface Props {
  readonly title: string;
  /** A few words beside the title. */
  readonly aside?: ReactNode;
  /** Controls at the right of the title. */
  readonly tools?: ReactNode;
  /** The step that its content is of; undefined: of none. */
  readonly step?: number | undefined;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** A titled part of the page. */
export function Panel({ title, aside, tools, step, className, children }: Props) {
  const stale = useStale(step);
  const id = useId();
  return (
    <section className={`${styles.panel} ${className ?? ""}`} aria-labelledby={id} data-stale={stale}>
      <header className={styles.head}>
        <h2 id={id}>{title}</h2>
        {aside !== undefined && <span className={styles.aside}>{aside}</span>}
        {stale && <span className={styles.stale}>still of step {step}</span>}
        {tools !== undefined && <div className={styles.tools}>{tools}</div>}
      </header>
      {children}
    </section>
  );
}
