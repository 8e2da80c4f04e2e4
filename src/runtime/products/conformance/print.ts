/** Reports of a conformance run as lines for a terminal. */
import type { CaseReport, CheckedQuantity } from "../../../contracts/conformance";
import { formatDuration } from "../../../figures/format";

const short = (value: number): string => (Number.isFinite(value) ? value.toExponential(1) : "infinite");

const showQuantity = ({ name, error, tolerance, at, passed }: CheckedQuantity): string =>
  `${name} ${error === 0 ? "0" : short(error)} ${passed ? "<=" : ">"} ${tolerance === 0 ? "0" : short(tolerance)}${passed ? "" : ` at ${at}`}`;

/** One row: the verdict, the case, each quantity's error and tolerance, then what went wrong and what is worth knowing. */
export function caseRow(report: CaseReport, nameWidth: number): string {
  const verdict = report.passed ? "ok    " : "FAILED";
  const time = formatDuration(report.milliseconds, "ms").padStart(10);
  const words = [report.quantities.map(showQuantity).join(", "), ...report.problems, ...report.notes];
  return `${verdict} ${report.name.padEnd(nameWidth)} ${time}  ${words.filter((text) => text !== "").join("; ")}`;
}

export function summary(reports: readonly CaseReport[]): string {
  const passed = reports.filter((report) => report.passed).length;
  return `${passed} passed, ${reports.length - passed} failed`;
}

/** JSON has no infinity; it becomes a text. */
export const reportJson = (value: unknown): string =>
  JSON.stringify(
    value,
    (_key, item: unknown) => (typeof item === "number" && !Number.isFinite(item) ? String(item) : item),
    2,
  );
