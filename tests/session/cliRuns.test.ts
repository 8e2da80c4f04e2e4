/** Runs as folders, headless: changes in mid-run, branches, folders of older programs, tables, sweeps. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { renamedPaths } from "../../src/contracts/fields/renamed";
import { readRunState, writeRunState } from "../../src/core/checkpoint/runState";
import { readRecord } from "../../src/runtime/run/record/record";
import { command, finetune, json, micro, outFolder } from "./command";

const record = (folder: string) => readRecord(new Uint8Array(readFileSync(join(folder, "checkpoint/record.bin"))));
const stepsOf = (folder: string): { step: number; total: number }[] => json(folder, "metrics.json").steps;

/** Names, sizes, times and bytes of all files below. */
function contents(folder: string): readonly unknown[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => [name, statSync(join(folder, name))] as const)
    .map(([name, stat]) => [name, stat.mtimeMs, stat.isFile() && readFileSync(join(folder, name)).toString("base64")]);
}

/** Six steps; checkpoints of steps 4 and 6. */
const parent = outFolder();
beforeAll(async () => {
  const args = ["--steps", "6", "--set", "training.evaluateEvery=2", "--checkpoint-every", "4"];
  const { code, stderr } = await finetune([...micro, ...args, "--out", parent]);
  expect([code, stderr]).toEqual([0, expect.anything()]);
}, 60_000);

it("the record of a run tells what its metrics do, and that it is finished", () => {
  const { created, prepared, steps, evaluations, state } = record(parent);
  expect([created.config, prepared!.config]).toEqual([
    json(parent, "run.json").config,
    json(parent, "run.json").config,
  ]);
  expect(steps.map(({ step, total }) => [step, total])).toEqual(
    stepsOf(parent).map(({ step, total }) => [step, total]),
  );
  expect(evaluations.map(({ metrics }) => metrics)).toEqual(
    json(parent, "metrics.json").evaluations.map(({ metrics }: { metrics: object }) => metrics),
  );
  expect(state.state).toBe("finished");
});

describe("changes in mid-run", () => {
  it("repeat bit for bit from the run file, and are what makes the difference", async () => {
    const [first, second] = [outFolder(), outFolder()];
    const { config } = json(parent, "run.json");
    const changes = [
      { step: 2, field: "training.learningRate.method", value: 0.2 },
      { step: 3, field: "training.taskWeights", value: { semseg: 3 } },
    ];
    writeFileSync(join(first, "asked.json"), JSON.stringify({ ...config, changes }));
    const ran = await finetune(["--config", join(first, "asked.json"), "--out", first]);
    const repeated = await finetune(["--config", join(first, "run.json"), "--out", second]);
    expect([ran.code, repeated.code]).toEqual([0, 0]);
    expect(json(first, "run.json").config.changes).toEqual(changes);
    expect(json(second, "metrics.json")).toEqual(json(first, "metrics.json"));
    // Until the first change nothing differs, and from the step that it feeds on everything does.
    expect(stepsOf(first).slice(0, 3)).toEqual(stepsOf(parent).slice(0, 3));
    for (const i of [3, 4, 5]) expect(stepsOf(first)[i]!.total).not.toBe(stepsOf(parent)[i]!.total);
  }, 60_000);
});

