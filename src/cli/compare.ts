/**
 * npm run compare -- [options]: methods on equal data, seeds and budgets, each at a learning rate of its own sweep. Writes one file a run
 * and one table; what is there already is not run again. Ctrl-C loses at most the run in progress and exits with 130.
 */
import { mkdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { formatDuration } from "../figures/format";
import { writeWhole } from "../runtime/platform/node/writeWhole";
import type { Contestant } from "../runtime/products/catalogue/contestants";
import { folderStore, openLab } from "../runtime/session/node/comparisonLab";
import { Pace, stepBytes, stepFlops } from "../runtime/studies/compare/cost";
import { comparisonDocument } from "../runtime/studies/compare/document";
import { gather, runComparison, timeComparison } from "../runtime/studies/compare/driver";
import { figure } from "../runtime/studies/compare/figure";
import { type Comparison, runCount, shard } from "../runtime/studies/compare/plan";
import type { ResultStore } from "../runtime/studies/compare/result";
import { type Summary, summarise } from "../runtime/studies/compare/summary";
import { csv, json, mainTable, pairTable } from "../runtime/studies/compare/tables";
import type { Lab } from "../runtime/studies/compare/trainRun";
import { runDeclared } from "./lib/commands";
import { type Flags, readComparison, readShard } from "./lib/compareOptions";
import { CompareProgress, type Estimate, totalFlops } from "./lib/compareProgress";
import { isOwnData } from "./lib/fieldOptions";
import { markdownTable, showFlops } from "./lib/table";

function showPlan(comparison: Comparison, mine: readonly Contestant[], estimate: Estimate): string {
  const pace = new Pace();
  const rows = mine.map((contestant) => [
    contestant.id,
    String(runCount(comparison, contestant)),
    showFlops(estimate.stepFlops(contestant)),
    formatDuration(pace.estimate(totalFlops(comparison, contestant, estimate))),
  ]);
  const runs = mine.reduce((n, contestant) => n + runCount(comparison, contestant), 0);
  const ms = mine.reduce((sum, c) => sum + pace.estimate(totalFlops(comparison, c, estimate)), 0);
  const columns = [{ title: "method" }, { title: "runs" }, { title: "a step" }, { title: "guess, one thread" }];
  return `${markdownTable(columns, rows)}\n\n${runs} runs, guessed ${formatDuration(ms)} on one thread.`;
}

async function run(flags: Flags): Promise<number> {
  const comparison = await readComparison(flags);
  const lab = await openLab({
    base: comparison.base,
    ...(isOwnData(flags.data) && { folder: flags.data }),
    threads: Number(flags.threads),
    choosing: comparison.choosing,
    records: join(flags.out, "runs"),
  });
  const abort = new AbortController();
  const interrupt = (): void => {
    if (abort.signal.aborted) process.exit(130);
    console.error("Stopping; the run in progress is not kept. The same command goes on from here.");
    abort.abort(new Error("interrupted"));
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const estimate = estimateOf(comparison, lab);
    const [index, count] = readShard(flags.shard);
    const mine = shard(comparison.contestants, (c) => totalFlops(comparison, c, estimate), index, count);
    if (flags["dry-run"]) {
      console.log(showPlan(comparison, mine, estimate));
      return 0;
    }
    const store = await folderStore(flags.out);
    const progress = new CompareProgress(comparison, mine, estimate, process.stderr);
    if (!flags.table) await runComparison(comparison, mine, lab, store, progress, abort.signal);
    if (flags.time) await timeComparison(comparison, lab, store, tellTime, abort.signal);
    await writeAll(flags, comparison, await summaryOf(comparison, store, lab));
    return 0;
  } catch (error) {
    if (abort.signal.aborted) return 130;
    throw error;
  } finally {
    await lab.dispose();
  }
}

const tellTime = ({ id }: Contestant, stepMs: number): void =>
  console.error(`${id}: ${formatDuration(stepMs, "ms")} a step`);

async function summaryOf(comparison: Comparison, store: ResultStore, { views }: Lab): Promise<Summary> {
  const all = await Promise.all(
    comparison.contestants.map(async (contestant) => ({
      contestant,
      models: await gather(comparison, contestant, store),
      stepBytes: stepBytes(comparison, contestant, views.reported),
    })),
  );
  return summarise(comparison, all);
}

/** Words of the shell that need no quotes. */
const shellWord = (word: string): string =>
  /^[\w./,=:@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** What a person types to make the document again: without what says how the work was shared. */
function commandOf(args: readonly string[]): string {
  const kept = args.filter((arg, i) => arg !== "--shard" && args[i - 1] !== "--shard" && arg !== "--table");
  return `npm run compare -- ${kept.map(shellWord).join(" ")}`.trim();
}

async function writeAll(flags: Flags, comparison: Comparison, summary: Summary): Promise<void> {
  const picture = figure(summary.rows);
  const writeDocument = async (path: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    const svg = path.replace(/(\.md)?$/, ".svg");
    if (picture !== undefined) await writeWhole(svg, picture);
    const earlier = await readFile(path, "utf8").catch(() => "");
    const command = commandOf(process.argv.slice(2));
    const shown = picture === undefined ? {} : { picture: basename(svg) };
    await writeWhole(path, comparisonDocument(summary, comparison, { command, earlier, ...shown }));
  };
  await writeDocument(join(flags.out, "comparison.md"));
  await writeWhole(join(flags.out, "comparison.csv"), csv(summary));
  await writeWhole(join(flags.out, "comparison.json"), json(summary, comparison));
  if (flags.doc !== undefined) await writeDocument(flags.doc);
  console.log(`${mainTable(summary)}\n\n${pairTable(summary)}`);
  for (const { label, reason } of summary.missing) console.error(`No row for ${label}: ${reason}.`);
}

function estimateOf(comparison: Comparison, { views }: Lab): Estimate {
  const known = new Map<Contestant, number>();
  return {
    stepFlops: (contestant) => {
      const flops = known.get(contestant) ?? stepFlops(comparison, contestant, views.reported);
      known.set(contestant, flops);
      return flops;
    },
  };
}

await runDeclared("compare", run);
