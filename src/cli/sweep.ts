/**
 * npm run sweep -- --grid PATH=A,B,... [--grid ...] [--seeds K] [options]: runs the default configuration at every point of a grid, K seeds each,
 * on equal data and steps, and prints one markdown table of the final validation metrics, mean ± standard deviation over the seeds.
 */
import { parseArgs } from "node:util";
import type { TaskEntry } from "../contracts/catalogue";
import { parseRunConfig, type RunConfig } from "../contracts/runConfig";
import type { RunEvent } from "../contracts/runEvent";
import { presets } from "../runtime/products/catalogue/presets";
import { openNodeSession } from "../runtime/session/node/nodeSession";
import { setPath } from "./lib/setPath";
import { markdownTable } from "./lib/table";

const usage = `npm run sweep -- --grid PATH=A,B,... [--grid PATH=A,B,...] [--set PATH=VALUE] [--seeds K] [--preset ID] [--paired]

  --grid     a field of the run file and its values; several make all combinations (with --paired: first with first, and so on)
  --set      a field that is the same everywhere
  --seeds    runs per point (default 1): seeds 0 .. K-1`;

interface Point {
  readonly label: string;
  readonly settings: readonly (readonly [string, string])[];
}

/** All combinations of the axes, or with `paired` the k-th values of all axes together. */
function gridPoints(axes: readonly (readonly [string, readonly string[]])[], paired: boolean): readonly Point[] {
  const short = (path: string): string => path.split(".").slice(-1)[0]!;
  const point = (settings: readonly (readonly [string, string])[]): Point => ({
    settings,
    label: settings.map(([path, value]) => `${short(path)} ${value}`).join(", "),
  });
  if (paired) return axes[0]![1].map((_, k) => point(axes.map(([path, values]) => [path, values[k]!] as const)));
  return axes
    .reduce<(readonly [string, string])[][]>(
      (points, [path, values]) => points.flatMap((p) => values.map((value) => [...p, [path, value] as const])),
      [[]],
    )
    .map(point);
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
const deviation = (values: readonly number[]): number =>
  values.length < 2 ? 0 : Math.sqrt(values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0) / (values.length - 1));

const show = ({ percent }: TaskEntry, values: readonly number[]): string => {
  const scale = percent ? 100 : 1;
  const digits = percent ? 1 : 2;
  const spread = values.length > 1 ? ` ± ${(scale * deviation(values)).toFixed(digits)}` : "";
  return `${(scale * mean(values)).toFixed(digits)}${spread}`;
};

async function main(): Promise<void> {
  const options = {
    grid: { type: "string", multiple: true },
    set: { type: "string", multiple: true },
    seeds: { type: "string" },
    preset: { type: "string" },
    paired: { type: "boolean" },
    help: { type: "boolean" },
  } as const;
  const flags = parseArgs({ options, strict: true }).values;
  if (flags.help || !flags.grid) {
    console.log(usage);
    return;
  }
  const cut = (text: string): [string, string] => {
    const at = text.indexOf("=");
    if (at < 1) throw new Error(`"${text}": expected PATH=VALUE.`);
    return [text.slice(0, at), text.slice(at + 1)];
  };
  const axes = flags.grid.map((text) => [cut(text)[0], cut(text)[1].split(",")] as const);
  const preset = presets.find(({ id }) => id === (flags.preset ?? "default"))!.config;
  const tasks: TaskEntry[] = [];
  let scores: Record<string, number> = {};
  let failure = "";
  const session = await openNodeSession((event: RunEvent) => {
    if (event.type === "catalogue") tasks.splice(0, tasks.length, ...event.catalogue.tasks);
    if (event.type === "failed") failure = event.message;
    if (event.type === "evaluation")
      scores = Object.fromEntries(
        tasks.flatMap((task) =>
          event.metrics[task.id] ? [[task.id, event.metrics[task.id]![task.metric] ?? Number.NaN]] : [],
        ),
      );
  });
  const run = async (settings: Point["settings"], seed: number): Promise<Record<string, number>> => {
    const raw = structuredClone(preset) as unknown as Record<string, unknown>;
    for (const [path, value] of [...(flags.set ?? []).map(cut), ...settings, ["training.seed", String(seed)] as const])
      setPath(raw, path, value);
    const config: RunConfig = parseRunConfig(raw);
    await session.send({ type: "prepare", config });
    if (!failure) await session.send({ type: "start" });
    if (failure) throw new Error(failure);
    return scores;
  };
  const rows: string[][] = [];
  for (const { label, settings } of gridPoints(axes, flags.paired ?? false)) {
    const found: Record<string, number>[] = [];
    for (let seed = 0; seed < Number(flags.seeds ?? 1); seed++) {
      found.push(await run(settings, seed));
      console.error(label, `seed ${seed}`, JSON.stringify(found.at(-1)));
    }
    rows.push([
      label,
      ...tasks
        .filter(({ id }) => id in found[0]!)
        .map((task) =>
          show(
            task,
            found.map((f) => f[task.id]!),
          ),
        ),
    ]);
  }
  const columns = tasks
    .filter(({ id }) => id in scores)
    .map(({ label, unit, percent, largerIsBetter }) => ({
      title: `${label} ${largerIsBetter ? "↑" : "↓"} ${percent ? "%" : unit}`.trim(),
    }));
  console.log(markdownTable([{ title: "Setting" }, ...columns], rows));
  await session.dispose();
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
