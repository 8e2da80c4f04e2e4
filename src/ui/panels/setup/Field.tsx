import { RotateCcw } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import type { Entry, Setting } from "../../../contracts/catalogue";
import { valueAt, withMethod } from "../../../store/setup/methodSettings";
import { sameValue } from "../../../store/setup/paths";
import { presetOf } from "../../../store/setup/urlState";
import type { StudioState } from "../../../store/studio";
import { useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { ByTask, SplitByTask } from "./ByTask";
import { NumberInput } from "./NumberInput";
import { NewRunMark } from "./Pending";
import styles from "./setup.module.css";

interface RowProps {
  readonly label: string;
  readonly help: string;
  readonly controlId?: string;
  /** Of a field of the configuration. */
  readonly path?: string;
  /** Shown where the value is not the preset's. */
  readonly onRevert?: (() => void) | undefined;
  readonly kind?: Setting["kind"];
  readonly children: ReactNode;
}

/** A label with its control, a "?" that opens the help below, and a mark where the preset was left. */
export function FieldRow({ label, help, controlId, path, onRevert, kind = "choice", children }: RowProps) {
  const [open, setOpen] = useState(false);
  const helpId = useId();
  return (
    <div className={styles.field} data-kind={kind}>
      <span className={styles.label}>
        <label htmlFor={controlId} title={help}>
          {label}
        </label>
        <button
          type="button"
          className={styles.help}
          aria-label={`About ${label}`}
          aria-expanded={open}
          aria-controls={helpId}
          onClick={() => setOpen(!open)}
        >
          ?
        </button>
        {path !== undefined && <NewRunMark path={path} />}
        {onRevert && (
          <button
            type="button"
            className={styles.revert}
            aria-label={`Back to the preset's ${label}`}
            title="Changed; back to the preset's value"
            onClick={onRevert}
          >
            <RotateCcw size={11} />
          </button>
        )}
      </span>
      <div className={styles.control}>{children}</div>
      <p id={helpId} className={styles.helpText} hidden={!open}>
        {help}
      </p>
    </div>
  );
}

/** Most places of a slider that a hand can still tell apart at this width. */
const MOST_PLACES = 520;

/** What stands at `path` before a person changes it: the preset's, or the method's own where another method was chosen. */
const standardAt = ({ catalogue: { known }, setup: { preset, config } }: StudioState, path: string): unknown => {
  if (!known || !config) return undefined;
  const base = presetOf(known, preset).config;
  return valueAt(known, base.method.id === config.method.id ? base : withMethod(known, base, config.method.id), path);
};

/** The control of one setting of the catalogue. */
export function SettingField({ setting }: { readonly setting: Setting }) {
  const id = useId();
  const { store } = useStudio();
  const value = useSlice(({ catalogue: { known }, setup: { config } }) =>
    known && config ? valueAt(known, config, setting.path) : undefined,
  );
  const standard = useSlice((state) => standardAt(state, setting.path));
  const set = (next: unknown): void => store.setField(setting.path, next);
  if (value === undefined) return null;
  return (
    <FieldRow
      label={setting.label}
      help={setting.help}
      path={setting.path}
      controlId={id}
      kind={setting.kind}
      onRevert={standard === undefined || sameValue(value, standard) ? undefined : () => set(standard)}
    >
      <Control id={id} setting={setting} value={value} standard={standard} onSet={set} />
    </FieldRow>
  );
}

interface ControlProps {
  readonly id: string;
  readonly setting: Setting;
  readonly value: unknown;
  readonly standard: unknown;
  readonly onSet: (value: unknown) => void;
}

function Control({ id, setting, value, standard, onSet }: ControlProps) {
  switch (setting.kind) {
    case "flag":
      return (
        <input
          id={id}
          type="checkbox"
          className={controls.check}
          checked={value === true}
          onChange={(event) => onSet(event.currentTarget.checked)}
        />
      );
    case "choice":
      return <Choice id={id} entries={setting.choices} value={String(value)} onSet={onSet} />;
    case "choices":
      return <Several label={setting.label} entries={setting.choices} value={value as string[]} onSet={onSet} />;
    case "number":
      if (typeof value === "object" && value !== null) {
        const usual = typeof standard === "number" ? standard : undefined;
        return (
          <ByTask id={id} setting={setting} value={value as Record<string, number>} standard={usual} onSet={onSet} />
        );
      }
      return <NumberControl id={id} setting={setting} value={Number(value)} onSet={onSet} />;
    default:
      return setting satisfies never;
  }
}

interface SeveralProps {
  readonly label: string;
  readonly entries: readonly Entry[];
  readonly value: readonly string[];
  readonly onSet: (value: unknown) => void;
}

/** Some of the choices, in the catalogue's order. */
function Several({ label, entries, value, onSet }: SeveralProps) {
  const toggle = (id: string): void =>
    onSet(entries.map((entry) => entry.id).filter((known) => value.includes(known) !== (known === id)));
  return (
    <fieldset className={styles.several} aria-label={label}>
      {entries.map(({ id, label: name, help }) => (
        <label key={id} title={help} data-on={value.includes(id)}>
          <input type="checkbox" className={controls.check} checked={value.includes(id)} onChange={() => toggle(id)} />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

interface ChoiceProps {
  readonly id?: string;
  readonly entries: readonly Entry[];
  readonly value: string;
  readonly onSet: (id: string) => void;
}

export function Choice({ id, entries, value, onSet }: ChoiceProps) {
  return (
    <select
      id={id}
      className={controls.select}
      value={value}
      title={entries.find((entry) => entry.id === value)?.help}
      onChange={(event) => onSet(event.currentTarget.value)}
    >
      {entries.map((entry) => (
        <option key={entry.id} value={entry.id}>
          {entry.label}
        </option>
      ))}
    </select>
  );
}

interface NumberProps {
  readonly id: string;
  readonly setting: Extract<Setting, { kind: "number" }>;
  readonly value: number;
  readonly onSet: (value: unknown) => void;
}

function NumberControl({ id, setting, value, onSet }: NumberProps) {
  const { min, max, step, unit, logarithmic, integer, zero, label, perTask } = setting;
  const ends = setting.suggested ?? { min, max };
  const low = logarithmic ? Math.log10(ends.min) : ends.min;
  const high = logarithmic ? Math.log10(ends.max) : ends.max;
  const slider = (high - low) / step <= MOST_PLACES;
  const take = (place: number): void => {
    const next = logarithmic
      ? Number((10 ** place).toPrecision(2))
      : Math.min(ends.max, ends.min + step * Math.round((place - ends.min) / step));
    onSet(integer ? Math.round(next) : Number(next.toPrecision(6)));
  };
  return (
    <>
      {slider ? (
        <input
          type="range"
          className={controls.range}
          aria-label={`${label}, slider`}
          min={low}
          max={high}
          step={step}
          value={logarithmic ? Math.log10(Math.max(value, ends.min)) : value}
          aria-valuetext={value === 0 && zero !== undefined ? zero : `${value} ${unit}`}
          onChange={(event) => take(event.currentTarget.valueAsNumber)}
        />
      ) : (
        <span className={styles.unit}>{unit}</span>
      )}
      <NumberInput id={id} value={value} min={min} max={max} integer={integer} zero={zero} onCommit={onSet} />
      {perTask && <SplitByTask value={value} onSet={onSet} />}
    </>
  );
}
