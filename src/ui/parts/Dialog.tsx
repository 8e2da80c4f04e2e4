import { type ReactNode, useEffect, useRef } from "react";
import styles from "./dialog.module.css";

interface Props {
  readonly title: string;
  readonly open: boolean;
  /** For more than a question, or for pictures side by side. */
  readonly wide?: boolean | "pictures";
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** The browser's own modal dialog: focus stays inside, Escape closes. */
export function Dialog({ title, open, wide = false, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!open) return dialog.current?.close();
    dialog.current?.showModal();
    // What is to be read comes before its first control.
    if (wide) heading.current?.focus();
  }, [open, wide]);
  return (
    <dialog ref={dialog} className={styles.dialog} data-wide={wide} aria-label={title} onClose={onClose}>
      {open && (
        <>
          <h2 ref={heading} tabIndex={-1}>
            {title}
          </h2>
          {children}
        </>
      )}
    </dialog>
  );
}
