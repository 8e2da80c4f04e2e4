/** What `npm run inspect` finds at a path. */
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { showInspection } from "../../src/cli/lib/showInspection";
import type { EventOfRun } from "../../src/contracts/runEvent";
import { writeRunState } from "../../src/core/checkpoint/runState";
import { writeSafetensors } from "../../src/core/checkpoint/safetensors";
import { joined } from "../../src/core/io/bytes";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { recordFrame, recordStart } from "../../src/runtime/run/record/record";
import { type InspectOptions, inspectPath, isUsable } from "../../src/runtime/session/node/inspect";
import { preset } from "../session/open";
import { fixture } from "./checkpoints";
import { type Files, grey, rgb, text } from "./dataSets";
import { openDescriptors } from "./descriptors";

const FIXTURE = "tests/fixtures/checkpoints/swin-timm.safetensors";
const auto: InspectOptions = { layout: "auto" };
let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "ditask-inspect-"));
});
afterAll(() => rm(root, { recursive: true }));

async function write(files: Files): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes);
  }
}

const dataSet: Files = {};
for (let i = 0; i < 4; i++) {
  dataSet[`images/n${i}.png`] = rgb(4, 3, new Uint8Array(36));
  dataSet[`semseg/n${i}.png`] = grey(
    4,
    3,
    Array.from({ length: 12 }, (_, at) => at % 2),
  );
}

const checkpoint = (): Uint8Array =>
  writeRunState({
    config: presets[0]!.config,
    baseHash: "abc",
    device: "a device",
    images: { train: 3, val: 1 },
    step: 12,
    sequence: 2,
    states: new Map([["parameters", new Float32Array(4)]]),
    history: [],
  });

describe("inspectPath", () => {
  it("a folder and an archive of images and labels are data", async () => {
    const inFolder = Object.entries(dataSet).map(([path, bytes]) => [`set/${path}`, bytes]);
    await write({ ...Object.fromEntries(inFolder), "set.zip": zipSync(dataSet) });
    for (const path of ["set", "set.zip"]) {
      const found = await inspectPath(join(root, path), auto);
      expect(isUsable(found)).toBe(true);
      expect(showInspection(found)).toContain("3 training and 1 validation images. Size: 4×3.");
    }
    await write({ "set/semseg/n1.png": text("broken") });
    const broken = await inspectPath(join(root, "set"), auto);
    expect(isUsable(broken)).toBe(false);
    expect(showInspection(broken)).toContain("1 image cannot be used; 1 note about files:\n  semseg/n1.png: The file");
    await expect(inspectPath(join(root, "set"), { layout: "nyud_mt" })).rejects.toThrow(
      "nyud_mt: NYUD_MT with images/",
    );
  });

  it("weights are recognised and compared; a folder with a model's files is weights too", async () => {
    await write({
      "model/config.json": text("{}"),
      "model/model.safetensors": new Uint8Array(await readFile(FIXTURE)),
    });
    for (const path of [FIXTURE, join(root, "model")]) {
      const found = await inspectPath(path, auto);
      expect(isUsable(found)).toBe(true);
      const told = showInspection(found);
      expect(told).toContain("named as timm 0.8 and later, made for 16 px");
      expect(told).toContain("46 matched, 0 missing, 0 of another shape, 0 unexpected");
      expect(told).toContain("the classifier (2): head.fc.weight, head.fc.bias");
      expect(told).toContain("A run can start from these weights.");
    }
  });

  it("weights that lack something are told with what they lack, and cannot be used", async () => {
    const tensors = fixture("swin-timm");
    const kept = [...tensors].filter(([name]) => !name.includes("blocks.1.mlp.fc2"));
    const lacking = new Map(kept.map(([name, { shape, data }]) => [name, { dtype: "F32" as const, shape, data }]));
    await write({ "cut.safetensors": writeSafetensors(lacking) });
    const found = await inspectPath(join(root, "cut.safetensors"), auto);
    expect(isUsable(found)).toBe(false);
    expect(showInspection(found, 1)).toMatch(/missing \(2\): \S+ and 1 more/);
    expect(showInspection(found)).toContain("No run can start from these weights. The file lacks");
  });

  it("a checkpoint and the folder of a run are told with their steps, and whether they are whole", async () => {
    const whole = checkpoint();
    const damaged = whole.slice();
    damaged[damaged.length - 40]! ^= 1;
    await write({ "run/run.json": text("{}"), "run/checkpoint/a.safetensors": whole, "single.safetensors": damaged });
    const found = await inspectPath(join(root, "run"), auto);
    expect(isUsable(found)).toBe(true);
    expect(showInspection(found)).toMatch(
      /^a.safetensors: a checkpoint of ditask on .*, 12 of \d+ steps, .*\n {2}whole/,
    );
    const single = await inspectPath(join(root, "single.safetensors"), auto);
    expect(isUsable(single)).toBe(false);
    expect(showInspection(single)).toContain("cannot be used: ");
  });

  it("a record is told with how far its run is, its scores and its changes; cut or damaged, with what is lost", async () => {
    const config = { ...preset("micro"), changes: [{ step: 1, field: "training.clipNorm", value: 2 }] };
    const metrics = { semseg: { mIoU: 0.25 } };
    const events: EventOfRun[] = [
      { type: "created", run: "second", config, name: "Try", note: "", created: 0, parent: { run: "first", step: 3 } },
      { type: "evaluation", run: "second", step: 5, metrics, images: 4, ms: 1 },
      { type: "state", run: "second", state: "failed", message: "" },
    ];
    const record = joined([recordStart(), ...events.map(recordFrame)]);
    await write({
      "told/checkpoint/record.bin": record,
      "cut/record.bin": record.subarray(0, -3),
      "damaged/record.bin": text("no record"),
    });
    const told = await inspectPath(join(root, "told"), auto);
    expect(isUsable(told)).toBe(true);
    expect(showInspection(told)).toMatch(/^record.bin: the record of ditask on micro .*, 5 of \d+ steps, failed, /);
    for (const part of [
      "mIoU ↑ 25.0 %",
      'run second, "Try"',
      "the run first after step 3",
      "clipNorm is 2 from step 1 on",
    ])
      expect(showInspection(told).replace("mean IoU", "mIoU")).toContain(part);
    const cut = await inspectPath(join(root, "cut/record.bin"), auto);
    expect(showInspection(cut)).toMatch(/its last \d+ bytes were cut off/);
    const damaged = await inspectPath(join(root, "damaged/record.bin"), auto);
    expect([isUsable(damaged), showInspection(damaged)]).toEqual([false, expect.stringContaining("cannot be read: ")]);
  });

  it("a file of weights beyond 2 GiB is told by its header, and never read whole", async () => {
    const source = await readFile(FIXTURE);
    const headerBytes = Number(source.readBigUInt64LE(0));
    const tensors = source.subarray(8 + headerBytes);
    const header = JSON.parse(source.toString("utf8", 8, 8 + headerBytes)) as Record<string, unknown>;
    const end = tensors.length + 4 * 600_000_000;
    header["more"] = { dtype: "F32", shape: [600_000_000], data_offsets: [tensors.length, end] };
    const written = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(written.length));
    await write({ "large.safetensors": Buffer.concat([length, written, tensors]) });
    // A hole in the file: it takes no room on the disk.
    await truncate(join(root, "large.safetensors"), 8 + written.length + end);
    const told = showInspection(await inspectPath(join(root, "large.safetensors"), auto));
    expect(told).toContain("46 matched, 0 missing, 0 of another shape, 1 unexpected");
  });

  it.runIf(openDescriptors() !== undefined)("leaves no file open, whatever it finds", async () => {
    const whole = Object.entries(dataSet).map(([path, bytes]) => [`all/${path}`, bytes]);
    await write({ ...Object.fromEntries(whole), "all.zip": zipSync(dataSet), "torn.zip": text("PK") });
    const before = openDescriptors();
    for (const path of [FIXTURE, join(root, "all"), join(root, "all.zip"), join(root, "torn.zip")])
      await inspectPath(path, auto).catch(() => {});
    expect(openDescriptors()).toBe(before);
  });

  it("refuses what is nothing that can be looked at", async () => {
    await write({ "notes.txt": text("x") });
    for (const [path, message] of [
      [join(root, "nowhere"), "does not exist"],
      [join(root, "notes.txt"), "is no data set or weights"],
    ] as const)
      await expect(inspectPath(path, auto)).rejects.toMatchObject({
        name: "Refusal",
        message: expect.stringContaining(message),
      });
  });
});

