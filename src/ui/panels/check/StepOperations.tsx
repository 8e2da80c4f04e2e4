import { CircleCheck, CircleX } from "lucide-react";
import type { OpComparison, StepComparison } from "../../../contracts/stepComparison";
import controls from "../../parts/controls.module.css";
import { formatError } from "../../parts/format";
import styles from "./check.module.css";
import { nodeText, stepVerdict } from "./report";
import { Share } from "./Share";

/** Every operation of a training step beside TensorFlow.js, the worst first. */
export function StepOperations({ comparison }: { readonly comparison: StepComparison }) {
  const { device, reference, message, done, total, finished, ops, problem } = comparison;
  return (
    <>
      {device && (
        <p className={controls.note}>
          {device} against {reference}
        </p>
      )}
      {problem && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      {!finished && <progress aria-label="Nodes compared" value={done} max={Math.max(1, total)} />}
      {ops.length > 0 && <Operations ops={ops} />}
      <p
        className={styles.verdict}
        data-testid="step-verdict"
        aria-live="polite"
        data-failed={ops.some(({ failed }) => failed > 0)}
      >
        {ops.length > 0 && stepVerdict(comparison)}
        {!finished && <span> {message || `${done} of ${total} nodes compared`}</span>}
      </p>
    </>
  );
}

function Operations({ ops }: { readonly ops: readonly OpComparison[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section className={styles.scroll} tabIndex={0} aria-label="Operations">
      <table className={controls.table}>
        <thead>
          <tr>
            <th scope="col">Operation</th>
            <th scope="col">Worst node</th>
            <th scope="col">Compared</th>
            <th scope="col">Error</th>
            <th scope="col">Allowed</th>
            <th scope="col">of the allowed</th>
          </tr>
        </thead>
        <tbody>
          {ops.map((op) => (
            <Operation key={op.op} {...op} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Operation({ op, compared, failed, worst }: OpComparison) {
  const passed = failed === 0;
  return (
    <tr data-testid={`operation-${op}`} data-passed={passed}>
      <th scope="row" className={styles.name}>
        <span data-passed={passed}>
          {passed ? <CircleCheck size={15} aria-label="passed" /> : <CircleX size={15} aria-label="failed" />}
          {op}
        </span>
      </th>
      <td className={styles.quantity} title={`largest difference ${formatError(worst.difference)}`}>
        {nodeText(worst)}
      </td>
      <td>{failed > 0 ? `${compared}, ${failed} failed` : compared}</td>
      <td>{formatError(worst.error)}</td>
      <td>{formatError(worst.tolerance)}</td>
      <td>
        <Share error={worst.error} tolerance={worst.tolerance} />
      </td>
    </tr>
  );
}
