import { useEffect, useRef, useState } from "react";
import controls from "./controls.module.css";

interface Props {
  /** Accessible name of what is written. */
  readonly label: string;
  readonly value: string;
  /** Stands where nothing is written. */
  readonly placeholder: string;
  readonly onCommit: (text: string) => void;
}

/** Text that turns into a field when it is pressed: Enter or leaving it takes what was written, Escape does not. */
export function InlineText({ label, value, placeholder, onCommit }: Props) {
  const [editing, setEditing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (editing) field.current?.select();
  }, [editing]);
  if (!editing)
    return (
      <button
        type="button"
        className={controls.inlineText}
        data-empty={value === ""}
        aria-label={value ? `${label}: ${value}. Change` : `${label}: ${placeholder}`}
        title={value || placeholder}
        onClick={() => setEditing(true)}
      >
        {value || placeholder}
      </button>
    );
  const commit = (text: string): void => {
    setEditing(false);
    if (text.trim() !== value) onCommit(text.trim());
  };
  return (
    <input
      ref={field}
      className={controls.input}
      aria-label={label}
      defaultValue={value}
      placeholder={placeholder}
      onBlur={(event) => commit(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit(event.currentTarget.value);
        if (event.key === "Escape") setEditing(false);
      }}
    />
  );
}