describe("--from", () => {
  it("goes on from a checkpoint where live fields alone change; the run file repeats it, and the parent stays as it was", async () => {
    const before = contents(parent);
    const [branch, repeated] = [outFolder(), outFolder()];
    const rate = ["--set", "training.learningRate.method=0.001"];
    const ran = await finetune(["--from", `${parent}@4`, ...rate, "--out", branch]);
    expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining("Goes on after step 4.")]);
    expect(contents(parent)).toEqual(before);
    expect(record(branch).created.parent).toEqual({ run: record(parent).created.run, step: 4 });
    expect(record(branch).created.run).not.toBe(record(parent).created.run);
    expect(stepsOf(branch).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(stepsOf(branch).slice(0, 5)).toEqual(stepsOf(parent).slice(0, 5));
    expect(stepsOf(branch)[5]!.total).not.toBe(stepsOf(parent)[5]!.total);
    await finetune(["--config", join(branch, "run.json"), "--out", repeated]);
    expect(json(repeated, "metrics.json")).toEqual(json(branch, "metrics.json"));
  }, 60_000);

  it("starts from the weights where more changes, and says so", async () => {
    const out = outFolder();
    const { code, stderr } = await finetune(["--from", `${parent}@newest`, "--steps", "1", "--out", out]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("starts from the weights of another one")]);
    expect(stepsOf(out).map(({ step }) => step)).toEqual([1]);
    // Before its first step it is what the parent was at its end.
    const [first] = json(out, "metrics.json").evaluations;
    expect(first.metrics).toEqual(json(parent, "metrics.json").evaluations.at(-1).metrics);
  }, 60_000);

  it("refuses a step that is not kept, a change after the last step, and a branch without a folder of its own", async () => {
    const [other, atEnd, inPlace, noFolder, config] = await Promise.all([
      finetune(["--from", `${parent}@5`, "--out", outFolder()]),
      finetune(["--from", `${parent}@6`, "--set", "training.clipNorm=1", "--out", outFolder()]),
      finetune(["--from", `${parent}@4`, "--out", parent]),
      finetune(["--from", `${parent}@4`]),
      finetune(["--from", `${parent}@4`, "--config", "run.json", "--out", outFolder()]),
    ]);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("It has step 4, step 6.")]);
    expect([atEnd.code, atEnd.stderr]).toEqual([2, expect.stringContaining("step is 6, but the run has 6 steps")]);
    for (const { code, stderr } of [inPlace, noFolder])
      expect([code, stderr]).toEqual([2, expect.stringContaining("a branch needs a folder of its own")]);
    expect([config.code, config.stderr]).toEqual([2, expect.stringContaining("--config cannot be given with --from")]);
  }, 60_000);
});

it("early stopping ends a run that becomes worse; --checkpoint best exports it as it was at its best", async () => {
  const [out, evaluated] = [outFolder(), outFolder()];
  const changes = [{ step: 2, field: "training.learningRate.decoders", value: 10 }];
  const { config } = json(parent, "run.json");
  writeFileSync(join(out, "asked.json"), JSON.stringify({ ...config, changes }));
  const ran = await finetune([
    ...["--config", join(out, "asked.json"), "--steps", "40", "--set", "training.earlyStopping=2"],
    ...["--set", "training.bestMetric=normals", "--checkpoint", "best", "--out", out],
  ]);
  expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining("Stopped early")]);
  const { outcome, steps } = json(out, "run.json");
  expect(outcome).toBe("finished");
  expect(steps).toBeLessThan(40);
  const { evaluations } = json(out, "metrics.json") as {
    evaluations: { step: number; metrics: { normals: { mean: number } } }[];
  };
  const best = evaluations.reduce((a, b) => (b.metrics.normals.mean < a.metrics.normals.mean ? b : a));
  expect(best.step).toBe(steps - 4);
  await finetune(["--adapter", join(out, "adapter"), "--device", "wasm", "--steps", "0", "--out", evaluated]);
  expect(json(evaluated, "metrics.json").evaluations[0].metrics).toEqual(best.metrics);
}, 60_000);

