/** Rows of a form: a label with its help and one control. */
import { type ReactNode, useEffect, useId, useState } from "react";
import type { Entry } from "../../../contracts/catalogue";
import controls from "../../parts/controls.module.css";
import { Choice, FieldRow } from "./Field";

interface RowProps {
  readonly label: string;
  readonly help: string;
  readonly children: (id: string) => ReactNode;
}

export function Row({ label, help, children }: RowProps) {
  const id = useId();
  return (
    <FieldRow label={label} help={help} controlId={id}>
      {children(id)}
    </FieldRow>
  );
}

interface PickProps {
  readonly label: string;
  readonly entries: readonly Entry[];
  readonly value: string;
  readonly onSet: (id: string) => void;
}

export function Pick({ label, entries, value, onSet }: PickProps) {
  return (
    <Row label={label} help={entries.find(({ id }) => id === value)?.help ?? ""}>
      {(id) => <Choice id={id} entries={entries} value={value} onSet={onSet} />}
    </Row>
  );
}

interface TextProps {
  readonly id: string;
  readonly value: string;
  /** Whether nothing may be written. */
  readonly empty?: boolean;
  readonly onCommit: (text: string) => void;
}

/** Text taken on Enter or when the field is left. */
export function TextInput({ id, value, empty = false, onCommit }: TextProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const commit = (): void => {
    if (empty || text.trim() !== "") onCommit(text.trim());
    setText(value);
  };
  return (
    <input
      id={id}
      className={controls.input}
      autoComplete="off"
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => event.key === "Enter" && commit()}
    />
  );
}
