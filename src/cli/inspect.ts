/** npm run inspect -- PATH [options]: what an import would see, with nothing imported. */
import { writeFile } from "node:fs/promises";
import { Refusal } from "../runtime/run/prepare/refusal";
import { type Inspection, inspectPath, isUsable } from "../runtime/session/node/inspect";
import { OptionError } from "./lib/commandLine";
import { type Flags, runDeclared } from "./lib/commands";
import { showInspection } from "./lib/showInspection";

/** Names and problems in a terminal; a report has all. */
const MOST_LISTED = 20;
const PROGRESS_EVERY_MS = 100;

/** A line that redraws in place on a terminal. */
function showProgress(screen: NodeJS.WriteStream): (done: number, total: number) => void {
  let last = 0;
  return (done, total) => {
    if (!screen.isTTY || (done < total && Date.now() - last < PROGRESS_EVERY_MS)) return;
    last = Date.now();
    screen.write(done < total ? `\r\x1b[2KReading images, ${done} of ${total}` : "\r\x1b[2K");
  };
}

async function inspect(
  { layout, most, backbone, report, json: asJson }: Flags<"inspect">,
  path: string,
): Promise<number> {
  const onProgress = showProgress(process.stderr);
  const found: Inspection = await inspectPath(path, {
    layout,
    ...(most !== undefined && { most: Number(most) }),
    ...(backbone !== undefined && { backbone }),
    onProgress,
  });
  const json = `${JSON.stringify(found, null, 2)}\n`;
  if (report !== undefined) await writeFile(report, report.endsWith(".json") ? json : showInspection(found));
  process.stdout.write(asJson ? json : showInspection(found, MOST_LISTED));
  return isUsable(found) ? 0 : 1;
}

await runDeclared(
  "inspect",
  (flags, paths) => {
    if (paths.length !== 1)
      throw new OptionError(`${paths.length} paths were given; expected one file, folder or archive.`);
    return inspect(flags, paths[0]!);
  },
  (error) => (error instanceof Refusal || error instanceof OptionError ? 2 : 1),
);
