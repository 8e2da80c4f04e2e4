/** Exported adapters as files: what is read back, and what is refused by name with the model left as it was. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  parseAdapterFile,
  putAdapter,
  readAdapterTensors,
  writeAdapterFile,
} from "../../src/core/checkpoint/adapterFile";
import { readSafetensors, type StoredTensor, writeSafetensors } from "../../src/core/checkpoint/safetensors";
import { bytesSource } from "../../src/core/io/bytes";
import { ZipWriter } from "../../src/core/io/zipWrite";
import { type MethodChoice, type MethodId, methods } from "../../src/core/methods/registry";
import { resolveSettings } from "../../src/core/methods/settings";
import { buildModel } from "../../src/core/model/model";
import { initialWeights, type Weights } from "../../src/core/nn/weights";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { holdsAdapter, openAdapter } from "../../src/runtime/run/prepare/openedAdapter";
import { answersOrRefuses, damaged } from "./corruptions";

const config = presets.find(({ id }) => id === "micro")!.config;
const modelOf = (...tasks: string[]) =>
  buildModel({ backbone: "micro", method: { id: "ditask" }, tasks: tasks.map((id) => ({ id })) });
const weightsOf = (seed: number, ...tasks: string[]): Weights => initialWeights(modelOf(...tasks).layout, seed);
const about = { base_sha256: "b".repeat(64), base_name: "micro", config: JSON.stringify(config) };
const weights = weightsOf(1, "semseg", "normals");
const good = writeAdapterFile(weights, about);
const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** The file with other tensors or another metadata. */
function changed(tensors: (all: Map<string, StoredTensor>) => void, metadata: Record<string, string | undefined> = {}) {
  const file = readSafetensors(good);
  tensors(file.tensors);
  const { sha256: _, ...own } = file.metadata;
  const said = Object.entries<string | undefined>({ ...own, ...metadata });
  const kept = said.filter((one): one is [string, string] => one[1] !== undefined);
  return writeSafetensors(file.tensors, Object.fromEntries(kept));
}
const saying = (metadata: Record<string, string | undefined>) => changed(() => {}, metadata);

describe("an adapter's file", () => {
  it("says which base and which configuration it belongs to", () => {
    const file = parseAdapterFile(good);
    expect(file.base).toEqual({ sha256: about.base_sha256, label: "micro" });
    expect(file.config).toEqual(config);
    expect(file.tensors.size).toBe(readSafetensors(good).tensors.size);
  });

  it("of an older run is read without a seal, by its configuration's migrations, without a name of the base", () => {
    const { augment, ...data } = config.data;
    const old = { ...config, version: 2, data: { ...data, flip: augment.horizontalFlip } };
    for (const field of ["layout", "valShare", "select", "labelEncodings"])
      delete (old.data as Record<string, unknown>)[field];
    const file = parseAdapterFile(saying({ base_name: undefined, config: JSON.stringify(old) }));
    expect(file.base.label).toBe(config.backbone);
    expect(file.config.version).toBe(4);
  });

  const peft = writeSafetensors(
    new Map([
      [
        "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
        { dtype: "F32", shape: [1], data: Float32Array.of(0) },
      ],
    ]),
    { format: "pt" },
  );
  const first = [...readSafetensors(good).tensors.keys()][0]!;
  it.each<[string, Uint8Array, RegExp]>([
    ["another program's", peft, /Hugging Face PEFT adapter of another program, 1 tensors.*ditask-adapter/],
    ["plain weights", saying({ format: "pt" }), /no adapter of DiTASK Studio \(its format is "pt"\)/],
    ["of a version to come", saying({ version: "2" }), /of version 2; this program reads version 1/],
    ["without its base", saying({ base_sha256: undefined }), /does not say which backbone/],
    ["without a configuration", saying({ config: undefined }), /holds no configuration/],
    ["with one that is no JSON", saying({ config: "{" }), /configuration cannot be read.*another version/],
    [
      "with one of a version to come",
      saying({ config: JSON.stringify({ ...config, version: 5 }) }),
      /another version.*\n.*version/,
    ],
    ["cut", good.slice(0, good.length - 9), /./],
    [
      "with a number that is none",
      changed((all) => {
        (all.get(first)!.data as Float32Array)[0] = Number.NaN;
      }),
      /holds NaN at place 0: the run that wrote it had diverged/,
    ],
    [
      "with whole numbers",
      changed((all) => all.set(first, { dtype: "I32", shape: [1], data: Int32Array.of(1) })),
      /holds no floating-point numbers/,
    ],
  ])("is refused by name: %s", (_, bytes, says) => expect(() => parseAdapterFile(bytes)).toThrow(says));

  it("with one other bit among its numbers is known to be damaged", () => {
    const bytes = good.slice();
    bytes[bytes.length - 100]! ^= 1;
    expect(() => parseAdapterFile(bytes)).toThrow(/damaged: its content does not have the SHA-256/);
  });

  it("damaged anywhere is read or refused in words, through 2,000 corruptions", async () => {
    const isRead = fc.asyncProperty(damaged(good), async (bytes) => {
      const file = await answersOrRefuses(() => parseAdapterFile(bytes));
      for (const { data } of file?.tensors.values() ?? []) expect(data.every(Number.isFinite)).toBe(true);
    });
    await fc.assert(isRead, { numRuns: 2000, seed: 5 });
  });
});

