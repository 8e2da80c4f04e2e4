/**
 * Conformance: computes the cases of a directory of golden data by the public code on one executor and reports every error beside its
 * tolerance. Runs in Node and in the page's worker alike.
 */
import type { CaseReport } from "../../../contracts/conformance";
import { type GoldenEntry, type GoldenFiles, goldenEntries, readGoldenCase } from "./golden";
import { Ledger } from "./ledger";
import { caseKinds } from "./registry";
import type { GraphRunner } from "./runner";

export interface ConformanceOptions {
  /** Which cases run, by name. Default: all. */
  readonly wanted?: (name: string) => boolean;
  /** Milliseconds of a clock that does not go back. */
  readonly now: () => number;
}

/** The cases of the index that are wanted. @throws where the index is not one of golden data. */
export const wantedCases = (files: GoldenFiles, { wanted = () => true }: ConformanceOptions): readonly GoldenEntry[] =>
  goldenEntries(files.index).filter(({ name }) => wanted(name));

/** Runs the cases in the index's order; `onCase` hears of each as soon as it is done. Never rejects because of a case. */
export async function runConformance(
  files: GoldenFiles,
  runner: GraphRunner,
  options: ConformanceOptions,
  onCase: (report: CaseReport) => void = () => {},
): Promise<readonly CaseReport[]> {
  const reports: CaseReport[] = [];
  for (const entry of wantedCases(files, options)) {
    const report = await checkCase(files, entry, runner, options.now);
    reports.push(report);
    onCase(report);
  }
  return reports;
}

async function checkCase(
  files: GoldenFiles,
  entry: GoldenEntry,
  runner: GraphRunner,
  now: () => number,
): Promise<CaseReport> {
  const started = now();
  const ledger = new Ledger();
  try {
    const kind = caseKinds.find(({ prefix }) => entry.name.startsWith(`${prefix}_`));
    if (!kind) {
      const known = caseKinds.map(({ prefix }) => `${prefix}_*`).join(", ");
      throw new Error(`"${entry.name}" is a case of an unknown kind; known: ${known}.`);
    }
    await runner.releaseStates();
    await kind.check(await readGoldenCase(files, entry), runner, ledger);
    if (ledger.checked().length === 0) throw new Error(`Nothing of ${entry.name} could be compared.`);
  } catch (error) {
    ledger.problems.push((error as Error).message);
  }
  return {
    name: entry.name,
    quantities: ledger.checked(),
    problems: ledger.problems,
    notes: ledger.notes,
    passed: ledger.passed(),
    milliseconds: now() - started,
  };
}
