import { useEffect, useState } from "react";
import controls from "../../parts/controls.module.css";
import { plainNumber } from "./plainNumber";

interface Props {
  readonly id: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
  /** Shown for 0, and taken for it. */
  readonly zero?: string | undefined;
  readonly describedBy?: string | undefined;
  readonly onCommit: (value: number) => void;
}

/** A number typed by hand: taken on Enter or when the field is left; one outside of its range is refused in words. */
export function NumberInput({ id, value, min, max, integer, zero, describedBy, onCommit }: Props) {
  const shown = value === 0 && zero !== undefined ? zero : plainNumber(value);
  const [text, setText] = useState(shown);
  const [refused, setRefused] = useState<string | null>(null);
  useEffect(() => setText(shown), [shown]);
  const allowed = `${plainNumber(min)}${zero === undefined ? "" : ` (${zero})`} to ${plainNumber(max)}${integer ? ", whole" : ""}`;
  const typed = text.trim();
  const number = typed === "" ? Number.NaN : typed === zero ? 0 : Number(typed.replace(",", "."));
  const fits = Number.isFinite(number) && number >= min && number <= max && (!integer || Number.isInteger(number));
  const commit = (): void => {
    setRefused(fits || typed === shown ? null : typed);
    if (fits && number !== value) onCommit(number);
    else setText(shown);
  };
  return (
    <>
      <input
        id={id}
        className={controls.input}
        inputMode={integer ? "numeric" : "decimal"}
        autoComplete="off"
        value={text}
        aria-invalid={!fits}
        aria-describedby={describedBy}
        title={allowed}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === "Enter" && commit()}
      />
      {refused !== null && (
        <small role="alert" className={controls.refused}>
          Refused: {refused || "nothing"}. Allowed: {allowed}.
        </small>
      )}
    </>
  );
}
