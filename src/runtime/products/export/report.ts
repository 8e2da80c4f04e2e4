/** A run as one HTML file that asks the network for nothing: settings, scores, charts, pictures and warps. */
import type { Picture } from "../../../contracts/picture";
import type { SamplePictures } from "../../../contracts/runEvent";
import { taskOf } from "../../../core/tasks/registry";
import { escaped } from "../../../figures/svg";
import { type MetricsFile, namesOf, pngOf, type RunFile } from "../../run/artefacts";
import { methodOf } from "../../run/prepare/modelSpec";
import { type Chart, runCharts, spectrumCharts } from "./charts";
import { type Exporter, textFile } from "./export";
import { scoresOf, showScore } from "./scores";

const STYLE = `:root{color-scheme:light dark;--line:#ccc}@media(prefers-color-scheme:dark){:root{--line:#444}}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}td,th{border-bottom:1px solid var(--line);padding:.25rem .75rem;text-align:left}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(20rem,1fr));gap:1rem}
.wide{overflow-x:auto}.pictures td,.pictures th{border:0;padding:.25rem;font-size:12px}img{width:8rem;image-rendering:pixelated;display:block}
pre{overflow:auto;border:1px solid var(--line);padding:1rem}svg{width:100%;height:auto}`;

/** Text, or what stands to the right as numbers do. */
type Cell = string | { readonly number: string };

const asNumber = (number: string): Cell => ({ number });

const table = (head: readonly Cell[], rows: readonly (readonly Cell[])[]): string => {
  const cell = (tag: string, value: Cell): string =>
    typeof value === "string"
      ? `<${tag}>${escaped(value)}</${tag}>`
      : `<${tag} class="number">${escaped(value.number)}</${tag}>`;
  const line = (tag: string, values: readonly Cell[]): string =>
    `<tr>${values.map((value) => cell(tag, value)).join("")}</tr>`;
  return `<table><thead>${line("th", head)}</thead><tbody>${rows.map((row) => line("td", row)).join("")}</tbody></table>`;
};

const section = (title: string, body: string): string =>
  body === "" ? "" : `<section><h2>${escaped(title)}</h2>${body}</section>`;

function scoreTable({ config }: RunFile, { evaluations, baseline, deltaM }: MetricsFile): string {
  const [first, last] = [evaluations[0], evaluations.at(-1)];
  if (!first || !last) return "";
  const rows = scoresOf(config).flatMap((score) => {
    const { task, key, taskLabel, measure } = score;
    const numbers = [baseline[task]?.[key], first.metrics[task]?.[key], last.metrics[task]?.[key]];
    if (numbers.at(-1) === undefined) return [];
    return [[taskLabel, measure, ...numbers.map((value) => ({ number: showScore(score, value) }))]];
  });
  const head = ["Task", "Metric", ...["Baseline", `Step ${first.step}`, `Step ${last.step}`].map(asNumber)];
  const delta = deltaM === undefined ? "" : `<p>Δm against the single-task runs: ${deltaM.toFixed(2)} %</p>`;
  return `${table(head, rows)}<p>${last.images} validation images.</p>${delta}`;
}

const MOST_BYTES = 0x8000;

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += MOST_BYTES) text += String.fromCharCode(...bytes.subarray(i, i + MOST_BYTES));
  return btoa(text);
}

/** A row a sample: the image, and each task's truth beside its prediction. */
function pictureTable({ config }: RunFile, samples: readonly SamplePictures[]): string {
  if (samples.length === 0) return "";
  const picture = (shown: Picture | null, about: string): string =>
    shown ? `<img alt="${escaped(about)}" src="data:image/png;base64,${base64(pngOf(shown))}">` : "";
  const rows = samples.map(({ id, image, tasks }) => {
    const cells = tasks.flatMap(({ task, truth, prediction }) => [
      picture(truth, `${task}, truth`),
      picture(prediction, `${task}, prediction`),
    ]);
    const all = [`${picture(image, id)}<div>${escaped(id)}</div>`, ...cells];
    return `<tr>${all.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  });
  const labels = samples[0]!.tasks.map(({ task }) => taskOf(task, config.customTasks).label);
  const head = `<tr><th rowspan="2">Image</th>${labels.map((label) => `<th colspan="2">${escaped(label)}</th>`).join("")}</tr>`;
  const sides = `<tr>${labels.map(() => "<th>truth</th><th>prediction</th>").join("")}</tr>`;
  return `<div class="wide"><table class="pictures"><thead>${head}${sides}</thead><tbody>${rows.join("")}</tbody></table></div>`;
}

const grid = (charts: readonly Chart[]): string =>
  charts.length > 0 ? `<div class="grid">${charts.map(({ svg }) => svg).join("")}</div>` : "";

function settingsTable(run: RunFile): string {
  const { config, inputs, device, steps, outcome } = run;
  const { data, backbone } = namesOf(run);
  return table(
    ["", ""],
    [
      ["Method", methodOf(config.method).label],
      ["Backbone", backbone],
      ...(inputs?.weights ? [["SHA-256 of the backbone's file", inputs.weights.identity]] : []),
      ["Decoder", config.decoder],
      ["Tasks", config.tasks.map((id) => taskOf(id, config.customTasks).label).join(", ")],
      ["Data", data],
      ...(inputs?.data ? [["Fingerprint of the data", inputs.data.identity]] : []),
      ["Device", device],
      ["Steps", `${steps} of ${config.training.steps}, ${outcome}`],
    ],
  );
}

export function reportHtml(
  run: RunFile,
  metrics: MetricsFile,
  samples: readonly SamplePictures[],
  spectra: readonly Chart[],
): string {
  const parameters = table(
    ["Parameters", asNumber("trained"), asNumber("total")],
    run.parameters.map(({ label, trained, total }) => [
      label,
      ...[trained, total].map((n) => asNumber(n.toLocaleString("en-US"))),
    ]),
  );
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>DiTASK Studio run</title>`,
    `<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>`,
    `<h1>${escaped(`${methodOf(run.config.method).label} on ${namesOf(run).backbone}`)}</h1>`,
    settingsTable(run),
    section("Scores", scoreTable(run, metrics)),
    section("Course", grid(runCharts(run, metrics))),
    section("Predictions", pictureTable(run, samples)),
    section("Singular values", grid(spectra)),
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
    const html = reportHtml(record.run(), record.metrics(), record.pictures(), spectrumCharts(run));
    return [textFile("report.html", "text/html", html)];
  },
};
