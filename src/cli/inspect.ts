/** npm run inspect -- PATH [options]: what an import would see, with nothing imported. */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { knownIds } from "../runtime/products/describe";
import { Refusal } from "../runtime/run/prepare/refusal";
import { type Inspection, inspectPath, isUsable } from "../runtime/session/node/inspect";
import { showInspection } from "./lib/showInspection";

const usage = `npm run inspect -- FILE|DIR|ZIP [options]

Looks at a data set (a folder or a zip archive), at weights (.safetensors, .pth, .pt, .bin, or the .json index of several), at an
exported adapter (its folder, file or zip) or at checkpoints of a run (a file, or the folder of a run), and prints what an import would see. Guesses begin with "=" where they hold already, "?" where they
may be followed, and "!" where something is probably wrong.

  --layout ID    how a data set is laid out: auto, ${knownIds.layouts.join(", ")} (default: auto)
  --most N       images whose files are read, spread over all (default: all)
  --backbone FILE  weights that an adapter is compared with (default: the built-in backbone that it names)
  --json         one JSON object on stdout
  --report FILE  writes all that was found: as JSON where the name ends so, else as text
  --help

Exit code 0 where all can be used, 1 where something cannot, 2 where the options are refused.`;

const options = {
  layout: { type: "string", default: "auto" },
  most: { type: "string" },
  backbone: { type: "string" },
  json: { type: "boolean" },
  report: { type: "string" },
  help: { type: "boolean" },
} as const;

/** Names and problems in a terminal; a report has all. */
const MOST_LISTED = 20;
const PROGRESS_EVERY_MS = 100;

/** What the command line asks for. @throws Refusal where it is wrong. */
function parseLine() {
  let line: ReturnType<typeof parseOptions>;
  try {
    line = parseOptions();
  } catch (cause) {
    throw new Refusal((cause as Error).message, { cause });
  }
  const { values, positionals } = line;
  if (positionals.length !== 1 && !values.help)
    throw new Refusal(`${positionals.length} paths were given; expected one file, folder or archive.`);
  if (values.layout !== "auto" && !knownIds.layouts.some((id) => id === values.layout))
    throw new Refusal(`--layout ${values.layout}: unknown; known: auto, ${knownIds.layouts.join(", ")}.`);
  const most = values.most === undefined ? undefined : Number(values.most);
  if (most !== undefined && !(Number.isInteger(most) && most >= 1))
    throw new Refusal(`--most ${values.most}: expected a whole number from 1.`);
  return { ...values, path: positionals[0]!, most };
}

const parseOptions = () => parseArgs({ options, strict: true, allowPositionals: true });

/** A line that redraws in place on a terminal. */
function showProgress(screen: NodeJS.WriteStream): (done: number, total: number) => void {
  let last = 0;
  return (done, total) => {
    if (!screen.isTTY || (done < total && Date.now() - last < PROGRESS_EVERY_MS)) return;
    last = Date.now();
    screen.write(done < total ? `\r\x1b[2KReading images, ${done} of ${total}` : "\r\x1b[2K");
  };
}

async function inspect(line: ReturnType<typeof parseLine>): Promise<number> {
  const { path, layout, most, backbone, report } = line;
  const onProgress = showProgress(process.stderr);
  const found: Inspection = await inspectPath(path, {
    layout,
    ...(most !== undefined && { most }),
    ...(backbone !== undefined && { backbone }),
    onProgress,
  });
  const json = `${JSON.stringify(found, null, 2)}\n`;
  if (report !== undefined) await writeFile(report, report.endsWith(".json") ? json : showInspection(found));
  process.stdout.write(line.json ? json : showInspection(found, MOST_LISTED));
  return isUsable(found) ? 0 : 1;
}

try {
  const line = parseLine();
  if (line.help) console.log(usage);
  process.exitCode = line.help ? 0 : await inspect(line);
} catch (error) {
  const isRefused = error instanceof Refusal;
  console.error((error as Error).message + (isRefused ? "\n\nnpm run inspect -- --help lists the options." : ""));
  process.exitCode = isRefused ? 2 : 1;
}
