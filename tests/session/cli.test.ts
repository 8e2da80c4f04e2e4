/** The headless command as a user runs it: exit codes, what it prints, what it leaves behind. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSafetensors } from "../../src/core/checkpoint/safetensors";
import { readRecord } from "../../src/runtime/run/record/record";
import { dataSets } from "../dataSets";
import { finetune, json, micro, outFolder } from "./command";

describe("npm run finetune", () => {
  it("a finished run: code 0, one JSON object a line on stdout, all files in --out", async () => {
    const out = outFolder();
    const { code, stdout, stderr } = await finetune([...micro, "--steps", "3", "--json", "--out", out]);
    expect(stderr).not.toMatch(/error/i);
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.filter((event) => event.type === "step").map((event) => event.step)).toEqual([1, 2, 3]);
    expect(json(out, "run.json")).toMatchObject({
      outcome: "finished",
      steps: 3,
      inputs: { weights: null, data: null },
    });
    expect(json(out, "metrics.json").evaluations.map((e: { step: number }) => e.step)).toEqual([0, 3]);
    expect(readSafetensors(readFileSync(join(out, "adapter/adapter_model.safetensors"))).tensors.size).toBeGreaterThan(
      10,
    );
    expect(
      readdirSync(join(out, "predictions")).filter((name) => name.endsWith(".prediction.png")).length,
    ).toBeGreaterThan(0);
  });

  it("its run file repeats it: the same losses", async () => {
    const [first, second] = [outFolder(), outFolder()];
    await finetune([...micro, "--steps", "2", "--out", first]);
    const { code } = await finetune(["--config", join(first, "run.json"), "--out", second]);
    expect(code).toBe(0);
    expect(json(second, "metrics.json").steps).toEqual(json(first, "metrics.json").steps);
  });

  it("an adapter of it is evaluated as it was, repeats by its run file, and refuses what contradicts it", async () => {
    const [first, second, third] = [outFolder(), outFolder(), outFolder()];
    await finetune([...micro, "--steps", "2", "--out", first]);
    const adapter = ["--adapter", join(first, "adapter")];
    const [evaluated, lora, reading, preset] = await Promise.all([
      finetune([...adapter, "--device", "wasm", "--steps", "0", "--out", second]),
      finetune([...adapter, "--method", "lora"]),
      finetune([...adapter, "--set", "method.settings.reading=index"]),
      finetune([...adapter, "--preset", "micro"]),
    ]);
    expect([evaluated.code, evaluated.stderr]).toEqual([0, expect.stringContaining("starts from the adapter")]);
    expect(json(second, "metrics.json").evaluations[0].metrics).toEqual(
      json(first, "metrics.json").evaluations.at(-1).metrics,
    );
    expect(json(second, "run.json").config.adapter.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect([lora.code, lora.stderr]).toEqual([
      2,
      expect.stringMatching(/^--method is "lora", but the adapter .* "ditask"/),
    ]);
    expect([reading.code, reading.stderr]).toEqual([
      2,
      expect.stringMatching(/^--set method\.settings\.reading is "index"/),
    ]);
    expect([preset.code, preset.stderr]).toEqual([2, expect.stringMatching(/^--preset micro cannot be given/)]);
    const file = ["--config", join(second, "run.json")];
    const [alone, repeated] = await Promise.all([
      finetune(file),
      finetune([...file, ...adapter, "--steps", "1", "--out", third]),
    ]);
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringMatching(/give it with --adapter/)]);
    expect(repeated.code).toBe(0);
    expect(json(third, "run.json").config.adapter).toEqual(json(second, "run.json").config.adapter);
  });

  it("an export that cannot be written is named; the run is finished, and the others are written", async () => {
    const out = outFolder();
    const { code, stderr } = await finetune([
      ...[...micro, "--steps", "1", "--out", out],
      ...["--export", "official,csv", "--set", "method.settings.reading=value"],
    ]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^official: not written\. method\.settings\.reading/m)]);
    expect(json(out, "run.json").outcome).toBe("finished");
    expect(existsSync(join(out, "metrics.csv"))).toBe(true);
  });

  it("an export that the decoder forbids names the field by which a person changes it", async () => {
    const { code, stderr } = await finetune([
      ...[...micro, "--steps", "0", "--decoder", "segformer", "--out", outFolder(), "--export", "official"],
    ]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^official: not written\. decoder is "segformer"/m)]);
  });

  it("colours other than ImageNet's are told in the adapter, and to no program that has only those", async () => {
    const out = outFolder();
    const { code, stderr } = await finetune([
      ...[...micro, "--steps", "1", "--out", out, "--set", "input.normalisation=half"],
      ...["--export", "official,adapter", "--set", "method.settings.reading=index"],
    ]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^official: not written\. input\.normalisation is "half"/m),
    ]);
    expect(json(out, "adapter/adapter_config.json")).toMatchObject({
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
    });
    const { tensors } = readSafetensors(readFileSync(join(out, "adapter/expected.safetensors")));
    const image = tensors.get("image")!.data as Float32Array;
    expect(image.every((value) => value >= -1 && value <= 1)).toBe(true);
    expect(image.some((value) => value < -0.5)).toBe(true);
  });

  it("Ctrl-C ends with 130 and keeps what was trained", async () => {
    const out = outFolder();
    let asked = false;
    const { code } = await finetune([...micro, "--steps", "5000", "--json", "--out", out], (text, child) => {
      if (asked || !text.includes('"type":"step"')) return;
      asked = true;
      child.kill("SIGINT");
    });
    expect(code).toBe(130);
    expect(json(out, "run.json").outcome).toBe("interrupted");
    const { steps } = json(out, "run.json");
    expect(steps).toBeGreaterThan(0);
    const record = readRecord(new Uint8Array(readFileSync(join(out, "checkpoint/record.bin"))));
    expect([record.state.state, record.steps.length]).toEqual(["paused", steps]);
    expect(existsSync(join(out, "adapter/adapter_model.safetensors"))).toBe(true);
  });

  it("a wrong option, field or device is refused by name, with code 2 or 1", async () => {
    const [option, field, device] = await Promise.all([
      finetune(["--stepz", "3"]),
      finetune([...micro, "--set", "training.learningRate.warp=1"]),
      finetune(["--preset", "micro", "--device", "webgl"]),
    ]);
    expect([option.code, option.stderr]).toEqual([2, expect.stringContaining("--stepz")]);
    expect([field.code, field.stderr]).toEqual([2, expect.stringMatching(/unknown field "warp".*method/s)]);
    expect([device.code, device.stderr]).toEqual([1, expect.stringMatching(/webgl.*Available here: .*wasm/s)]);
  });

  it("a configuration that cannot run is refused with code 2, field, value and what is allowed", async () => {
    const { code, stderr } = await finetune([...micro, "--set", "method.settings.sharedCells=1"]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("method.settings.sharedCells is 1; allowed: a whole number from 2 to 256."),
    ]);
  });
});

describe("npm run finetune -- --layout", () => {
  const folder = outFolder();
  for (const [path, bytes] of Object.entries(
    dataSets["nyud_mt-mti"]!({ width: 32, height: 32, train: 4, val: 2 }).files,
  )) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  const run = (...args: string[]) =>
    finetune(["--preset", "micro", "--device", "wasm", "--data", folder, "--steps", "1", "--json", ...args]);
  const tasks = (out: string): readonly string[] => json(out, "run.json").config.tasks;

  it("reads the files so, trains on the tasks of that layout, and goes on so", async () => {
    const [own, plain] = [outFolder(), outFolder()];
    const ended = await Promise.all([run("--out", own), run("--layout", "plain", "--out", plain)]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    // The plain layout knows no folder segmentation/.
    expect([tasks(own), tasks(plain)]).toEqual([["semseg", "normals"], ["normals"]]);
    const next = await finetune(["--resume", plain, "--json"]);
    expect([next.code, next.stdout]).toEqual([0, expect.not.stringContaining('"layout":"nyud_mt"')]);
  });

  it("that the files do not follow, or that there is none of, is refused", async () => {
    const [other, unknown] = await Promise.all([run("--layout", "pascal_mt"), run("--layout", "voc")]);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("is not a data set in this layout")]);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/--layout voc: unknown; known: auto, /)]);
  });
});

describe("npm run finetune -- --describe", () => {
  const released = [
    ...["--describe", "--backbone", "swin-t", "--set", "method.settings.sharedCells=64"],
    ...["--set", "method.settings.taskCells=4", "--set", "method.settings.reference=true"],
  ];

  it("prints the method, its layers, its groups and PEFT's line", async () => {
    const { code, stdout } = await finetune(released);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^DiTASK \(Mantri et al., CVPR 2025\) on swin-t, 224 px/);
    expect(stdout).toMatch(/\| patch merging +\| 1,548,288 \|/);
    expect(stdout).toContain("trainable params: 3,549,482 || all params: 29,467,754 || trainable%: 12.0453");
  });

  it("says the same as JSON, and takes a number of classes", async () => {
    const { code, stdout } = await finetune([...released, "--json", "--classes", "semseg=40"]);
    expect(code).toBe(0);
    const { trained, sites, tasks } = JSON.parse(stdout);
    // 19 more outputs of 1,080 weights and a bias.
    expect(trained).toBe(3_549_482 + 19 * 1_081);
    expect(sites.find(({ kind }: { kind: string }) => kind === "reduction")).toMatchObject({
      sites: 3,
      unfrozen: 1_548_288,
    });
    expect(tasks[0]).toEqual({ id: "semseg", channels: 40 });
  });

  it("counts what the run of the same options trains", async () => {
    const [described, ran] = await Promise.all([
      finetune([...micro, "--method", "lora", "--describe", "--json"]),
      finetune([...micro, "--method", "lora", "--steps", "1", "--json"]),
    ]);
    const prepared = ran.stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line))
      .find(({ type }) => type === "prepared");
    expect(JSON.parse(described.stdout).parameters).toEqual(prepared.parameters);
  });
});
