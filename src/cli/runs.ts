/** npm run runs -- DIR… [options]: the runs below folders as one table. */
import { readRuns, type StoredRun } from "../runtime/session/node/storedRuns";
import { OptionError } from "./lib/commandLine";
import { type Flags, runDeclared } from "./lib/commands";
import { runRows, runsCsv, showRuns } from "./lib/runTable";

const warn = (message: string): void => console.error(message);

/** The runs that Δm is against. @throws where a folder has none. */
async function referencesOf(folders: readonly string[]): Promise<readonly StoredRun[]> {
  const found = await Promise.all(folders.map((folder) => readRuns([folder], warn)));
  const empty = found.findIndex((runs) => runs.length === 0);
  if (empty >= 0)
    throw new OptionError(`--reference ${folders[empty]}: no run lies there. Give the --out folder of a run.`);
  return found.flat();
}

async function runs({ reference = [], csv, json }: Flags<"runs">, folders: readonly string[]): Promise<number> {
  if (folders.length === 0) throw new OptionError("No folder was given; expected that of a run, or of several.");
  const found = await readRuns(folders, warn);
  if (found.length === 0)
    throw new Error(
      `No run lies in ${folders.join(", ")}. Give the --out folder of finetune or sweep, or one above it.`,
    );
  const references = await referencesOf(reference);
  const rows = runRows(found, references);
  const [first, ...others] = runRows(references, []);
  const listed = rows.find(({ run }) => run === first?.run) ?? first;
  const against = others.length > 0 ? `${references.length} reference runs` : (listed?.name ?? "");
  console.log(csv ? runsCsv(rows) : json ? JSON.stringify(rows, null, 2) : showRuns(rows, against));
  return 0;
}

await runDeclared("runs", runs, (error) => (error instanceof OptionError ? 2 : 1));
