/** A run file from disk. */
import { readFile } from "node:fs/promises";
import { parseRunConfig, type RunConfig } from "../../contracts/runConfig";

/** @throws with the file's name where it cannot be read, is no JSON, or no run file. */
export async function readRunFile(path: string): Promise<RunConfig> {
  const text = await readFile(path, "utf8");
  try {
    return parseRunFile(text);
  } catch (cause) {
    throw new Error(`${path}: ${(cause as Error).message}`, { cause });
  }
}

/** A run.json of an earlier run holds its configuration under "config". @throws where the text is no run file. */
export function parseRunFile(text: string): RunConfig {
  const file = parseJson(text);
  const config = typeof file === "object" && file !== null && "config" in file ? file.config : file;
  return parseRunConfig(config);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`The run file is no JSON (${(cause as Error).message}). Save it anew.`, { cause });
  }
}
