/** A check of a device as text, for whoever is asked why something does not work. */
import type { CaseReport } from "../../../contracts/conformance";
import type { NodeError, OpComparison, StepComparison } from "../../../contracts/stepComparison";
import { countPassed, type DiagnosisSlice } from "../../../store/diagnosisSlice";
import { formatError } from "../../parts/format";

/** "3 passed, 1 failed" */
export function verdict(cases: readonly CaseReport[]): string {
  const { passed, failed } = countPassed(cases);
  return `${passed} passed, ${failed} failed`;
}

const linesOf = ({ name, passed, quantities, problems, notes }: CaseReport): readonly string[] => [
  `${passed ? "pass" : "FAIL"}  ${name}`,
  ...quantities.map(
    (one) =>
      `        ${one.name}: error ${formatError(one.error)}, allowed ${formatError(one.tolerance)}, largest at ${one.at}${one.passed ? "" : "  FAIL"}`,
  ),
  ...problems.map((problem) => `        problem: ${problem}`),
  ...notes.map((note) => `        note: ${note}`),
];

/** "backbone.stage0.block1 [1,64,8], training" */
export const nodeText = ({ name, shape, plan }: NodeError): string =>
  `${name} [${shape.join(",")}], ${plan === "train" ? "forward and backward" : "update"}`;

/** "27 operations passed, 1 failed" */
export function stepVerdict({ ops }: StepComparison): string {
  const failed = ops.filter((op) => op.failed > 0).length;
  return `${ops.length - failed} operations passed, ${failed} failed`;
}

const opLine = ({ op, compared, failed, worst }: OpComparison): string =>
  `${failed === 0 ? "pass" : "FAIL"}  ${op}: error ${formatError(worst.error)}, allowed ${formatError(worst.tolerance)}, ${compared} compared, largest at ${nodeText(worst)}`;

const nodeLine = (node: NodeError): string =>
  `        FAIL ${node.op} at ${nodeText(node)}: error ${formatError(node.error)}, difference ${formatError(node.difference)}`;

const stepLines = (step: StepComparison): readonly string[] => [
  `one training step: ${step.device} against ${step.reference}`,
  ...step.ops.map(opLine),
  ...step.worst.filter(({ passed }) => !passed).map(nodeLine),
  ...(step.problem === undefined
    ? []
    : [`${step.total - step.done} of ${step.total} nodes were not compared. ${step.problem}`]),
  stepVerdict(step),
];

function caseLines({ total, cases, problem }: DiagnosisSlice): readonly string[] {
  const unfinished =
    cases.length < total ? [`${total - cases.length} of ${total} cases were not computed. ${problem}`] : [];
  return [...cases.flatMap(linesOf), ...unfinished, "", verdict(cases)];
}

/** `machine`: facts by name, such as the browser and the limits of its GPU. */
export function reportText(
  diagnosis: DiagnosisSlice,
  machine: readonly (readonly [string, string])[],
  step: StepComparison | null = null,
): string {
  return [
    ...(diagnosis.device ? [`device: ${diagnosis.device}`] : []),
    ...machine.map(([name, value]) => `${name}: ${value}`),
    ...(step ? ["", ...stepLines(step)] : []),
    ...(diagnosis.device ? ["", ...caseLines(diagnosis)] : []),
    "",
  ].join("\n");
}
