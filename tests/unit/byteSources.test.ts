import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ByteSource } from "../../src/contracts/byteSource";
import { bytesSource } from "../../src/core/io/bytes";
import { blobSource } from "../../src/runtime/platform/blobSource";
import { nodeSource, type OpenFile, openFiles, whileOpen } from "../../src/runtime/platform/node/nodeSource";
import { openDescriptors } from "./descriptors";

const folder = mkdtempSync(join(tmpdir(), "byte-sources-"));
const opened: OpenFile[] = [];
afterAll(async () => {
  await Promise.all(opened.map((file) => file.close()));
  rmSync(folder, { recursive: true });
});
const contents = Uint8Array.from({ length: 100 }, (_, i) => i);
const path = join(folder, "w.bin");
writeFileSync(path, contents);

const sources: readonly (readonly [string, () => Promise<ByteSource> | ByteSource])[] = [
  ["in memory", () => bytesSource("w.bin", Buffer.from(contents))],
  ["of the page", () => blobSource("w.bin", new Blob([contents]))],
  [
    "on disk",
    async () => {
      const source = await nodeSource(path);
      opened.push(source);
      return source;
    },
  ],
];

describe.each(sources)("a file %s", (_, open) => {
  it("gives any range, as an array of the caller's own that begins its buffer", async () => {
    const source = await open();
    expect([source.name, source.size]).toEqual(["w.bin", 100]);
    const piece = await source.read(7, 9);
    expect([...piece]).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect([piece.byteOffset, piece.buffer.byteLength]).toEqual([0, 9]);
    piece.fill(0);
    expect([...(await source.read(7, 1))]).toEqual([7]);
    expect(await source.read(100, 0)).toHaveLength(0);
  });

  it.each([
    [99, 2],
    [-1, 1],
    [0, -1],
    [0.5, 1],
    [0, Number.POSITIVE_INFINITY],
    [2 ** 60, 1],
  ])("refuses what does not lie in it: %d, %d", async (offset, length) => {
    const source = await open();
    await expect(source.read(offset, length)).rejects.toThrow("w.bin has 100 bytes, but");
  });
});

describe("nodeSource", () => {
  it("refuses folders and files that are not there, and says when a file has become shorter", async () => {
    await expect(nodeSource(folder)).rejects.toThrow("is not a file");
    await expect(nodeSource(join(folder, "none"))).rejects.toThrow("none cannot be opened");
    const source = await nodeSource(path);
    truncateSync(path, 10);
    await expect(source.read(5, 20)).rejects.toThrow("w.bin has become shorter while it was read");
    await source.close();
    writeFileSync(path, contents);
  });
});

describe.runIf(openDescriptors() !== undefined)("open files", () => {
  it("are closed where one of several cannot be opened, and where what is done with them fails", async () => {
    const before = openDescriptors();
    await expect(openFiles([path, join(folder, "none"), path])).rejects.toThrow("none cannot be opened");
    expect(openDescriptors()).toBe(before);
    const files = await openFiles([path, path]);
    expect(openDescriptors()).toBe(before! + 2);
    await expect(whileOpen(files, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(openDescriptors()).toBe(before);
  });
});
