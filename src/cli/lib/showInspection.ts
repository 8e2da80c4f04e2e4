/** What was found at a path as text for terminals and reports. */
import type { AdapterReport } from "../../contracts/adapterReport";
import type { ImportReport, NamedGroup, RecognisedWeights } from "../../contracts/importReport";
import type { RunConfig } from "../../contracts/runConfig";
import { surveyText } from "../../contracts/surveyText";
import { scoresOf, showScore } from "../../runtime/products/export/scores";
import type { CheckpointFile, Inspection, RecordFile } from "../../runtime/session/node/inspect";
import type { StoredRun } from "../../runtime/session/node/storedRuns";
import { showBytes } from "./table";

/** `most`: names and problems that are listed one by one. */
export function showInspection(inspection: Inspection, most = Number.POSITIVE_INFINITY): string {
  if (inspection.kind === "data") return surveyText(inspection.survey, { mostProblems: most });
  if (inspection.kind === "run") {
    const { record, checkpoints } = inspection;
    return `${[...(record ? [showRecord(record)] : []), ...checkpoints.map(showCheckpoint)].join("\n")}\n`;
  }
  if (inspection.kind === "adapter") return showAdapter(inspection.report);
  const { name, recognised, report, problem } = inspection;
  return `${[
    `${name}: ${recognised.label} (${recognised.family}), named as ${recognised.naming}${recognised.prefix ? ` under "${recognised.prefix}"` : ""}, made for ${recognised.imageSize} px`,
    ...recognisedLines(recognised),
    ...reportLines(report, most),
    problem === "" ? "A run can start from these weights." : `No run can start from these weights. ${problem}`,
  ].join("\n")}\n`;
}

function showAdapter({ ref, config, numbers, base, found, problem }: AdapterReport): string {
  const { method, decoder, tasks, adapter } = config;
  const unfrozen = Object.entries(method.unfreeze).flatMap(([group, free]) => (free ? [group] : []));
  return `${[
    `${ref.name}: an adapter of ${method.id} for ${tasks.join(", ")}, decoder ${decoder}, ${numbers} trained parameters, SHA-256 ${ref.sha256}`,
    `  settings ${JSON.stringify(method.settings)}; trained beside it: ${unfrozen.join(", ") || "nothing"}`,
    `  belongs to the backbone ${base.label}, SHA-256 ${base.sha256}`,
    ...(adapter ? [`  began from the adapter ${adapter.name}, SHA-256 ${adapter.sha256}`] : []),
    problem === "" ? `The backbone ${found!.label} is the one that it belongs to: a run can start from it.` : problem,
  ].join("\n")}\n`;
}

function recognisedLines({ settings, assumed, notes }: RecognisedWeights): readonly string[] {
  const told = Object.entries(settings).map(([key, value]) => `${key} ${value}`);
  return [
    `  ${told.join("; ")}`,
    ...assumed.map((text) => `  assumed: ${text}`),
    ...notes.map((text) => `  note: ${text}`),
  ];
}

function reportLines(report: ImportReport, most: number): readonly string[] {
  const { matched, missing, unexpected, setAside, buffers, converted, mismatched } = report;
  const group = ({ what, names }: NamedGroup): NamedGroup => ({ what: what.toLowerCase(), names });
  const shapes = mismatched.map(({ name, found, wanted }) => `${name} is ${found}; needed: ${wanted}`);
  return [
    `${matched} matched, ${missing.length} missing, ${mismatched.length} of another shape, ${unexpected.length} unexpected, ${buffers} made anew and never loaded`,
    ...[
      { what: "missing", names: missing },
      { what: "of another shape", names: shapes },
      { what: "unexpected", names: unexpected },
      ...setAside.map(group),
      ...converted.map(group),
    ].flatMap(({ what, names }) => (names.length > 0 ? [`  ${what} (${names.length}): ${listed(names, most)}`] : [])),
  ];
}

const listed = (names: readonly string[], most: number): string =>
  `${names.slice(0, most).join(", ")}${names.length > most ? ` and ${names.length - most} more` : ""}`;

const subjectOf = ({ method, backbone, tasks }: RunConfig): string =>
  `${method.id} on ${backbone} for ${tasks.join(", ")}`;

const progressOf = ({ config, step }: Pick<StoredRun, "config" | "step">): string =>
  `${step} of ${config.training.steps} steps`;

function showRecord({ name, bytes, cutBytes, run, problem }: RecordFile): string {
  if (!run) return `${name}: a record that cannot be read: ${problem}`;
  const { config, parent, evaluations, created } = run;
  const measured = evaluations.at(-1);
  const scores = scoresOf(config).map((score) => {
    const value = showScore(score, measured?.metrics[score.task]?.[score.key]);
    return `${score.taskLabel} ${score.measure} ${value}`;
  });
  return [
    `${name}: the record of ${subjectOf(config)}, ${progressOf(run)}, ${run.state}, ${showBytes(bytes)}`,
    `  run ${run.run}${run.name && `, "${run.name}"`}, seed ${config.training.seed}, begun ${new Date(created).toISOString()}`,
    ...(parent ? [`  branched from the run ${parent.run} after step ${parent.step}`] : []),
    ...config.changes.map(({ step, field, value }) => `  ${field} is ${JSON.stringify(value)} from step ${step} on`),
    ...(measured ? [`  measured ${evaluations.length} times, last after step ${measured.step}:`] : []),
    ...(measured ? scores.map((line) => `    ${line}`) : []),
    ...(cutBytes > 0 ? [`  its last ${cutBytes} bytes were cut off while they were written; all before is whole`] : []),
  ].join("\n");
}

function showCheckpoint({ name, bytes, run, problem }: CheckpointFile): string {
  const what = `${name}: a checkpoint of ${subjectOf(run.config)}, ${progressOf(run)}, ${showBytes(bytes)}`;
  return `${what}\n  ${problem === "" ? "whole: a run can go on from it" : `cannot be used: ${problem}`}`;
}
