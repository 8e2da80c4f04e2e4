/** Data sets, weights and runs from one visit to the next: kept, listed, opened, and brought where a run needs them. */
import { createHash } from "node:crypto";
import { openAsBlob, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { RunConfig } from "../../src/contracts/runConfig";
import { decodeUtf8 } from "../../src/core/math/text";
import type { Store } from "../../src/runtime/platform/storage";
import type { BlobCache } from "../../src/runtime/workers/svd/svdFile";
import { createSvdPool } from "../../src/runtime/workers/svd/svdPool";
import { memoryStore } from "./memoryStore";
import { type Asked, openSession, preset, stepsTold, storedRuns, type Watched } from "./open";
import { rooms } from "./rooms";

const weights = async (name: string): Promise<Asked> => ({
  type: "open-weights",
  files: [{ path: `${name}.safetensors`, file: await openAsBlob(`tests/fixtures/checkpoints/${name}.safetensors`) }],
});

const micro = preset("micro");
const config: RunConfig = {
  ...micro,
  backbone: "file",
  device: "wasm",
  tasks: ["semseg"],
  input: { imageSize: 32, window: 0, normalisation: "imagenet" },
  data: { ...micro.data, source: "folder", train: 0, val: 0 },
  training: { ...micro.training, steps: 4, evaluateEvery: 0 },
};

const open = (store: Store): Promise<Watched> => openSession({ runs: storedRuns(store) });

async function does(watched: Watched, ...commands: readonly Asked[]): Promise<void> {
  for (const command of commands) await watched.send(command);
  const failed = watched.of("failed").at(-1);
  if (failed) throw new Error(failed.message);
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const losses = (watched: Watched): number[] => stepsTold(watched).map(({ total }) => total);

describe("what a run leaves", () => {
  it("names the user's own files that it used, and their content", async () => {
    const watched = await open(memoryStore());
    await does(watched, { type: "open-folder", name: "my <rooms>", files: rooms(6) }, await weights("swin"));
    await does(watched, { type: "prepare", config });
    for (const what of ["run", "report", "adapter", "charts"]) await does(watched, { type: "export", what });
    const text = (wanted: string): string =>
      decodeUtf8(watched.of("artefact").find(({ name }) => name === wanted)!.bytes);
    const { fingerprint } = watched.of("data").at(-1)!.entry.opened!;
    const { inputs } = JSON.parse(text("run.json"));
    expect(inputs).toEqual({
      data: { label: "my <rooms>", identity: fingerprint },
      weights: {
        label: "swin.safetensors",
        identity: sha256(readFileSync("tests/fixtures/checkpoints/swin.safetensors")),
      },
    });
    const report = text("report.html");
    for (const part of [
      "DiTASK on swin.safetensors",
      "my &lt;rooms&gt;",
      inputs.data.identity,
      inputs.weights.identity,
    ])
      expect(report).toContain(part);
    expect(text("adapter/README.md")).toMatch(/^# DiTASK on swin\.safetensors\n.* Data: my <rooms>\./s);
    const drawn = watched.of("artefact").flatMap(({ name }) => (name.startsWith("charts/spectra/") ? [name] : []));
    expect(drawn).toContain("charts/spectra/layers.0.blocks.0.attn.qkv.q.svg");
    expect(drawn.every((name) => name.endsWith(".svg"))).toBe(true);
    await watched.session.dispose();
  });
});

describe("a small data set", () => {
  const keep = { type: "library-keep", what: "data", ifSmall: true } as const;
  const data = (watched: Watched) =>
    watched
      .of("library")
      .at(-1)
      ?.entries.filter(({ kind }) => kind === "data") ?? [];

  it("is kept once, which the log says, and a run's entry names what it needs", async () => {
    const watched = await open(memoryStore());
    await does(watched, { type: "keep", every: 1 }, { type: "open-folder", name: "rooms", files: rooms(6) });
    await does(watched, { type: "prepare", config: { ...config, backbone: micro.backbone } }, { type: "step" });
    await does(watched, keep, keep, { type: "library" });
    const { fingerprint } = watched.of("data")[0]!.entry.opened!;
    expect(data(watched)).toHaveLength(1);
    expect(watched.of("log").filter(({ message }) => message.includes("is kept in this browser"))).toHaveLength(1);
    const run = watched
      .of("library")
      .at(-1)!
      .entries.find(({ kind }) => kind === "run")!.run!;
    expect(run.needs).toEqual({ data: { label: "rooms", identity: fingerprint }, weights: null });
    await watched.session.dispose();
  });

  it("is not kept where room is short, which the log says too", async () => {
    const store: Store = { ...memoryStore(), estimate: async () => ({ usedBytes: 600, quotaBytes: 1000 }) };
    const watched = await open(store);
    await does(watched, { type: "open-folder", name: "rooms", files: rooms(6) }, keep, { type: "library" });
    expect(data(watched)).toEqual([]);
    expect(watched.of("log").at(-1)!.message).toContain("where room is short");
    await watched.session.dispose();
  });
});

describe("the library", () => {
  it("keeps data and weights, and a run goes on in another session that was given neither", async () => {
    const store = memoryStore();
    const whole = await open(store);
    await does(whole, { type: "open-folder", name: "rooms", files: rooms(6) }, await weights("swin"));
    await does(whole, { type: "prepare", config }, { type: "start" });
    const { fingerprint } = whole.of("data")[0]!.entry.opened!;
    expect(whole.of("prepared")[0]!.inputs).toEqual({
      weights: { label: "swin.safetensors", identity: expect.stringMatching(/^[0-9a-f]{64}$/) },
      data: { label: "rooms", identity: fingerprint },
    });
    const expected = losses(whole);
    expect(expected).toHaveLength(4);
    await does(whole, { type: "library-keep", what: "data" }, { type: "library-keep", what: "weights" });
    await does(whole, { type: "keep", every: 2 }, { type: "restart" }, { type: "step" }, { type: "step" });
    await whole.session.dispose();

    const { entries } = whole.of("library").at(-1)!;
    expect(entries.map(({ kind, label, whole: is }) => [kind, label, is])).toEqual([
      ["backbone", "swin.safetensors", true],
      ["data", "rooms", true],
      ["run", "", true],
    ]);
    const [first, last] = [whole.of("keeping")[0]!, whole.of("keeping").at(-1)!];
    expect([first.doneBytes, last.doneBytes]).toEqual([0, last.totalBytes]);

    const later = await open(store);
    await does(later, { type: "resume", run: "two" }, { type: "start" });
    expect(losses(later)).toEqual(expected);
    await later.session.dispose();
  });

  it("names what a run needs where it is neither open nor kept, and goes on once it is opened", async () => {
    const store = memoryStore();
    const first = await open(store);
    const files = rooms(6);
    await does(first, { type: "open-folder", name: "rooms", files }, await weights("swin"));
    await does(first, { type: "keep", every: 0 }, { type: "prepare", config }, { type: "step" });
    await first.session.dispose();

    const later = await open(store);
    const resume = { type: "resume", run: "one" } as const;
    const refusal = async (): Promise<string> => {
      await later.send(resume);
      return later.of("failed").at(-1)!.message;
    };
    expect(await refusal()).toMatch(/goes on with "rooms", which is not open.*Open the data set "rooms"/);
    await later.send({ type: "open-folder", name: "other", files: rooms(4) });
    expect(await refusal()).toMatch(/goes on with "rooms"/);
    await later.send({ type: "open-folder", name: "rooms again", files });
    expect(await refusal()).toMatch(/Open the weights swin.safetensors/);
    await later.send(await weights("swin-hf"));
    expect(await refusal()).toMatch(/Open the weights swin.safetensors/);
    await later.send(await weights("swin"));
    const failures = later.of("failed").length;
    await later.send(resume);
    expect(later.of("failed")).toHaveLength(failures);
    expect(later.of("resumed")).toEqual([{ type: "resumed", run: "one", step: 1 }]);
    await later.session.dispose();
  });

  it("deletes the copies that a session reads: it goes on from memory, and can keep them again", async () => {
    const store = memoryStore();
    const first = await open(store);
    const keep = [{ type: "library-keep", what: "data" } as const, { type: "library-keep", what: "weights" } as const];
    await does(first, { type: "open-folder", name: "rooms", files: rooms(6) }, await weights("swin"), ...keep);
    const ids = first
      .of("library")
      .at(-1)!
      .entries.map(({ id }) => id);
    await does(first, { type: "prepare", config }, { type: "start" });
    await first.session.dispose();

    const later = await open(store);
    for (const id of ids) await does(later, { type: "library-open", id });
    const readFrom = () => later.of("data").at(-1)!.entry.opened!.readFrom;
    expect(readFrom()).toBe("copy");
    await does(later, { type: "prepare", config }, { type: "step" });
    for (const id of ids) await does(later, { type: "library-remove", id });
    const kept = (await store.list()).filter(({ name }) => !name.startsWith("runs/"));
    expect([kept, readFrom()]).toEqual([[], "memory"]);
    await does(later, { type: "start" });
    expect(losses(later)).toEqual(losses(first));
    await does(later, { type: "survey", config }, { type: "prepare", config }, ...keep);
    expect(later.of("survey").at(-1)!.survey).toMatchObject({ read: 6, fingerprint: expect.any(String) });
    expect(
      later
        .of("library")
        .at(-1)!
        .entries.filter(({ kind }) => kind !== "run")
        .map(({ id, whole }) => [id, whole]),
    ).toEqual(ids.map((id) => [id, true]));
    await later.session.dispose();
  });

  it("shows an entry whose writing was cut short for what it is, opens no such entry, and deletes it", async () => {
    const store = memoryStore();
    const watched = await open(store);
    await does(
      watched,
      { type: "open-folder", name: "rooms", files: rooms(4) },
      { type: "library-keep", what: "data" },
    );
    const { id } = watched.of("library").at(-1)!.entries[0]!;
    const archive = (await store.read(`${id}/0.bin`))!;
    await store.write(`${id}/0.bin`, archive.subarray(0, archive.length - 5));
    await does(watched, { type: "library" });
    expect(watched.of("library").at(-1)!.entries[0]).toMatchObject({ id, kind: "data", whole: false });
    await watched.send({ type: "library-open", id });
    expect(watched.of("failed").at(-1)!.message).toMatch(/no whole "data\/.*cut short/);
    await watched.send({ type: "library-remove", id });
    expect(watched.of("library").at(-1)!.entries).toEqual([]);
    expect(await store.list()).toEqual([]);
    await watched.session.dispose();
  });

  it("keeps anew what was opened from it without harm to the copy, where files are written in place", async () => {
    const memory = memoryStore();
    const inPlace: Store = {
      ...memory,
      writeParts: async (name, parts) => {
        await memory.write(name, new Uint8Array());
        return memory.writeParts(name, parts);
      },
    };
    const first = await open(inPlace);
    const keep: Asked[] = [
      { type: "library-keep", what: "data" },
      { type: "library-keep", what: "weights" },
    ];
    await does(first, { type: "open-folder", name: "rooms", files: rooms(4) }, await weights("swin"), ...keep);
    await first.session.dispose();
    const ids = first
      .of("library")
      .at(-1)!
      .entries.map(({ id }) => id);
    expect(ids).toHaveLength(2);
    const later = await open(inPlace);
    await does(later, ...ids.map((id): Asked => ({ type: "library-open", id })), ...keep);
    expect(later.of("keeping").filter(({ doneBytes, totalBytes }) => doneBytes === totalBytes)).toHaveLength(2);
    expect(
      later
        .of("library")
        .at(-1)!
        .entries.map(({ whole }) => whole),
    ).toEqual([true, true]);
    await later.session.dispose();
  });

  it("leaves nothing of a copy that finds no room", async () => {
    const memory = memoryStore();
    const full: Store = {
      ...memory,
      writeParts: async (name, parts) => {
        await memory.write(name, Uint8Array.of(1));
        for await (const _ of parts) throw new Error("The disk is full.");
        return 0;
      },
    };
    const watched = await open(full);
    await does(watched, { type: "open-folder", name: "rooms", files: rooms(4) });
    await watched.send({ type: "library-keep", what: "data" });
    expect(watched.of("failed").at(-1)).toMatchObject({ of: "library-keep", message: "The disk is full." });
    expect(await memory.list()).toEqual([]);
    await watched.session.dispose();
  });

  it("opens what is kept as it was, also the way in which it was read", async () => {
    const store = memoryStore();
    const first = await open(store);
    const read: RunConfig = {
      ...config,
      backbone: "micro",
      data: { ...config.data, layout: "plain", labelEncodings: { semseg: { ignore: [3] } } },
    };
    await does(first, { type: "open-folder", name: "rooms", files: rooms(4) }, { type: "prepare", config: read });
    await does(first, { type: "library-keep", what: "data" });
    await first.session.dispose();
    const later = await open(store);
    const { id } = first.of("library").at(-1)!.entries[0]!;
    await does(later, { type: "library-open", id });
    const { entry } = later.of("data").at(-1)!;
    expect(entry).toMatchObject({ label: "rooms", tasks: ["semseg"], train: 3, val: 1 });
    expect(entry.opened).toMatchObject({ layout: "plain", labelEncodings: { semseg: { ignore: [3] } } });
    expect(entry.opened!.fingerprint).toBe(first.of("data").at(-1)!.entry.opened!.fingerprint);
    await later.session.dispose();
  });
});

it("decomposes weights beside everything, so that preparing finds them done", async () => {
  const kept = new Map<string, Uint8Array>();
  const hits: string[] = [];
  const cache: BlobCache = {
    get: async (key) => {
      const found = kept.get(key);
      if (found) hits.push(key);
      return found;
    },
    put: async (key, bytes) => void kept.set(key, bytes),
  };
  const watched = await openSession({}, { svd: createSvdPool({ cache }) });
  const scenes: RunConfig = { ...config, data: { ...micro.data, train: 4, val: 2 } };
  await does(watched, await weights("swin"), { type: "decompose", config: scenes });
  const told = watched.of("decomposing");
  expect(told.at(-1)).toMatchObject({ fraction: 1, done: told[0]!.total });
  const done = kept.size;
  expect(done).toBeGreaterThan(4);
  expect(hits).toEqual([]);
  await does(watched, { type: "prepare", config: scenes });
  expect(new Set(hits).size).toBe(done);
  expect(kept.size).toBe(done);
  await watched.session.dispose();
});

it("ends a decomposition that a run takes the place of, also for who looks on", async () => {
  const watched = await openSession();
  const scenes: RunConfig = { ...config, data: { ...micro.data, train: 4, val: 2 } };
  await does(watched, await weights("swin"));
  const warming = [
    watched.send({ type: "decompose", config: scenes }),
    watched.send({ type: "decompose", config: scenes }),
  ];
  await does(watched, { type: "prepare", config: scenes });
  await Promise.all(warming);
  expect(watched.of("failed")).toEqual([]);
  expect(watched.of("decomposing").at(-1)).toMatchObject({ fraction: 1 });
  await watched.session.dispose();
});
