import { useEffect, useId, useState } from "react";
import type { Catalogue, Setting } from "../../../contracts/catalogue";
import type { RunConfig } from "../../../contracts/runConfig";
import { sweepGroups } from "../../../store/runs/studyCommands";
import { checkField } from "../../../store/setup/checkField";
import { settingsOf, valueAt } from "../../../store/setup/methodSettings";
import { useCatalogue } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import type { FormProps, Plan } from "./plan";
import styles from "./runs.module.css";

/** One field and the values that it is to have, as they were written. */
interface Written {
  readonly path: string;
  readonly text: string;
}

const FIRST: Written = { path: "training.learningRate.method", text: "" };

/** The values of one field, each a run. */
export function SweepForm({ config, onPlan }: FormProps) {
  const catalogue = useCatalogue();
  const [written, setWritten] = useState(FIRST);
  useEffect(() => {
    if (catalogue) onPlan(planOf(catalogue, config, [written], false));
  }, [catalogue, config, written, onPlan]);
  if (!catalogue) return null;
  return <FieldValues catalogue={catalogue} config={config} written={written} onWrite={setWritten} />;
}

/** The set-up as it is, and one run for each variation. */
export function QueueForm({ config, onPlan }: FormProps) {
  const catalogue = useCatalogue();
  const [all, setAll] = useState<readonly Written[]>([FIRST]);
  useEffect(() => {
    if (catalogue) onPlan(planOf(catalogue, config, all, true));
  }, [catalogue, config, all, onPlan]);
  if (!catalogue) return null;
  return (
    <>
      <p>1. The set-up as it is</p>
      {all.map((written, i) => (
        <FieldValues
          // biome-ignore lint/suspicious/noArrayIndexKey: variations are told apart by their place alone.
          key={i}
          catalogue={catalogue}
          config={config}
          written={written}
          onWrite={(next) => setAll(all.map((one, at) => (at === i ? next : one)))}
        />
      ))}
      <p className={styles.row}>
        <button type="button" className={controls.plain} onClick={() => setAll([...all, FIRST])}>
          Add a variation
        </button>
        {all.length > 1 && (
          <button type="button" className={controls.plain} onClick={() => setAll(all.slice(0, -1))}>
            Remove the last
          </button>
        )}
      </p>
    </>
  );
}

/** `asItIs`: the set-up runs first, and a variation that nothing is written of is passed over. */
function planOf(catalogue: Catalogue, config: RunConfig, all: readonly Written[], asItIs: boolean): Plan {
  const groups: (readonly RunConfig[])[] = asItIs ? [[config]] : [];
  for (const { path, text } of all) {
    const checked = textsOf(settingOf(catalogue, config, path), text).map((one) =>
      checkField(catalogue, config, path, one),
    );
    const wrong = checked.find((one) => !one.ok);
    if (wrong && !wrong.ok) return { groups: [], says: `${wrong.reason}.` };
    const values = checked.flatMap((one) => (one.ok ? [one.value] : []));
    groups.push(...sweepGroups(catalogue, config, path, values));
  }
  const enough = groups.length > 1;
  return { groups: enough ? groups : [], says: enough ? "" : "Write the values, divided by commas." };
}

const settingOf = (catalogue: Catalogue, config: RunConfig, path: string): Setting | undefined =>
  settingsOf(catalogue, config).find((setting) => setting.path === path);

/** Choices are ticked and kept by id; all else is divided by commas. */
const textsOf = (setting: Setting | undefined, text: string): readonly unknown[] => {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  return setting?.kind === "choices" ? parts.map((part) => [part]) : parts;
};

interface ValuesProps {
  readonly catalogue: Catalogue;
  readonly config: RunConfig;
  readonly written: Written;
  readonly onWrite: (written: Written) => void;
}

function FieldValues({ catalogue, config, written, onWrite }: ValuesProps) {
  const ids = { field: useId(), values: useId() };
  const settings = settingsOf(catalogue, config);
  const setting = settings.find(({ path }) => path === written.path);
  const now = setting && valueAt(catalogue, config, setting.path);
  return (
    <div className={styles.values}>
      <label htmlFor={ids.field}>Field</label>
      <select
        id={ids.field}
        className={controls.select}
        value={written.path}
        onChange={(event) => onWrite({ path: event.currentTarget.value, text: "" })}
      >
        {settings.map(({ path, label }) => (
          <option key={path} value={path}>
            {label}
          </option>
        ))}
      </select>
      <label htmlFor={ids.values}>Values</label>
      <input
        id={ids.values}
        className={controls.input}
        autoComplete="off"
        placeholder={placeholderOf(setting)}
        value={written.text}
        onChange={(event) => onWrite({ ...written, text: event.currentTarget.value })}
      />
      {setting && (
        <p className={controls.note}>{`Now ${typeof now === "object" ? JSON.stringify(now) : now}. ${setting.help}`}</p>
      )}
    </div>
  );
}

function placeholderOf(setting: Setting | undefined): string {
  if (!setting) return "";
  if (setting.kind === "flag") return "true, false";
  return setting.kind === "number" ? "0.001, 0.003, 0.01" : setting.choices.map(({ id }) => id).join(", ");
}
