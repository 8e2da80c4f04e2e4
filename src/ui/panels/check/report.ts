/** A check of a device as text, for whoever is asked why something does not work. */
import type { CaseReport } from "../../../contracts/conformance";
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

/** `machine`: facts by name, such as the browser and the limits of its GPU. */
export function reportText(
  { device, total, cases, problem }: DiagnosisSlice,
  machine: readonly (readonly [string, string])[],
): string {
  const unfinished =
    cases.length < total ? [`${total - cases.length} of ${total} cases were not computed. ${problem}`] : [];
  return [
    `device: ${device}`,
    ...machine.map(([name, value]) => `${name}: ${value}`),
    "",
    ...cases.flatMap(linesOf),
    ...unfinished,
    "",
    verdict(cases),
    "",
  ].join("\n");
}
