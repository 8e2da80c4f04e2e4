/** The rows of a comparison as markdown, CSV and JSON. */
import { csvLine } from "../../../figures/format";
import type { Comparison } from "./plan";
import type { MeasuredTask } from "./result";
import type { Spread } from "./stats";
import type { Row, Summary } from "./summary";

const isShare = ({ measure }: MeasuredTask): boolean => measure.unit === "";
const units = { "": "%", degrees: "°", metres: "m" } as const;
const unitOf = ({ measure }: MeasuredTask): string => units[measure.unit as keyof typeof units] ?? measure.unit;
const digitsOf = ({ measure }: MeasuredTask): number => (measure.unit === "" ? 2 : measure.unit === "degrees" ? 2 : 4);
const scaleOf = (task: MeasuredTask): number => (isShare(task) ? 100 : 1);

const signed = (value: number, digits: number): string => {
  const size = Math.abs(value).toFixed(digits);
  if (Number(size) === 0) return size;
  return `${value < 0 ? "−" : "+"}${size}`;
};

function showSpread({ mean, deviation }: Spread, digits: number, scale = 1, sign = false): string {
  const value = sign ? signed(scale * mean, digits) : (scale * mean).toFixed(digits);
  return deviation === null ? value : `${value} ± ${(scale * deviation).toFixed(digits)}`;
}

const grouped = (n: number): string => n.toLocaleString("en");
const rate = (value: number): string => String(Number(value.toPrecision(2)));

type Cell = string;
const table = (
  titles: readonly Cell[],
  rows: readonly (readonly Cell[])[],
  right: (column: number) => boolean,
): string =>
  [
    `| ${titles.join(" | ")} |`,
    `| ${titles.map((_, i) => (right(i) ? "---:" : "---")).join(" | ")} |`,
    ...rows.map((cells) => `| ${cells.join(" | ")} |`),
  ].join("\n");

const taskTitle = (task: MeasuredTask): string =>
  `${task.label}, ${task.measure.label} ${task.measure.largerIsBetter ? "↑" : "↓"} ${unitOf(task)}`;

/** The factor of each model, with a mark where it lies at an end of the sweep. */
const factors = ({ models }: Row): string =>
  models.map(({ factor, atEdge }) => `${rate(factor)}${atEdge ? "*" : ""}`).join(", ");

export function mainTable({ tasks, rows, constant }: Summary): string {
  const titles = ["Method", ...tasks.map(taskTitle), "Δm %", "trained in the backbone", "in the decoders", "rate ×"];
  const none = tasks.map((task) => {
    const value = constant[task.id];
    return value === undefined ? "–" : (scaleOf(task) * value).toFixed(digitsOf(task));
  });
  return table(
    titles,
    [
      ...rows.map((row) => [
        row.label,
        ...row.tasks.map(({ score }, i) => showSpread(score, digitsOf(tasks[i]!), scaleOf(tasks[i]!))),
        row.deltaM ? showSpread(row.deltaM, 2, 1, true) : "–",
        grouped(row.trainedBackbone),
        grouped(row.trainedDecoders),
        factors(row),
      ]),
      ["baseline (constant prediction)", ...none, "–", "–", "–", "–"],
    ],
    (column) => column > 0,
  );
}

export function costTable({ rows }: Summary): string {
  return table(
    ["Method", "step, median ms", "planned memory of a step, MiB", "rate, method", "rate, backbone", "steps"],
    rows.map((row) => {
      const each = (pick: (model: Row["models"][number]) => string): string =>
        [...new Set(row.models.map(pick))].join(", ");
      return [
        row.label,
        `${row.stepMs.toFixed(0)}${row.timed ? "" : "†"}`,
        (row.stepBytes / 2 ** 20).toFixed(0),
        each(({ adapterRate }) => rate(adapterRate)),
        each(({ backboneRate }) => rate(backboneRate)),
        each(({ steps }) => String(steps)),
      ];
    }),
    (column) => column > 0,
  );
}

export function pairTable({ pairs, rows }: Summary): string {
  const label = (id: string): string => rows.find((row) => row.id === id)!.label;
  return table(
    ["Question", "Rows", "Δm of the first − Δm of the second"],
    pairs.map(({ question, first, second, difference }) => [
      question,
      `${label(first)} − ${label(second)}`,
      showSpread(difference, 2, 1, true),
    ]),
    (column) => column > 1,
  );
}

/** One line a row; scores as measured (shares from 0 to 1), deviations empty for one seed. */
export function csv({ tasks, rows }: Summary): string {
  const titles = [
    "id",
    "label",
    ...tasks.flatMap(({ id, measure }) => [`${id} ${measure.key} mean`, `${id} ${measure.key} deviation`]),
    "deltaM mean",
    "deltaM deviation",
    "trained backbone",
    "trained decoders",
    "step ms",
    "step bytes",
    "factors",
  ];
  const pair = (s: Spread | null): string[] =>
    s ? [String(s.mean), s.deviation === null ? "" : String(s.deviation)] : ["", ""];
  const lines = rows.map((row) => [
    row.id,
    row.label,
    ...row.tasks.flatMap(({ score }) => pair(score)),
    ...pair(row.deltaM),
    String(row.trainedBackbone),
    String(row.trainedDecoders),
    String(row.stepMs),
    String(row.stepBytes),
    row.models.map(({ factor }) => factor).join(" "),
  ]);
  return `${[titles, ...lines].map(csvLine).join("\n")}\n`;
}

/** Everything, with what was equal for all. */
export function json(summary: Summary, { base, seeds, factors, budget, choosing, backboneHash }: Comparison): string {
  const equal = { base, seeds, factors, budget, choosing, backboneHash };
  return `${JSON.stringify({ format: 1, equal, ...summary }, null, 2)}\n`;
}