describe("a folder", () => {
  type Tree = { [key: string]: unknown };
  /** A run file as version 3 had it. */
  function asVersion3({ changes: _, ...config }: Tree): Tree {
    const old = structuredClone(config);
    for (const [from, to] of Object.entries(renamedPaths)) {
      const keys = to.split(".");
      const place = keys.slice(0, -1).reduce<Tree>((tree, key) => tree[key] as Tree, old);
      place[from.split(".").at(-1)!] = place[keys.at(-1)!];
      delete place[keys.at(-1)!];
    }
    return { ...old, version: 3 };
  }

  /** The parent after step 4, as a program without records left it. */
  function oldFolder(): string {
    const folder = outFolder();
    cpSync(parent, folder, { recursive: true });
    const place = join(folder, "checkpoint");
    const states = ["a", "b"].map((name) =>
      readRunState(new Uint8Array(readFileSync(join(place, `${name}.safetensors`)))),
    );
    const state = states.find(({ step }) => step === 4)!;
    for (const name of readdirSync(place)) if (name !== "inputs.json") rmSync(join(place, name));
    const config = asVersion3(state.config as unknown as Tree);
    const history = state.history.map(({ run: _, ...event }) => event);
    writeFileSync(join(place, "b.safetensors"), writeRunState({ ...state, config, history } as never));
    const file = json(folder, "run.json");
    writeFileSync(join(folder, "run.json"), JSON.stringify({ ...file, config, outcome: "interrupted", steps: 4 }));
    return folder;
  }

  it("of an older program is listed, and goes on to the same numbers, with a record from then on", async () => {
    const folder = oldFolder();
    const listed = await command("runs", [folder, "--json"]);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: "DiTASK", state: "paused", folder }]);
    const { code, stderr } = await finetune(["--resume", folder]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("Goes on after step 4.")]);
    expect(json(folder, "metrics.json")).toEqual(json(parent, "metrics.json"));
    expect(json(folder, "run.json").config).toEqual(json(parent, "run.json").config);
    expect(record(folder).steps.map(({ total }) => total)).toEqual(stepsOf(parent).map(({ total }) => total));
  }, 60_000);

  it("keeps the run that it has where a new one is refused", async () => {
    const folder = outFolder();
    cpSync(parent, folder, { recursive: true });
    const [before, place] = [record(folder).created.run, join(folder, "checkpoint")];
    const names = readdirSync(place);
    const { code } = await finetune([...micro, "--set", "method.settings.sharedCells=1", "--out", folder]);
    expect(code).toBe(2);
    expect([record(folder).created.run, readdirSync(place)]).toEqual([before, names]);
    await finetune([...micro, "--steps", "1", "--out", folder]);
    expect(record(folder).created.run).not.toBe(before);
    expect(existsSync(join(folder, ".checkpoint-before"))).toBe(false);
  }, 60_000);
});

describe("npm run sweep and npm run runs", () => {
  const out = outFolder();
  const sets = ["device=wasm", "data.val=4", "data.train=8", "training.steps=1"].flatMap((set) => ["--set", set]);

  it("a sweep records each run, and prints a row a point with the deviation over the seeds", async () => {
    const grid = ["--grid", "training.learningRate.method=0.01,0.001", "--seeds", "2"];
    const { code, stdout } = await command("sweep", ["--preset", "micro", ...sets, ...grid, "--out", out]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\| Setting +\| Semantic segmentation, mean IoU ↑ % +\| Surface normals, mean angle ↓ ° \|/);
    for (const rate of ["0.01", "0.001"])
      expect(stdout).toMatch(new RegExp(`^\\| method ${rate} +\\|( +\\d+\\.\\d+ ± \\d+\\.\\d+ \\|){2}$`, "m"));
    const folders = readdirSync(out).map((name) => join(out, name));
    expect(folders.map((folder) => record(folder).created.run)).toEqual(folders.map((folder) => basename(folder)));
  }, 60_000);

  it("lists runs below folders, with names by what differs and Δm against the reference", async () => {
    const [table, csv] = await Promise.all([
      command("runs", [out, parent, "--reference", parent]),
      command("runs", [out, "--csv"]),
    ]);
    expect([table.code, csv.code]).toEqual([0, 0]);
    const row = table.stdout.split("\n").find((line) => line.includes(" 6/6 "))!;
    const [, name] = /^\| (DiTASK, .*?) +\| finished \| .*\| +0\.00 % \| +3,647 \|/.exec(row)!;
    expect(table.stdout).toContain(`| Δm against ${name} |`);
    const lines = csv.stdout.trim().split("\n");
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe("run,name,folder,state,step,semseg mIoU,normals mean,deltaM,trained,ms");
    for (const name of ["lr 0.01, seed 0", "lr 0.01, seed 1", "lr 0.001, seed 0", "lr 0.001, seed 1"])
      expect(csv.stdout).toContain(`"DiTASK, ${name}"`);
  }, 60_000);

  it("says where no run lies", async () => {
    const empty = outFolder();
    const [none, reference] = await Promise.all([
      command("runs", [empty]),
      command("runs", [parent, "--reference", empty]),
    ]);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("No run lies in")]);
    expect([reference.code, reference.stderr]).toEqual([2, expect.stringContaining("no run lies there")]);
  });
});
