import { useEffect, useState } from "react";
import controls from "../controls.module.css";

interface Props {
  readonly id: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
  readonly describedBy?: string | undefined;
  readonly onCommit: (value: number) => void;
}

/** As short as the number allows: 0.05, 1e-3. */
const plain = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3
    ? value.toExponential().replace(/\.?0+e/, "e")
    : String(Number(value.toPrecision(6)));

/** A number typed by hand: taken on Enter or when the field is left, refused with a red frame outside of its range. */
export function NumberInput({ id, value, min, max, integer, describedBy, onCommit }: Props) {
  const [text, setText] = useState(plain(value));
  useEffect(() => setText(plain(value)), [value]);
  const number = text.trim() === "" ? Number.NaN : Number(text.replace(",", "."));
  const fits = Number.isFinite(number) && number >= min && number <= max && (!integer || Number.isInteger(number));
  const commit = (): void => {
    if (fits) onCommit(number);
    else setText(plain(value));
  };
  return (
    <input
      id={id}
      className={controls.input}
      inputMode={integer ? "numeric" : "decimal"}
      autoComplete="off"
      value={text}
      aria-invalid={!fits}
      aria-describedby={describedBy}
      title={`${plain(min)} to ${plain(max)}${integer ? ", whole" : ""}`}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => event.key === "Enter" && commit()}
    />
  );
}
