/** A run whose process is killed again and again ends as the run that was left alone: every number, bit for bit. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { hasOrtNative } from "../../src/core/exec/onnx/loadOrtNative";
import { random } from "../../src/core/math/random";
import { readRecord } from "../../src/runtime/run/record/record";

const KILLS = 20;
const STEPS = 500;
/** Longest life after a run is prepared: some of the kills come before its first step, most amid steps and checkpoints. */
const LONGEST_LIFE_MS = 500;

const folder = mkdtempSync(join(tmpdir(), "ditask-killed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Life {
  readonly code: number | null;
  readonly events: readonly { readonly type: string; readonly step?: number }[];
  readonly errors: string;
}

function live(args: readonly string[], onPrepared: (child: ChildProcess) => void = () => {}): Promise<Life> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["scripts/cli.mjs", "finetune", "--json", ...args]);
    let text = "";
    let errors = "";
    let prepared = false;
    child.stderr.on("data", (data) => {
      errors += data;
    });
    child.stdout.on("data", (data) => {
      text += data;
      if (prepared || !text.includes('"type":"prepared"')) return;
      prepared = true;
      onPrepared(child);
    });
    child.on("close", (code) => {
      // The last line of a killed process may be cut.
      const lines = text.split("\n").slice(0, -1);
      resolve({ code, errors, events: lines.map((line) => JSON.parse(line)) });
    });
  });
}

/** The quick one where there is one: a life has to take some steps. */
const device = (await hasOrtNative()) ? "cpu" : "wasm";
const every = ["--checkpoint-every", "1"];
const resume = (out: string): string[] => ["--resume", out, ...every];
const start = (out: string): string[] => [
  ...["--preset", "micro", "--device", device, "--steps", String(STEPS), "--subset", "8", "--batch", "1"],
  ...["--set", "data.val=2", "--set", "training.evaluateEvery=50", "--set", "data.augment.horizontalFlip=true"],
  ...every,
  ...["--out", out],
];

/** Of every step that a record tells: its number, losses and gradient norm. */
const recorded = (out: string): readonly unknown[] =>
  readRecord(new Uint8Array(readFileSync(join(out, "checkpoint/record.bin")))).steps.map(
    ({ run: _, stepMs: __, ...numbers }) => numbers,
  );

const lastKept = ({ events }: Life): number => events.findLast(({ type }) => type === "checkpoint")?.step ?? 0;

it(`killed at ${KILLS} moments, it resumes from its last checkpoint and loses nothing`, {
  timeout: 600_000,
}, async () => {
  const [alone, killed] = [join(folder, "alone"), join(folder, "killed")];
  const whole = await live(start(alone));
  expect([whole.code, whole.errors.trim()]).toEqual([0, ""]);

  const steps = recorded(alone);
  expect(steps).toHaveLength(STEPS);

  const draw = random(1, "kills");
  let kept = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const args = existsSync(join(killed, "checkpoint/a.safetensors")) ? resume(killed) : start(killed);
    const after = LONGEST_LIFE_MS * draw.uniform();
    const life = await live(args, (child) => setTimeout(() => child.kill("SIGKILL"), after));
    expect(life.errors.trim()).toBe("");
    // Its record can be read after every kill, and tells the steps of the run that was left alone, as far as it came.
    const told = recorded(killed);
    expect(told).toEqual(steps.slice(0, told.length));
    // A life that had a checkpoint to go on from goes on there, or later: a kill can come between the write and its being told.
    const resumed = life.events.find(({ type }) => type === "resumed");
    if (args[0] === "--resume") expect(resumed!.step).toBeGreaterThanOrEqual(kept);
    kept = Math.max(kept, resumed?.step ?? 0, lastKept(life));
  }
  const last = await live(resume(killed));
  expect([last.code, last.errors.trim()]).toEqual([0, ""]);
  expect(kept).toBeGreaterThan(KILLS / 2);

  expect(recorded(killed)).toEqual(steps);
  const read = (run: string, name: string): Buffer => readFileSync(join(run, name));
  expect(JSON.parse(read(killed, "metrics.json").toString())).toEqual(
    JSON.parse(read(alone, "metrics.json").toString()),
  );
  const adapter = "adapter/adapter_model.safetensors";
  expect(Buffer.compare(read(killed, adapter), read(alone, adapter))).toBe(0);
});