/** A method as it is by default, with ranks that fit the smallest layers. */
const choiceOf = (id: MethodId): MethodChoice =>
  id === "mtlora"
    ? { id, settings: resolveSettings(methods.mtlora, { rankShared: 4, rankTask: 2 }) }
    : ({ id } as MethodChoice);

describe("an adapter put into a model", () => {
  const { tensors } = readAdapterTensors(good);
  const filled = (...tasks: string[]) => weightsOf(2, ...tasks);

  it("brings the numbers of the tasks that both have, and leaves those of others fresh", () => {
    const other = filled("normals", "sal");
    const fresh = filled("normals", "sal");
    putAdapter(other, tensors, { gone: ["semseg"], added: ["sal"] });
    for (const { name, trainable } of other.layout.parameters) {
      if (!trainable) continue;
      const from = name.split(".").includes("sal") ? fresh : weights;
      expect(other.get(name), name).toEqual(from.get(name));
    }
  });

  it.each<[string, ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>, string[], RegExp]>([
    [
      "a parameter is missing",
      new Map([...tensors].slice(1)),
      ["semseg", "normals"],
      /lacks 1 \(.*\) parameters of this model and has no that/,
    ],
    [
      "one is too many",
      new Map([...tensors, ["backbone.extra", { shape: [1], data: new Float32Array(1) }]]),
      ["semseg", "normals"],
      /has 1 \(backbone\.extra\) that it does not train/,
    ],
    ["a task was left out unsaid", tensors, ["normals"], /has \d+ \(.*semseg.*\) that it does not train/],
  ])("is refused where %s, and the model stays as it was", (_, given, tasks, says) => {
    const model = filled(...tasks);
    expect(() => putAdapter(model, given)).toThrow(says);
    expect(model.trainable).toEqual(filled(...tasks).trainable);
  });

  it.each(Object.keys(methods) as MethodId[])("of %s fits a model with fewer and with other tasks", (id) => {
    const make = (seed: number, ...tasks: string[]): Weights =>
      initialWeights(
        buildModel({ backbone: "micro", method: choiceOf(id), tasks: tasks.map((task) => ({ id: task })) }).layout,
        seed,
      );
    const from = make(1, "semseg", "normals");
    const given = readAdapterTensors(writeAdapterFile(from, about)).tensors;
    for (const added of [[], ["sal"]]) {
      const model = make(2, "normals", ...added);
      putAdapter(model, given, { gone: ["semseg"], added });
      for (const { name, trainable } of model.layout.parameters)
        if (trainable && !name.split(".").includes("sal")) expect(model.get(name), name).toEqual(from.get(name));
    }
  });

  it("is refused where a shape is another, naming both", () => {
    const model = filled("semseg", "normals");
    const [name, { data }] = [...tensors].find(([, { shape }]) => shape.length === 2)!;
    const turned = new Map([...tensors, [name, { shape: [data.length, 1], data }]]);
    expect(() => putAdapter(model, turned)).toThrow(/is \[\d+,1\], but this model's is \[\d+,\d+\]/);
    expect(model.trainable).toEqual(filled("semseg", "normals").trainable);
  });
});

describe("files that are opened", () => {
  const model = bytesSource("adapter_model.safetensors", good);
  const json = (base: string) => bytesSource("adapter_config.json", text({ base_model_sha256: base }));

  it("are told from weights by their names, or by what a file says of itself", async () => {
    expect(await holdsAdapter([model])).toBe(true);
    expect(await holdsAdapter([bytesSource("mine.safetensors", good)])).toBe(true);
    expect(await holdsAdapter([bytesSource("swin.safetensors", saying({ format: "pt" }))])).toBe(false);
    expect(await holdsAdapter([bytesSource("broken.safetensors", good.slice(0, 20))])).toBe(false);
    expect(await holdsAdapter([])).toBe(false);
  });

  it("may be a zip, as the page saves it", async () => {
    const zip = new ZipWriter();
    const pieces: Uint8Array[] = [];
    for (const [name, bytes] of [
      ["adapter/adapter_model.safetensors", good],
      ["adapter/README.md", text("x")],
    ] as const)
      pieces.push(...zip.entry(name, bytes));
    pieces.push(...zip.end());
    const archive = bytesSource("adapter.zip", Uint8Array.from(pieces.flatMap((piece) => [...piece])));
    expect(await holdsAdapter([archive])).toBe(true);
    const opened = await openAdapter([archive]);
    expect(opened.ref).toEqual({ name: "adapter.zip", sha256: (await openAdapter([model])).ref.sha256 });
  });

  it("are refused where the two are not of one export, or the numbers did not come", async () => {
    await expect(openAdapter([model, json("c".repeat(64))])).rejects.toThrow(/base c{64}, but .* says b{64}/);
    expect((await openAdapter([model, json(about.base_sha256)])).numbers).toBeGreaterThan(0);
    await expect(openAdapter([json("c")])).rejects.toThrow(/0 such files came \(adapter_config\.json\)/);
    await expect(openAdapter([model, bytesSource("adapter_config.json", text("[").slice(0, 2))])).rejects.toThrow(
      /adapter_config\.json/,
    );
  });
});
