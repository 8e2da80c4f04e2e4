/**
 * npm run sweep -- --grid PATH=A,B,... [--grid ...] [--seeds K] [options]: runs the default configuration at every point of a grid, K seeds each,
 * on equal data and steps, and prints one markdown table of the final validation metrics, mean ± standard deviation over the seeds.
 */
import type { TaskEntry } from "../contracts/catalogue";
import { parseRunConfig } from "../contracts/runConfig";
import type { RunEvent } from "../contracts/runEvent";
import { presets } from "../runtime/products/catalogue/presets";
import { openNodeSession } from "../runtime/session/node/nodeSession";
import { itemsOf, OptionError } from "./lib/commandLine";
import { configured, type Flags, runDeclared } from "./lib/commands";
import { cutSetting } from "./lib/setPath";
import { markdownTable } from "./lib/table";

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

async function sweep(flags: Flags<"sweep">): Promise<number> {
  if (!flags.grid) throw new OptionError("--grid PATH=A,B is needed: a field and the values that it takes.");
  const axes = flags.grid.map((item) => {
    const [path, values] = cutSetting("--grid", item);
    return [path, itemsOf(values)] as const;
  });
  const base = configured(parseRunConfig(presets.find(({ id }) => id === flags.preset)!.config), flags);
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
    const set = [...settings, ["training.seed", String(seed)]].map((pair) => pair.join("="));
    const config = configured(base, { set });
    await session.send({ type: "prepare", config });
    if (!failure) await session.send({ type: "start" });
    if (failure) throw new Error(failure);
    return scores;
  };
  const rows: string[][] = [];
  for (const { label, settings } of gridPoints(axes, flags.paired ?? false)) {
    const found: Record<string, number>[] = [];
    for (let seed = 0; seed < Number(flags.seeds); seed++) {
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
  return 0;
}

await runDeclared("sweep", sweep, () => 1);
