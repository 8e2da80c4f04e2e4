/** A command of the project as a user runs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `onOutput` hears of all of stdout so far. */
export function command(
  name: string,
  args: readonly string[],
  onOutput: (text: string, child: ChildProcess) => void = () => {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["scripts/cli.mjs", name, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data) => {
      stdout += data;
      onOutput(stdout, child);
    });
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

export const finetune = (args: readonly string[], onOutput?: Parameters<typeof command>[2]): Promise<Ended> =>
  command("finetune", args, onOutput);

/** Options of a run of a few seconds. */
export const micro = ["--preset", "micro", "--device", "wasm", "--set", "data.val=4", "--subset", "8"];
export const outFolder = (): string => mkdtempSync(join(tmpdir(), "ditask-cli-"));
export const json = (folder: string, name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
