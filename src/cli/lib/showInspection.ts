/** What was found at a path as text for terminals and reports. */
import type { AdapterReport } from "../../contracts/adapterReport";
import type { ImportReport, NamedGroup, RecognisedWeights } from "../../contracts/importReport";
import { surveyText } from "../../contracts/surveyText";
import type { CheckpointFile, Inspection } from "../../runtime/session/node/inspect";
import { showBytes } from "./table";

/** `most`: names and problems that are listed one by one. */
export function showInspection(inspection: Inspection, most = Number.POSITIVE_INFINITY): string {
  if (inspection.kind === "data") return surveyText(inspection.survey, { mostProblems: most });
  if (inspection.kind === "run") return `${inspection.checkpoints.map(showCheckpoint).join("\n")}\n`;
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
    `${ref.name}: an adapter of ${method.id} for ${tasks.join(", ")}, decoder ${decoder}, ${numbers} trained numbers, SHA-256 ${ref.sha256}`,
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

function showCheckpoint({ name, bytes, run, problem }: CheckpointFile): string {
  const { backbone, method, tasks, step, steps } = run;
  const what = `${name}: a checkpoint of ${method} on ${backbone} for ${tasks.join(", ")}, ${step} of ${steps} steps, ${showBytes(bytes)}`;
  return `${what}\n  ${problem === "" ? "whole: a run can go on from it" : `cannot be used: ${problem}`}`;
}
