/** The import doctor's report as plain text, for terminals and to be saved. */
import type { Guess, Histogram, Survey, TaskSurvey } from "./survey";

export interface SurveyTextOptions {
  /** More problems than this are told by their reasons, at most so many of them; absent: every one is listed. */
  readonly mostProblems?: number;
}

/** Lines without colours, at most about 120 characters where the texts of guesses and problems allow it. */
export function surveyText(
  survey: Survey,
  { mostProblems = Number.POSITIVE_INFINITY }: SurveyTextOptions = {},
): string {
  const { name, layout, seen, fingerprint, samples, read, tasks } = survey;
  const count = (split: string): number => samples.filter((sample) => sample.split === split).length;
  const known = read < samples.length ? `; the files of ${read} were read, spread over all` : "";
  return [
    `${name}: layout ${layout}, as ${seen}.`,
    `${count("train")} training and ${count("val")} validation images${known}. ${sizesOf(survey)}`,
    `Fingerprint ${fingerprint}`,
    "",
    ...coverage(survey),
    ...tasks.flatMap((task) => ["", ...taskLines(task)]),
    "",
    ...problemLines(survey, mostProblems),
    "",
  ].join("\n");
}

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

/** The most frequent sizes. */
function sizesOf({ samples }: Survey): string {
  const counts = countBy(samples.flatMap(({ size }) => (size ? [size.join("×")] : [])));
  const sizes = [...counts].sort(([, a], [, b]) => b - a);
  if (sizes.length === 0) return "No image could be read.";
  const told = sizes.slice(0, 3).map(([size, count]) => (sizes.length === 1 ? size : `${size} (${count})`));
  return `Size: ${told.join(", ")}${sizes.length > 3 ? ` and ${sizes.length - 3} others` : ""}.`;
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** Images by which labels they have: one line for each combination. */
function coverage({ samples, tasks }: Survey): readonly string[] {
  const names = tasks.map(({ task }) => task);
  const groups = new Map<string, { train: number; val: number; example: string }>();
  for (const { id, split, labels } of samples) {
    const key = names.map((task) => (labels.includes(task) ? "x" : ".").padEnd(task.length)).join("  ");
    const group = groups.get(key) ?? { train: 0, val: 0, example: id };
    group[split]++;
    groups.set(key, group);
  }
  const rows = [...groups].sort(([, a], [, b]) => b.train + b.val - a.train - a.val);
  return [
    `${"train".padStart(7)} ${"val".padStart(6)}  ${names.join("  ")}  for example`,
    ...rows.map(
      ([key, { train, val, example }]) => `${String(train).padStart(7)} ${String(val).padStart(6)}  ${key}  ${example}`,
    ),
  ];
}

function taskLines({ task, files, content, histogram, unlabelled, guesses, classes }: TaskSurvey): readonly string[] {
  const kinds = content.map(({ what, files: count }) => (content.length === 1 ? what : `${what} (${count})`));
  return [
    `${task}: ${plural(files.train, "training label")}, ${plural(files.val, "validation label")}; ${kinds.join(", ") || "none read"}; ` +
      `${percent(unlabelled)} of the pixels unlabelled`,
    ...(classes ? [`  classes 0 to ${classes.length - 1}: ${classes.join(", ")}`] : []),
    ...histogramLines(histogram),
    ...guesses.map(guessLine),
  ];
}

const BAR_WIDTH = 40;
/** Bins of the report: those of the survey are too fine for lines of text. */
const TEXT_BINS = 16;

function histogramLines(histogram: Histogram): readonly string[] {
  if (histogram.kind === "values") {
    const total = histogram.values.reduce((sum, { pixels }) => sum + pixels, 0);
    const width = Math.max(0, ...histogram.values.map(({ value }) => String(value).length));
    return histogram.values.map(
      ({ value, pixels, files }) =>
        `  ${String(value).padStart(width)} ${bar(pixels / total)} ${percent(pixels / total)}, ${plural(files, "file")}`,
    );
  }
  const { min, max, bins, notNumbers } = histogram;
  const total = bins.reduce((sum, count) => sum + count, 0);
  if (total === 0) return ["  no numbers"];
  const joined = join(bins);
  const step = (max - min) / joined.length;
  const edges = joined.map((_, i) => short(min + i * step));
  const width = Math.max(...edges.map((edge) => edge.length));
  return [
    ...joined.map((count, i) => `  ${edges[i]!.padStart(width)} ${bar(count / total)} ${percent(count / total)}`),
    `  up to ${short(max)}${notNumbers > 0 ? `; ${notNumbers} NaN or infinite` : ""}`,
  ];
}

/** Neighbouring bins together. */
function join(bins: readonly number[]): readonly number[] {
  const each = Math.ceil(bins.length / TEXT_BINS);
  return Array.from({ length: Math.ceil(bins.length / each) }, (_, i) =>
    bins.slice(i * each, (i + 1) * each).reduce((sum, count) => sum + count, 0),
  );
}

const bar = (share: number): string => "█".repeat(Math.round(BAR_WIDTH * share)).padEnd(BAR_WIDTH, "·");
const short = (value: number): string => String(Number(value.toPrecision(4)));
const percent = (share: number): string =>
  share > 0 && share < 0.001 ? "under 0.1 %" : `${(100 * share).toFixed(1)} %`;

function guessLine({ text, reading, inForce, doubtful }: Guess): string {
  const changes = Object.keys(reading).length > 0;
  const mark = doubtful ? "  ! " : inForce ? "  = " : "  ? ";
  return `${mark}${text}${changes && !inForce ? ` Set: ${readingText(reading)}` : ""}`;
}

const MOST_LISTED = 24;

/** As in a run file; long lists are cut. */
function readingText(reading: Guess["reading"]): string {
  return Object.entries(reading)
    .map(([key, value]) => {
      const isLong = Array.isArray(value) && value.length > MOST_LISTED;
      return `${key} = ${isLong ? `a list of ${(value as readonly unknown[]).length}` : JSON.stringify(value)}`;
    })
    .join(", ");
}

function problemLines({ problems, samples }: Survey, most: number): readonly string[] {
  const unusable = samples.filter(({ problem }) => problem !== undefined).length;
  if (problems.length === 0) return ["Nothing is wrong with any file that was read."];
  const all = problems.map(({ path, reason }) => `  ${path}: ${reason}`);
  const lines = all.length > most ? byReason(problems, most) : all;
  const usable = unusable > 0 ? `${plural(unusable, "image")} cannot be used` : "Every image that was read can be used";
  return [`${usable}; ${plural(problems.length, "note")} about files:`, ...lines];
}

/** One line for all files of a reason, the most frequent first. */
function byReason(problems: Survey["problems"], most: number): readonly string[] {
  const groups = [...countBy(problems.map(({ reason }) => reason))].sort(([, a], [, b]) => b - a);
  const shown = groups.slice(0, most).map(([reason, count]) => {
    const first = problems.find((note) => note.reason === reason)!.path;
    return `  ${first}${count > 1 ? ` and ${count - 1} more` : ""}: ${reason}`;
  });
  const left = groups.slice(most).reduce((sum, [, count]) => sum + count, 0);
  return left > 0 ? [...shown, `  and ${left} more`] : shown;
}
