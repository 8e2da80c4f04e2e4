import { Cpu } from "lucide-react";
import { useState } from "react";
import { deviceChoices } from "../../../contracts/runConfig";
import { shownRun } from "../../../store/runs/runsSlice";
import { useCatalogue, useRun, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatBytes, formatCount } from "../../parts/format";
import { Menu } from "../../parts/Menu";
import bar from "./bar.module.css";
import styles from "./deviceMenu.module.css";

/** Which device runs and why; a press opens the others. */
export function DeviceMenu() {
  const { store } = useStudio();
  const catalogue = useCatalogue();
  const prepared = useRun((shown) => shown.run.prepared);
  const chosen = useSlice((state) => state.setup.config?.device) ?? "auto";
  const log = useSlice((state) => state.log);
  const active = prepared?.executor;
  const description = active?.description ?? "no device yet";
  const devices = (catalogue?.devices ?? []).filter(({ choice }) => deviceChoices.includes(choice));
  return (
    <Menu
      name={`Device: ${description}`}
      title={active?.reason ?? "No device runs yet"}
      testId="device"
      label={
        <>
          <Cpu size={14} />
          <span className={bar.device}>{description}</span>
        </>
      }
    >
      <div className={styles.sheet}>
        {active && (
          <p>
            <b>{active.description}</b>
            <br />
            <span className={controls.note}>{active.reason}</span>
          </p>
        )}
        {prepared && (
          <p className={controls.note}>
            {prepared.dispatches > 0 && `${formatCount(prepared.dispatches)} dispatches a step, `}
            {formatBytes(prepared.memoryBytes)} for weights, moments and activations.
          </p>
        )}
        <fieldset className={styles.devices}>
          <legend>Run on</legend>
          <DeviceChoice
            id="auto"
            label="Automatic"
            reason="The fastest one that this browser offers."
            chosen={chosen === "auto"}
            onChoose={() => store.setField("device", "auto")}
          />
          {devices.map(({ choice, description, reason, available }) => (
            <DeviceChoice
              key={choice}
              id={choice}
              label={description}
              reason={reason}
              disabled={!available}
              chosen={chosen === choice}
              onChoose={() => store.setField("device", choice)}
            />
          ))}
        </fieldset>
        {log.length > 0 && (
          <details className={controls.disclosure}>
            <summary>Messages ({log.length})</summary>
            <ol className={styles.log}>
              {log.map((line) => (
                <li key={line.id} data-level={line.level}>
                  {line.message}
                </li>
              ))}
            </ol>
          </details>
        )}
        <p className={styles.copy}>
          <button type="button" className={controls.plain} onClick={() => store.show("check")}>
            Check this device
          </button>
          <span className={controls.note}>against known answers</span>
        </p>
        <CopyDiagnostics />
      </div>
    </Menu>
  );
}

interface ChoiceProps {
  readonly id: string;
  readonly label: string;
  readonly reason: string;
  readonly chosen: boolean;
  readonly disabled?: boolean;
  readonly onChoose: () => void;
}

function DeviceChoice({ id, label, reason, chosen, disabled = false, onChoose }: ChoiceProps) {
  return (
    <label className={styles.choice} data-off={disabled}>
      <input type="radio" name="device" value={id} checked={chosen} disabled={disabled} onChange={onChoose} />
      <span>
        {label}
        <small>{reason}</small>
      </span>
    </label>
  );
}

/** What helps to find a fault, as text for a report. */
function CopyDiagnostics() {
  const { store } = useStudio();
  const [said, setSaid] = useState("");
  const copy = async (): Promise<void> => {
    const { runs, catalogue, log, setup } = store.getState();
    const { run } = shownRun(runs);
    const text = JSON.stringify(
      {
        page: navigator.userAgent,
        isolated: crossOriginIsolated,
        executor: run.prepared?.executor ?? null,
        devices: catalogue.known?.devices ?? [],
        state: run.state,
        step: run.step,
        stepMs: run.stepMs,
        failure: run.failure,
        config: setup.config,
        log,
      },
      null,
      2,
    );
    try {
      await navigator.clipboard.writeText(text);
      setSaid("copied");
    } catch {
      setSaid("the browser refused");
    }
  };
  return (
    <p className={styles.copy}>
      <button type="button" className={controls.plain} onClick={copy}>
        Copy diagnostics
      </button>
      <span className={controls.note} aria-live="polite">
        {said}
      </span>
    </p>
  );
}
