import { CircleCheck, CircleX, Play } from "lucide-react";
import { useEffect, useId, useState } from "react";
import type { CaseReport } from "../../contracts/conformance";
import { type DeviceChoice, deviceChoices } from "../../contracts/runConfig";
import { formatDuration } from "../../figures/format";
import { Failure } from "../panels/bar/Failure";
import styles from "../panels/check/check.module.css";
import { machineFacts } from "../panels/check/machine";
import { reportText, verdict } from "../panels/check/report";
import { Share } from "../panels/check/Share";
import { StepOperations } from "../panels/check/StepOperations";
import { Boundary } from "../parts/Boundary";
import { CopyButton } from "../parts/CopyButton";
import { useCatalogue, useShown, useSlice, useStudio } from "../parts/context";
import controls from "../parts/controls.module.css";
import { formatError } from "../parts/format";
import { Panel } from "../parts/Panel";

/** Whether this device computes what the reference computed. */
export function CheckView() {
  return (
    <main className={styles.place}>
      <Failure />
      <Boundary name="The check">
        <CheckPanel />
      </Boundary>
    </main>
  );
}

function CheckPanel() {
  const diagnosis = useSlice((state) => state.diagnosis);
  const step = useSlice((state) => state.stepComparison);
  const { running, device, total, cases, problem } = diagnosis;
  return (
    <Panel title="Check this device" aside={device}>
      <div className={styles.check}>
        <p>
          Small cases with known answers, computed by the same kernels that train: warps, adapted layers, losses with
          their gradients, the optimiser. The answers come from the public reference implementations in PyTorch. Or one
          training step of the current set-up, every operation computed once more by TensorFlow.js. A run beside it is
          not disturbed.
        </p>
        <Tools />
        {problem && (
          <p className={styles.problem} role="alert">
            {problem}
          </p>
        )}
        {(cases.length > 0 || running) && (
          <>
            <progress aria-label="Cases computed" value={cases.length} max={Math.max(1, total)} />
            <Cases cases={cases} />
            <p className={styles.verdict} data-testid="verdict" aria-live="polite" data-failed={anyFailed(cases)}>
              {verdict(cases)}
              {running && total > 0 && <span>, {total - cases.length} to go</span>}
            </p>
          </>
        )}
        {step && <StepOperations comparison={step} />}
        <Machine />
      </div>
    </Panel>
  );
}

const anyFailed = (cases: readonly CaseReport[]): boolean => cases.some(({ passed }) => !passed);

/** Which device, the buttons, and the report as text. */
function Tools() {
  const id = useId();
  const { store, session } = useStudio();
  const catalogue = useCatalogue();
  const running = useSlice((state) => state.diagnosis.running);
  const comparing = useSlice((state) => state.stepComparison?.finished === false);
  const some = useSlice((state) => state.diagnosis.cases.length > 0 || Boolean(state.stepComparison?.ops.length));
  const [device, setDevice] = useShown<DeviceChoice>("checkDevice", "auto");
  const devices = (catalogue?.devices ?? []).filter(({ choice }) => deviceChoices.includes(choice));
  return (
    <div className={styles.tools}>
      <label htmlFor={id}>Device</label>
      <select
        id={id}
        className={controls.select}
        value={device}
        onChange={(event) => setDevice(event.currentTarget.value as DeviceChoice)}
      >
        <option value="auto">Automatic: the one that trains</option>
        {devices.map(({ choice, description, available }) => (
          <option key={choice} value={choice} disabled={!available}>
            {description}
          </option>
        ))}
      </select>
      <button
        type="button"
        className={controls.primary}
        disabled={running || !catalogue}
        onClick={() => session.diagnose(device)}
      >
        <Play size={14} fill="currentColor" />
        {running ? "Computing" : "Check this device"}
      </button>
      <button
        type="button"
        className={controls.button}
        disabled={comparing || !catalogue}
        title="One training step of the current set-up at batch 1. TensorFlow.js computes every operation once more from the same numbers."
        onClick={() => session.compareStep(device)}
      >
        {comparing ? "Comparing" : "Compare every operation"}
      </button>
      {some && (
        <CopyButton
          label="Copy the report as text"
          text={async () => {
            const { diagnosis, stepComparison } = store.getState();
            return reportText(diagnosis, await machineFacts(), stepComparison);
          }}
        >
          Copy report
        </CopyButton>
      )}
    </div>
  );
}

function Cases({ cases }: { readonly cases: readonly CaseReport[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section className={styles.scroll} tabIndex={0} aria-label="Cases">
      <table className={controls.table}>
        <thead>
          <tr>
            <th scope="col">Case</th>
            <th scope="col">Quantity</th>
            <th scope="col">Error</th>
            <th scope="col">Allowed</th>
            <th scope="col">of the allowed</th>
            <th scope="col">Time</th>
          </tr>
        </thead>
        {cases.map((report) => (
          <CaseRows key={report.name} report={report} />
        ))}
      </table>
    </section>
  );
}

function CaseRows({ report }: { readonly report: CaseReport }) {
  const { name, quantities, problems, notes, passed, milliseconds } = report;
  const rows = Math.max(1, quantities.length) + problems.length + notes.length;
  const first = (
    <th scope="rowgroup" rowSpan={rows} className={styles.name}>
      <span data-passed={passed}>
        {passed ? <CircleCheck size={15} aria-label="passed" /> : <CircleX size={15} aria-label="failed" />}
        {name}
      </span>
    </th>
  );
  const time = <td rowSpan={rows}>{formatDuration(milliseconds, "ms")}</td>;
  return (
    <tbody className={styles.case} data-testid={`case-${name}`} data-passed={passed}>
      {quantities.map((one, i) => (
        <tr key={one.name} data-passed={one.passed}>
          {i === 0 && first}
          <td className={styles.quantity} title={`largest at ${one.at}, of ${one.compared} compared`}>
            {one.name}
          </td>
          <td>{formatError(one.error)}</td>
          <td>{formatError(one.tolerance)}</td>
          <td>
            <Share error={one.error} tolerance={one.tolerance} />
          </td>
          {i === 0 && time}
        </tr>
      ))}
      {quantities.length === 0 && (
        <tr>
          {first}
          <td colSpan={4} className={styles.said}>
            nothing could be compared
          </td>
          {time}
        </tr>
      )}
      {[...problems, ...notes].map((text, i) => (
        <tr key={text}>
          <td colSpan={4} className={i < problems.length ? styles.wrong : styles.said}>
            {text}
          </td>
        </tr>
      ))}
    </tbody>
  );
}

/** What the browser says of itself, for the report and for whoever wonders. */
function Machine() {
  const [facts, setFacts] = useState<readonly (readonly [string, string])[]>([]);
  useEffect(() => {
    void machineFacts().then(setFacts);
  }, []);
  return (
    <details className={controls.disclosure}>
      <summary>This machine</summary>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
