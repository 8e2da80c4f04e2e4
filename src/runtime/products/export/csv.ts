/** The metrics as one table in long form, RFC 4180: a row a number, so that any spreadsheet or data frame can pivot it. */
import { csvLine } from "../../../figures/format";
import type { MetricsFile } from "../../run/artefacts";
import { type Exporter, textFile } from "./export";

type Row = readonly [step: number, kind: string, task: string, name: string, value: number];

const HEADER = "step,kind,task,name,value";

const entries = <T>(record: Readonly<Partial<Record<string, T>>>): readonly (readonly [string, T])[] =>
  Object.entries(record).filter((entry): entry is [string, T] => entry[1] !== undefined);

/** Losses and gradient norm of every step; every number of every evaluation; the baselines as step 0. */
export function metricsRows({ steps, evaluations, baseline }: MetricsFile): readonly Row[] {
  const measured = (step: number, kind: string, metrics: MetricsFile["baseline"]): readonly Row[] =>
    entries(metrics).flatMap(([task, numbers]) =>
      Object.entries(numbers).map(([name, value]): Row => [step, kind, task, name, value]),
    );
  return [
    ...measured(0, "baseline", baseline),
    ...steps.flatMap(({ step, total, losses, gradientNorm }): readonly Row[] => [
      [step, "train", "", "loss", total],
      [step, "train", "", "gradient norm", gradientNorm],
      ...entries(losses).map(([task, value]): Row => [step, "train", task, "loss", value]),
    ]),
    ...evaluations.flatMap(({ step, metrics }) => measured(step, "validation", metrics)),
  ];
}

export const metricsCsv = (metrics: MetricsFile): string =>
  [HEADER, ...metricsRows(metrics).map(csvLine)].join("\r\n").concat("\r\n");

export const csv: Exporter = {
  label: "Metrics (CSV)",
  help: "Every loss and every metric as one table, a number a row.",
  files: async ({ record }) => [textFile("metrics.csv", "text/csv", metricsCsv(record.metrics()))],
};
