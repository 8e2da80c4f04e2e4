/** An exported adapter opened again: evaluated, trained on, refused on another base, kept. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { RunConfig } from "../../src/contracts/runConfig";
import { readSafetensors } from "../../src/core/checkpoint/safetensors";
import { bytesSource } from "../../src/core/io/bytes";
import { Sha256 } from "../../src/core/math/hash";
import { memoryStore } from "./memoryStore";
import { openSession, preset, stepsTold, storedRuns, type Watched } from "./open";

const micro = preset("micro");
/** Norms are unfrozen beside the warps, so that parameters of the backbone itself are in the adapter too. */
const config: RunConfig = {
  ...micro,
  device: "wasm",
  tasks: ["semseg", "normals"],
  method: { ...micro.method, unfreeze: { ...micro.method.unfreeze, norms: true } },
  data: { ...micro.data, train: 8, val: 4 },
  training: { ...micro.training, steps: 3 },
};

interface Exported {
  readonly bytes: Uint8Array;
  readonly json: Uint8Array;
  readonly metrics: unknown;
}

async function runAndExport(what: RunConfig, watched: Watched): Promise<Exported> {
  await watched.send({ type: "prepare", config: what });
  await watched.send({ type: "start" });
  await watched.send({ type: "export", what: "adapter" });
  expect(watched.of("failed")).toEqual([]);
  const file = (name: string) => watched.of("artefact").findLast((one) => one.name === `adapter/${name}`)!.bytes;
  const { metrics, step } = watched.of("evaluation").at(-1)!;
  expect(step).toBe(what.training.steps);
  return { bytes: file("adapter_model.safetensors"), json: file("adapter_config.json"), metrics };
}

const model = (bytes: Uint8Array) => bytesSource("adapter_model.safetensors", bytes);
const last = (watched: Watched) => watched.of("adapter").at(-1)!.report;
const problems = (watched: Watched): string[] => watched.of("failed").map(({ message }) => message);