describe("an exported adapter", () => {
  const micro = presets.find(({ id }) => id === "micro")!.config;
  const weights = new Map([["w", { dtype: "F32" as const, shape: [2], data: Float32Array.of(1, 2) }]]);
  const file = (base: string, metadata: Record<string, string> = {}): Uint8Array => {
    const about = { base_sha256: base, base_name: "mine", config: JSON.stringify(micro), ...metadata };
    return writeSafetensors(weights, { format: "ditask-adapter", version: "1", ...about });
  };

  it("is told in its folder, in its file and in a zip, and compared with the built-in backbone that it names", async () => {
    const base = "c".repeat(64);
    await write({
      "out/adapter/adapter_model.safetensors": file(base),
      "out/adapter/README.md": text("a card"),
      "adapter.zip": zipSync({ "adapter/adapter_model.safetensors": file(base) }),
    });
    for (const path of ["out/adapter", "out/adapter/adapter_model.safetensors", "adapter.zip"]) {
      const found = await inspectPath(join(root, path), auto);
      expect(found).toMatchObject({ kind: "adapter", compared: true, report: { numbers: 2, base: { sha256: base } } });
      expect(isUsable(found)).toBe(false);
      expect(showInspection(found)).toMatch(/an adapter of ditask for .*\n.*\n.*c{64}\n.*micro, has [0-9a-f]{64}/);
    }
    const backbone = await inspectPath(join(root, "out/adapter"), { ...auto, backbone: FIXTURE });
    expect(backbone).toMatchObject({ report: { found: { label: "swin-timm.safetensors" } } });
  });

  it("on weights from a file is told without them, and usable as far as is known", async () => {
    const own = JSON.stringify({ ...micro, backbone: "file" });
    await write({ "own/adapter_model.safetensors": file("d".repeat(64), { config: own }) });
    const found = await inspectPath(join(root, "own"), auto);
    expect(found).toMatchObject({ kind: "adapter", compared: false });
    expect([isUsable(found), showInspection(found)]).toEqual([
      true,
      expect.stringMatching(/mine.*d{64}, which is not open/),
    ]);
  });

  it("of another program is refused by name", async () => {
    const bytes = writeSafetensors(new Map([["base_model.model.q.lora_A.weight", weights.get("w")!]]), {
      format: "pt",
    });
    await write({ "peft/adapter_model.safetensors": bytes, "peft/adapter_config.json": text('{"peft_type":"LORA"}') });
    await expect(inspectPath(join(root, "peft"), auto)).rejects.toThrow(/Hugging Face PEFT adapter of another program/);
  });
});
