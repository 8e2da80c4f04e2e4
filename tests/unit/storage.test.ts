/** Stores and the library that is read from them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { nodeStore } from "../../src/runtime/platform/node/storageNode";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { Checkpoints } from "../../src/runtime/run/checkpoints";
import { readLibrary, removeFromLibrary, svdCache } from "../../src/runtime/session/library";
import { createSvdPool } from "../../src/runtime/workers/svd/svdPool";
import { memoryStore } from "../session/memoryStore";

let folder = "";
const freshFolder = (): string => {
  folder = mkdtempSync(join(tmpdir(), "ditask-store-"));
  return folder;
};
afterEach(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
});

describe.each([
  ["in memory", () => memoryStore()],
  ["in a folder", () => nodeStore(join(freshFolder(), "new"))],
])("a store %s", (_, open) => {
  it("gives back what was written, whole or in part, and forgets what was removed", async () => {
    const store = open();
    expect(await store.list()).toEqual([]);
    expect(await store.read("runs/a.bin")).toBeUndefined();
    await store.remove("runs/a.bin");
    await store.write("runs/a.bin", Uint8Array.of(1, 2, 3, 4));
    await store.write("b.bin", new Uint8Array(0));
    await store.write("runs/a.bin", Uint8Array.of(5, 6, 7));
    expect(await store.read("runs/a.bin")).toEqual(Uint8Array.of(5, 6, 7));
    expect(await store.read("runs/a.bin", 1, 2)).toEqual(Uint8Array.of(6));
    expect(await store.read("runs/a.bin", 1, 99)).toEqual(Uint8Array.of(6, 7));
    expect((await store.list()).map(({ name, bytes }) => [name, bytes])).toEqual([
      ["b.bin", 0],
      ["runs/a.bin", 3],
    ]);
    await store.remove("runs/a.bin");
    expect((await store.list()).map(({ name }) => name)).toEqual(["b.bin"]);
  });

  it.each(["../a", "/a", "a/../b", "a//b", "", ".hidden", "a\\b", "a/", "C:a"])("refuses the name %j", async (name) => {
    const store = open();
    for (const act of [() => store.write(name, new Uint8Array(1)), () => store.read(name), () => store.remove(name)])
      await expect((async () => act())()).rejects.toThrow(/cannot name a kept file/);
  });
});

it("a store in a folder leaves out what a killed write left behind, and removes it with the next; one under way stays", async () => {
  const path = freshFolder();
  const { pid: dead } = spawnSync(process.execPath, ["-e", ""]);
  const [left, other] = [`.writing-${dead}-0`, `.writing-${process.pid}-99`];
  for (const name of [left, other]) writeFileSync(join(path, name), "half");
  expect(await nodeStore(path).list()).toEqual([]);
  expect(readdirSync(path).sort()).toEqual([left, other].sort());
  await nodeStore(path).write("a.bin", Uint8Array.of(1));
  expect(readdirSync(path).sort()).toEqual([other, "a.bin"].sort());
  const quota = await nodeStore(path).estimate();
  expect(quota!.quotaBytes).toBeGreaterThan(quota!.usedBytes);
});

describe("the library", () => {
  const { config } = presets.find(({ id }) => id === "micro")!;
  const state = (step: number) => ({
    config,
    baseHash: "0",
    device: "",
    images: { train: 1, val: 1 },
    step,
    states: new Map(),
    history: [],
  });

  it("lists runs with what they train and how far they are, decompositions as one; deletes one or all", async () => {
    let clock = 0;
    const store = memoryStore(() => ++clock);
    const run = new Checkpoints(store, "runs/one");
    await run.keep(state(5));
    await run.keep(state(10));
    await store.write("runs/broken/a.safetensors", Uint8Array.of(1));
    await store.write("svd/x.safetensors", new Uint8Array(10));
    await store.write("svd/y.safetensors", new Uint8Array(20));
    await store.write("elsewhere.txt", new Uint8Array(1));
    const entries = await readLibrary(store);
    expect(entries.map(({ id, kind, files }) => [id, kind, files])).toEqual([
      ["runs/broken", "run", 1],
      ["runs/one", "run", 2],
      ["svd", "svd", 2],
    ]);
    expect(entries[1]!.run).toMatchObject({
      run: "one",
      config: { backbone: "micro", method: { id: "ditask" } },
      step: 10,
      state: "paused",
      resumable: true,
    });
    expect(entries[0]!.run).toBeUndefined();
    expect(entries[2]!.bytes).toBe(30);
    await removeFromLibrary(store, "runs/one");
    expect((await readLibrary(store)).map(({ id }) => id)).toEqual(["runs/broken", "svd"]);
    await expect(removeFromLibrary(store, "runs/one")).rejects.toThrow(/no "runs\/one"/);
    await removeFromLibrary(store, "all");
    expect((await store.list()).map(({ name }) => name)).toEqual(["elsewhere.txt"]);
  });

  it("knows a run whose configuration names thousands of images", async () => {
    const store = memoryStore();
    const without = Array.from({ length: 5000 }, (_, i) => `a folder/of images/with long names/${i}`);
    const large = { ...config, data: { ...config.data, select: { without } } };
    await new Checkpoints(store, "runs/one").keep({ ...state(5), config: large });
    expect(await readLibrary(store)).toMatchObject([{ id: "runs/one", whole: true, run: { step: 5 } }]);
  });

  it("large decompositions are found again by another pool, small ones by the same; a damaged one is computed anew", async () => {
    const store = memoryStore();
    const matrix = (name: string, side: number) => ({
      name,
      weight: Float32Array.from({ length: side * side }, (_, i) => Math.sin(i * 1.7)),
      rows: side,
      cols: side,
    });
    const matrices = [matrix("large", 130), matrix("small", 4)];
    const first = await createSvdPool({ cache: svdCache(store) }).decompose(matrices);
    const [file, ...others] = await store.list();
    expect(others).toEqual([]);
    expect(file!.bytes).toBeGreaterThan(2 * 130 * 130 * 8);
    expect(await createSvdPool({ cache: svdCache(store) }).decompose(matrices)).toEqual(first);

    const bytes = (await store.read(file!.name))!;
    bytes[bytes.length - 9]! ^= 64;
    await store.write(file!.name, bytes);
    const warnings: string[] = [];
    const again = createSvdPool({ cache: svdCache(store), onWarning: (message) => warnings.push(message) });
    expect(await again.decompose(matrices)).toEqual(first);
    expect(warnings).toEqual([expect.stringMatching(/computed again.*damaged/)]);
    expect(await store.read(file!.name)).not.toEqual(bytes);
  });

  it("small decompositions are held up to a limit, the newest ones", async () => {
    const cache = svdCache(memoryStore(), 25);
    for (const key of ["a", "b", "a", "c"]) await cache.put(key, new Uint8Array(10));
    expect(await Promise.all(["a", "b", "c"].map(async (key) => (await cache.get(key))?.length))).toEqual([
      10,
      undefined,
      10,
    ]);
  });
});