describe("an exported adapter", () => {
  let exported: Exported;
  beforeAll(async () => {
    const watched = await openSession();
    exported = await runAndExport(config, watched);
    await watched.session.dispose();
  }, 120_000);

  const opened = async (extra = {}): Promise<Watched> => {
    const watched = await openSession(extra);
    await watched.session.openWeights([model(exported.bytes), bytesSource("adapter_config.json", exported.json)]);
    return watched;
  };
  const from = (watched: Watched, changes: Partial<RunConfig> = {}): RunConfig => ({
    ...config,
    ...changes,
    adapter: last(watched).ref,
  });

  it("evaluates as the run that wrote it did last, bit for bit, and shows its warps before any step", async () => {
    const watched = await opened();
    expect(last(watched)).toMatchObject({ problem: "", config: { tasks: config.tasks }, found: { backbone: "micro" } });
    await watched.send({ type: "prepare", config: from(watched, { training: { ...config.training, steps: 0 } }) });
    expect(
      watched
        .of("warps")
        .at(-1)!
        .theta.some((value) => value !== 0),
    ).toBe(true);
    await watched.send({ type: "start" });
    expect(problems(watched)).toEqual([]);
    expect(watched.of("state").at(-1)!.state).toBe("finished");
    expect(watched.of("evaluation").map(({ step, metrics }) => [step, metrics])).toEqual([[0, exported.metrics]]);
    await watched.session.dispose();
  });

  it("trains on; what that exports belongs to the same base and says what it began from", async () => {
    const watched = await opened();
    const again = await runAndExport(from(watched), watched);
    expect(watched.of("evaluation")[0]!.metrics).toEqual(exported.metrics);
    await watched.session.openWeights([model(again.bytes)]);
    const [first, second] = watched.of("adapter").map(({ report }) => report);
    expect(second!.base).toEqual(first!.base);
    expect(second!.config.adapter).toEqual(first!.ref);
    expect(second!.ref.sha256).not.toBe(first!.ref.sha256);
    await watched.session.dispose();
  });

  it("is refused on another base, naming both hashes, and in a set-up that contradicts it", async () => {
    const watched = await opened();
    const { base } = last(watched);
    const other = from(watched, { training: { ...config.training, seed: config.training.seed + 1 } });
    await watched.send({ type: "prepare", config: other });
    expect(watched.of("failed")).toMatchObject([{ refused: true }]);
    expect(problems(watched)[0]).toMatch(
      new RegExp(`micro with the SHA-256 ${base.sha256}.*micro, has (?!${base.sha256})[0-9a-f]{64}`),
    );
    const settings = { ...config.method.settings, reading: "index" };
    await watched.send({ type: "prepare", config: from(watched, { method: { ...config.method, settings } }) });
    await watched.send({
      type: "prepare",
      config: from(watched, { method: { ...micro.method, id: "lora", settings: {} } }),
    });
    expect(problems(watched).slice(1)).toEqual([
      expect.stringMatching(/^method\.settings\.reading is "index", but the adapter .* was trained with "value"/),
      expect.stringMatching(/^method\.id is "lora", but the adapter .* was trained with "ditask"/),
    ]);
    expect(watched.of("prepared")).toEqual([]);
    await watched.session.dispose();
  });

  it("refused on another base, leaves the run in progress as it was", async () => {
    const watched = await opened();
    await watched.send({ type: "prepare", config: { ...config, training: { ...config.training, steps: 2 } } });
    const weights = readFileSync("tests/fixtures/checkpoints/swin-hf.safetensors");
    await watched.session.openWeights([bytesSource("theirs.safetensors", new Uint8Array(weights))]);
    expect(last(watched).problem).toBe("");
    const theirs = {
      ...config,
      backbone: "file",
      adapter: last(watched).ref,
      input: { ...config.input, imageSize: 0, window: 0 },
    };
    await watched.send({ type: "prepare", config: from(watched, { decoder: "aspp" }) });
    await watched.send({ type: "step", run: "one" });
    expect(problems(watched)).toEqual([expect.stringMatching(/^decoder is "aspp", but the adapter/)]);
    expect(watched.of("step").map(({ step }) => step)).toEqual([1]);
    await watched.send({ type: "prepare", config: theirs });
    expect(problems(watched)[1]).toMatch(/theirs\.safetensors, has [0-9a-f]{64}/);
    await watched.session.dispose();
  });

  it("starts other tasks fresh and sets aside those that are left out, and says so", async () => {
    const watched = await opened();
    await watched.send({
      type: "prepare",
      config: from(watched, { tasks: ["normals", "sal"], training: { ...config.training, steps: 0 } }),
    });
    await watched.send({ type: "start" });
    expect(problems(watched)).toEqual([]);
    const said = watched.of("log").map(({ message }) => message);
    expect(said).toEqual([
      expect.stringContaining("starts from the adapter adapter_model.safetensors"),
      expect.stringMatching(/for semseg are set aside/),
      expect.stringMatching(/nothing for sal: these start fresh/),
    ]);
    const { normals } = exported.metrics as { normals: unknown };
    expect(watched.of("evaluation")[0]!.metrics["normals"]).toEqual(normals);
    await watched.session.dispose();
  });

  it("needs not be there where its run goes on; only the way back to the start then does", async () => {
    const store = memoryStore();
    const runs = storedRuns(store);
    const first = await opened({ runs });
    await first.send({ type: "prepare", config: from(first) });
    await first.send({ type: "keep", every: 0 });
    await first.send({ type: "step" });
    const killed = memoryStore();
    for (const { name } of await store.list()) await killed.write(name, (await store.read(name))!);
    await first.send({ type: "start" });
    const wanted = first.of("step").map(({ total }) => total);
    await first.session.dispose();

    const second = await openSession({ runs: storedRuns(killed) });
    await second.send({ type: "resume", run: "one" });
    await second.send({ type: "start" });
    expect(problems(second)).toEqual([]);
    expect(stepsTold(second).map(({ total }) => total)).toEqual(wanted);
    await second.send({ type: "restart" });
    expect(problems(second)).toEqual([expect.stringMatching(/adapter is adapter.* but no adapter is open/)]);
    await second.session.dispose();
  });

  it("is kept in the library and opens from there", async () => {
    const store = memoryStore();
    const runs = storedRuns(store);
    const first = await opened({ runs });
    await first.send({ type: "library-keep", what: "adapter" });
    const [entry] = first.of("library").at(-1)!.entries;
    expect(entry).toMatchObject({ kind: "adapter", whole: true, label: "ditask for semseg, normals on micro" });
    const { ref } = last(first);
    await first.session.dispose();
    const second = await openSession({ runs });
    await second.send({ type: "library-open", id: entry!.id });
    expect(last(second)).toMatchObject({ problem: "", ref: { sha256: ref.sha256 } });
    await second.session.dispose();
  });

  it("is asked for by name and hash where a run needs it and it is not open", async () => {
    const watched = await openSession();
    const adapter = { name: "theirs.safetensors", sha256: "a".repeat(64) };
    await watched.send({ type: "prepare", config: { ...config, adapter } });
    expect(problems(watched)).toEqual([
      expect.stringMatching(/theirs\.safetensors with the SHA-256 a{64}, but no adapter is open/),
    ]);
    await watched.session.dispose();
  });
});

describe("the backbone's own names", () => {
  it.each(["swin-timm", "swin-timm-features", "swin-hf"])(
    "of %s lead to the tensors that the hash is over",
    async (name) => {
      const bytes = new Uint8Array(readFileSync(`tests/fixtures/checkpoints/${name}.safetensors`));
      const watched = await openSession();
      await watched.session.openWeights([bytesSource(`${name}.safetensors`, bytes)]);
      const settings = { sharedCells: 4, taskCells: 4 };
      const { json } = await runAndExport(
        {
          ...config,
          backbone: "file",
          method: { ...config.method, settings },
          training: { ...config.training, steps: 1 },
        },
        watched,
      );
      await watched.session.dispose();
      const about = JSON.parse(new TextDecoder().decode(json)) as {
        base_names: Record<string, string[]>;
        base_model_sha256: string;
      };
      const { tensors } = readSafetensors(bytes);
      const hash = new Sha256();
      for (const [original, keys] of Object.entries(about.base_names).sort(([a], [b]) => (a < b ? -1 : 1))) {
        hash.add(new TextEncoder().encode(original));
        for (const key of keys) hash.add(new Uint8Array((tensors.get(key)!.data as Float32Array).buffer));
      }
      expect(hash.digest()).toBe(about.base_model_sha256);
    },
  );
});
