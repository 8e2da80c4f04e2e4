import type { ReactNode } from "react";
import styles from "./controls.module.css";

export const Swatch = ({ colour }: { readonly colour: string }) => (
  <span className={styles.swatch} style={{ background: colour }} aria-hidden="true" />
);

interface Props {
  readonly colour: string;
  readonly on: boolean;
  readonly onToggle: () => void;
  readonly title?: string;
  readonly children: ReactNode;
}

/** A legend entry that switches its curve on and off. */
export function Chip({ colour, on, onToggle, title, children }: Props) {
  return (
    <button type="button" className={styles.chip} aria-pressed={on} onClick={onToggle} title={title}>
      <Swatch colour={colour} />
      {children}
    </button>
  );
}

/** `set` without `item` where it has it, else with it. */
export function toggled<T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next;
}
