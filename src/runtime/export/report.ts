/** A run as one HTML file that asks the network for nothing: settings, scores, charts, pictures and warps. */
import { type MetricsFile, namesOf, pictureFiles, type RunFile } from "../artefacts";
import type { PreparedRun } from "../prepare/preparedRun";
import { runCharts } from "./charts";
import { type Exporter, textFile } from "./export";
import { escaped, type Line, lineChart, shortNumber } from "./svg";

const STYLE = `:root{color-scheme:light dark;--line:#ccc}@media(prefers-color-scheme:dark){:root{--line:#444}}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}td,th{border-bottom:1px solid var(--line);padding:.25rem .75rem;text-align:left}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(20rem,1fr));gap:1rem}
.pictures{display:flex;flex-wrap:wrap;gap:.5rem}figure{margin:0}figcaption{font-size:12px}img{width:9rem;image-rendering:pixelated}
pre{overflow:auto;border:1px solid var(--line);padding:1rem}svg{width:100%}`;

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string => {
  const cell = (tag: string, value: string | number): string =>
    typeof value === "number"
      ? `<${tag} class="number">${shortNumber(value)}</${tag}>`
      : `<${tag}>${escaped(value)}</${tag}>`;
  const line = (tag: string, values: readonly (string | number)[]): string =>
    `<tr>${values.map((value) => cell(tag, value)).join("")}</tr>`;
  return `<table><thead>${line("th", head)}</thead><tbody>${rows.map((row) => line("td", row)).join("")}</tbody></table>`;
};

const section = (title: string, body: string): string =>
  body === "" ? "" : `<section><h2>${escaped(title)}</h2>${body}</section>`;

function scoreTable({ evaluations, baseline, deltaM }: MetricsFile): string {
  const [first, last] = [evaluations[0], evaluations.at(-1)];
  if (!first || !last) return "";
  const rows = Object.entries(last.metrics).flatMap(([task, numbers]) =>
    Object.entries(numbers ?? {}).map(([name, value]) => [
      task,
      name,
      baseline[task]?.[name] ?? "",
      first.metrics[task]?.[name] ?? "",
      value,
    ]),
  );
  const head = ["Task", "Metric", "Constant answer", `Step ${first.step}`, `Step ${last.step}`];
  const delta = deltaM === undefined ? "" : `<p>Δm against the single-task runs: ${shortNumber(deltaM)} %</p>`;
  return `${table(head, rows)}<p>${last.images} validation images.</p>${delta}`;
}

const MOST_BYTES = 0x8000;

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += MOST_BYTES) text += String.fromCharCode(...bytes.subarray(i, i + MOST_BYTES));
  return btoa(text);
}

const pictures = (files: ReturnType<typeof pictureFiles>): string => {
  const shown = files.map(
    ({ name, bytes }) =>
      `<figure><img alt="${escaped(name)}" src="data:image/png;base64,${base64(bytes)}"><figcaption>${escaped(name.replace(/\.png$/, ""))}</figcaption></figure>`,
  );
  return shown.length > 0 ? `<div class="pictures">${shown.join("")}</div>` : "";
};

/** Singular values of each adapted site, as pretrained and as each stream has them; parts of a site one after another. */
function warpCharts({ parts: { model, weights } }: PreparedRun): string {
  const { adapter, backbone, tasks } = model;
  const points = (values: ArrayLike<number>): Line["points"] => Array.from(values, (value, i) => [i, value]);
  const charts = backbone.sites.flatMap((site) => {
    const pretrained = weights.spectra.get(site.name);
    const streams = [...(site.output.shared ? ["shared"] : []), ...site.output.tasks].filter(
      (stream) => stream === "shared" || tasks.some(({ id }) => id === stream),
    );
    const lines = streams.flatMap((stream): Line[] => {
      const values = adapter.spectrum?.(weights, site, stream);
      return values ? [{ label: stream, points: points(values) }] : [];
    });
    if (!pretrained || lines.length === 0) return [];
    return [lineChart(site.label, [{ label: "pretrained", points: points(pretrained.s) }, ...lines], "index")];
  });
  return charts.length > 0 ? `<div class="grid">${charts.join("")}</div>` : "";
}

function settingsTable(run: RunFile): string {
  const { config, inputs, device, steps, outcome } = run;
  const { data, backbone } = namesOf(run);
  return table(
    ["", ""],
    [
      ["Method", config.method.id],
      ["Backbone", backbone],
      ...(inputs?.weights ? [["SHA-256 of the backbone's file", inputs.weights.identity]] : []),
      ["Decoder", config.head],
      ["Tasks", config.tasks.join(", ")],
      ["Data", data],
      ...(inputs?.data ? [["Fingerprint of the data", inputs.data.identity]] : []),
      ["Device", device],
      ["Steps", `${steps} of ${config.training.steps}, ${outcome}`],
    ],
  );
}

export function reportHtml(run: RunFile, metrics: MetricsFile, images: string, warps: string): string {
  const parameters = table(
    ["Parameters", "trained", "total"],
    run.parameters.map(({ label, trained, total }) => [label, trained, total]),
  );
  const charts = runCharts(metrics).map(({ svg }) => svg);
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>DiTASK Studio run</title>`,
    `<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>`,
    `<h1>${escaped(`${run.config.method.id} on ${namesOf(run).backbone}`)}</h1>`,
    settingsTable(run),
    section("Scores", scoreTable(metrics)),
    section("Course", charts.length > 0 ? `<div class="grid">${charts.join("")}</div>` : ""),
    section("Predictions", images),
    section("Singular values", warps),
    section("Parameters", parameters),
    section("Run file", `<pre>${escaped(JSON.stringify(run.config, null, 2))}</pre>`),
    "</body></html>\n",
  ].join("\n");
}

export const report: Exporter = {
  label: "Report (HTML)",
  help: "One file with settings, scores, charts, pictures and warps; it needs no network.",
  files: async ({ run, record }) => {
    await run.readBack();
    const images = pictures(pictureFiles(record.pictures()));
    return [textFile("report.html", "text/html", reportHtml(record.run(), record.metrics(), images, warpCharts(run)))];
  },
};
