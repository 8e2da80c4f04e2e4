/** The course of a run, and what it made of the singular values, as charts. */
import { taskOf } from "../../../core/tasks/registry";
import { chart } from "../../../figures/chart";
import type { Series } from "../../../figures/spec";
import type { MetricsFile, RunFile } from "../../run/artefacts";
import type { PreparedRun } from "../../run/prepare/preparedRun";
import { type ExportedFile, type Exporter, textFile } from "./export";
import { scoresOf } from "./scores";

/** At most this many points a line: more cannot be told apart. */
const POINTS = 600;

const thinned = (line: Series): Series => {
  const every = Math.ceil(line.points.length / POINTS);
  return { ...line, points: line.points.filter((_, i) => i % every === 0 || i === line.points.length - 1) };
};

const lineChart = (name: string, title: string, lines: readonly Series[], x = "step"): Chart => ({
  name,
  svg: chart({ title, x: { label: x }, series: lines.map(thinned) }),
});

export interface Chart {
  /** Of its file. */
  readonly name: string;
  readonly svg: string;
}

/** The losses; the gradient's norm; every metric of every task by evaluation. */
export function runCharts({ config }: Pick<RunFile, "config">, metrics: MetricsFile): readonly Chart[] {
  const { steps, evaluations } = metrics;
  const losses = config.tasks.map(
    (task): Series => ({
      label: taskOf(task, config.customTasks).label,
      points: steps.map(({ step, losses }) => [step, losses[task] ?? null]),
    }),
  );
  const course = [
    lineChart("loss", "Loss, weighted sum", [
      { label: "total", points: steps.map(({ step, total }) => [step, total]) },
    ]),
    lineChart("losses", "Loss of each task", losses),
    lineChart("gradient", "Norm of the gradient", [
      { label: "norm", points: steps.map(({ step, gradientNorm }) => [step, gradientNorm]) },
    ]),
  ];
  const measured = scoresOf(config).flatMap(({ task, key, taskLabel, measure, unit, scaled }) => {
    const points = evaluations.flatMap(({ step, metrics }): Series["points"] => {
      const value = metrics[task]?.[key];
      return value === undefined ? [] : [[step, scaled(value)]];
    });
    const title = `${taskLabel}: ${measure}${unit && `, ${unit}`}`;
    return points.length > 0 ? [lineChart(`${task}.${key}`, title, [{ label: measure, points }])] : [];
  });
  return [...(steps.length > 0 ? course : []), ...measured];
}

const PARTS = ["q", "k", "v"] as const;

/** Singular values of each adapted site, each of q, k and v alone, as pretrained and as each stream has them. */
export function spectrumCharts({ parts: { config, model, weights } }: PreparedRun): readonly Chart[] {
  const { method, backbone, tasks } = model;
  const labelOf = (stream: string): string =>
    stream === "shared" ? "shared" : taskOf(stream, config.customTasks).label;
  return backbone.sites.flatMap((site) => {
    const pretrained = weights.spectra.get(site.name)?.s;
    const streams = [...(site.output.shared ? ["shared"] : []), ...site.output.tasks].filter(
      (stream) => stream === "shared" || tasks.some(({ id }) => id === stream),
    );
    const spectra = streams.flatMap((stream) => {
      const values = method.spectrum?.(weights, site, stream);
      return values ? [{ label: labelOf(stream), values }] : [];
    });
    if (!pretrained || spectra.length === 0) return [];
    const length = pretrained.length / site.parts;
    return Array.from({ length: site.parts }, (_, part): Chart => {
      const lines = [{ label: "pretrained", values: pretrained }, ...spectra].map(({ label, values }): Series => {
        const own = Array.from({ length }, (_, i) => [i + 1, values[part * length + i]!] as const);
        return { label, points: own };
      });
      const name = `spectra/${site.name.replace(/^backbone\./, "")}`;
      if (site.parts === 1) return lineChart(name, site.label, lines, "index");
      return lineChart(`${name}.${PARTS[part]}`, `${site.label}: ${PARTS[part]}`, lines, "index");
    });
  });
}

export const charts: Exporter = {
  label: "Charts (SVG, PNG)",
  help: "Losses, the gradient's norm, every metric by step, and the singular values of each adapted layer; as drawings and as pictures.",
  files: async ({ run, record, rasterise }) => {
    await run.readBack();
    const files: ExportedFile[] = [];
    for (const { name, svg } of [...runCharts(record.run(), record.metrics()), ...spectrumCharts(run)]) {
      files.push(textFile(`charts/${name}.svg`, "image/svg+xml", svg));
      if (rasterise) files.push({ path: `charts/${name}.png`, mime: "image/png", bytes: await rasterise(svg) });
    }
    return files;
  },
};
