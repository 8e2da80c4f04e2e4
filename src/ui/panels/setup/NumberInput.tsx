import { useEffect, useState } from "react";
import controls from "../../parts/controls.module.css";

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

/** As short as the number allows: 0.05, 1e-3. */
const plain = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3
    ? value.toExponential().replace(/\.?0+e/, "e")
    : String(Number(value.toPrecision(6)));

/** A number typed by hand: taken on Enter or when the field is left; one outside of its range is refused in words. */
export function NumberInput({ id, value, min, max, integer, zero, describedBy, onCommit }: Props) {
  const shown = value === 0 && zero !== undefined ? zero : plain(value);
  const [text, setText] = useState(shown);
  const [refused, setRefused] = useState<string | null>(null);
  useEffect(() => setText(shown), [shown]);
  const allowed = `${plain(min)}${zero === undefined ? "" : ` (${zero})`} to ${plain(max)}${integer ? ", whole" : ""}`;
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
          Not taken: {refused || "nothing"}. Allowed: {allowed}.
        </small>
      )}
    </>
  );
}
