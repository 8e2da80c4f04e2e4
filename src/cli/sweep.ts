/**
 * npm run sweep -- --grid PATH=A,B,... [--grid ...] [--seeds K] [options]: runs the default configuration at every point of a grid, K seeds each,
 * on equal data and steps, and prints one markdown table of the final validation metrics, mean ± standard deviation over the seeds.
 */
import { newRunId, type RunRequest } from "../contracts/run";
import { parseRunConfig } from "../contracts/runConfig";
import type { RunEvent } from "../contracts/runEvent";
import { presets } from "../runtime/products/catalogue/presets";
import { type Score, sharedScores } from "../runtime/products/export/scores";
import { openNodeSession } from "../runtime/session/node/nodeSession";
import { readRuns, type StoredRun } from "../runtime/session/node/storedRuns";
import { spread } from "../runtime/studies/compare/stats";
import { itemsOf, OptionError } from "./lib/commandLine";
import { configured, type Flags, runDeclared } from "./lib/commands";
import { cutSetting } from "./lib/setPath";
import { markdownTable } from "./lib/table";

type Axis = readonly [path: string, values: readonly string[]];
type Settings = readonly (readonly [path: string, value: string])[];

/** All combinations of the axes, or with `paired` the k-th values of all axes together. */
const gridPoints = (axes: readonly Axis[], paired: boolean): readonly Settings[] =>
  paired
    ? axes[0]![1].map((_, k) => axes.map(([path, values]) => [path, values[k]!]))
    : axes.reduce<readonly Settings[]>(
        (points, [path, values]) =>
          points.flatMap((point) => values.map((value) => [...point, [path, value] as const])),
        [[]],
      );

interface Point {
  readonly label: string;
  /** One a seed. */
  readonly runs: readonly RunRequest[];
}

function pointsOf(flags: Flags<"sweep">): readonly Point[] {
  if (!flags.grid) throw new OptionError("--grid PATH=A,B is needed: a field and the values that it takes.");
  const axes = flags.grid.map((item): Axis => {
    const [path, values] = cutSetting("--grid", item);
    return [path, itemsOf(values)];
  });
  const base = configured(parseRunConfig(presets.find(({ id }) => id === flags.preset)!.config), flags);
  return gridPoints(axes, flags.paired ?? false).map((point) => ({
    label: point.map(([path, value]) => `${path.split(".").at(-1)} ${value}`).join(", "),
    runs: Array.from({ length: Number(flags.seeds) }, (_, seed) => {
      const set = [...point, ["training.seed", seed]].map((pair) => pair.join("="));
      return { run: newRunId(), config: configured(base, { set }) };
    }),
  }));
}

const show = ({ task, key, unit, scaled }: Score, runs: readonly StoredRun[]): string => {
  const { mean, deviation } = spread(runs.map(({ metrics }) => scaled(metrics[task]?.[key] ?? Number.NaN)));
  return [mean, ...(deviation === null ? [] : [deviation])].map((n) => n.toFixed(unit === "%" ? 1 : 2)).join(" ± ");
};

function table(points: readonly Point[], stored: readonly StoredRun[]): string {
  const scores = sharedScores(points.flatMap(({ runs }) => runs.map(({ config }) => config)));
  const titles = scores.map(({ taskLabel, measure, unit }) => `${taskLabel}, ${measure} ${unit}`.trim());
  const rows = points.map(({ label, runs }) => {
    const found = stored.filter(({ run }) => runs.some((request) => request.run === run));
    return [label, ...scores.map((score) => show(score, found))];
  });
  return markdownTable(
    ["Setting", ...titles].map((title) => ({ title })),
    rows,
  );
}

async function sweep(flags: Flags<"sweep">): Promise<number> {
  const points = pointsOf(flags);
  const groups = points.flatMap(({ runs }) => runs.map((request) => [request]));
  const failures: string[] = [];
  const listen = (event: RunEvent): void => {
    if (event.type === "failed") failures.push(event.message);
    if (event.type !== "evaluation" || event.step === 0) return;
    const { label } = points.find(({ runs }) => runs.some(({ run }) => run === event.run))!;
    console.error(label, `step ${event.step}`, JSON.stringify(event.metrics));
  };
  const session = await openNodeSession(listen, { runs: flags.out });
  await session.send({ type: "study", study: newRunId(), kind: "sweep", groups });
  if (failures.length === 0) await session.send({ type: "start", run: groups[0]![0]!.run });
  await session.dispose();
  if (failures.length > 0) throw new Error(failures.join("\n"));
  console.log(table(points, await readRuns([flags.out], (message) => console.error(message))));
  return 0;
}

await runDeclared("sweep", sweep, () => 1);
