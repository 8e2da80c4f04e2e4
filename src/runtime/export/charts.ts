/** The course of a run as charts. */
import type { MetricsFile } from "../artefacts";
import { type ExportedFile, type Exporter, textFile } from "./export";
import { type Line, lineChart } from "./svg";

/** At most this many points a line: more cannot be told apart. */
const POINTS = 600;

const thinned = (line: Line): Line => {
  const every = Math.ceil(line.points.length / POINTS);
  return { ...line, points: line.points.filter((_, i) => i % every === 0 || i === line.points.length - 1) };
};

export interface Chart {
  /** Of its file. */
  readonly name: string;
  readonly svg: string;
}

/** The losses; the gradient's norm; every metric of every task by evaluation. */
export function runCharts({ steps, evaluations }: MetricsFile): readonly Chart[] {
  const tasks = [...new Set(steps.flatMap(({ losses }) => Object.keys(losses)))];
  const total: Line = { label: "total", points: steps.map(({ step, total }) => [step, total]) };
  const losses = tasks.map(
    (task): Line => ({ label: task, points: steps.map(({ step, losses }) => [step, losses[task] ?? Number.NaN]) }),
  );
  const norm: Line = { label: "norm", points: steps.map(({ step, gradientNorm }) => [step, gradientNorm]) };
  const measures = new Map<string, [number, number][]>();
  for (const { step, metrics } of evaluations)
    for (const [task, numbers] of Object.entries(metrics))
      for (const [name, value] of Object.entries(numbers ?? {})) {
        const key = `${task} ${name}`;
        measures.set(key, [...(measures.get(key) ?? []), [step, value]]);
      }
  const chart = (name: string, title: string, lines: readonly Line[]): Chart => ({
    name,
    svg: lineChart(title, lines.map(thinned)),
  });
  return [
    ...(steps.length > 0
      ? [
          chart("loss", "Loss, weighted sum", [total]),
          chart("losses", "Loss of each task", losses),
          chart("gradient", "Norm of the gradient", [norm]),
        ]
      : []),
    ...[...measures].map(([key, points]) =>
      chart(key.replaceAll(/[^A-Za-z0-9_-]+/g, "."), `Validation: ${key}`, [{ label: key, points }]),
    ),
  ];
}

export const charts: Exporter = {
  label: "Charts (SVG, PNG)",
  help: "Losses, the gradient's norm and every metric by step, as drawings and as pictures.",
  files: async ({ record, rasterise }) => {
    const files: ExportedFile[] = [];
    for (const { name, svg } of runCharts(record.metrics())) {
      files.push(textFile(`charts/${name}.svg`, "image/svg+xml", svg));
      if (rasterise) files.push({ path: `charts/${name}.png`, mime: "image/png", bytes: await rasterise(svg) });
    }
    return files;
  },
};
