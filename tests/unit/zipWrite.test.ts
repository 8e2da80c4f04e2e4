import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import type { ByteSource } from "../../src/contracts/byteSource";
import { bytesSource, joined } from "../../src/core/io/bytes";
import { readZipDirectory, readZipEntry } from "../../src/core/io/zip";
import { ZipWriter, zipFiles } from "../../src/core/io/zipWrite";
import { encodeUtf8 } from "../../src/core/math/text";

function archive(files: readonly (readonly [string, Uint8Array])[], offset = 0): Uint8Array {
  const zip = new ZipWriter(offset);
  return joined([...files.flatMap(([path, data]) => zip.entry(path, data)), ...zip.end()]);
}

/** What lies behind `offset` zeros that nobody has to hold. */
function behind(offset: number, bytes: Uint8Array): ByteSource {
  const read = async (at: number, length: number): Promise<Uint8Array> => {
    const piece = new Uint8Array(length);
    for (let i = Math.max(0, offset - at); i < length; i++) piece[i] = bytes[at + i - offset]!;
    return piece;
  };
  return { name: "large.zip", size: offset + bytes.length, read };
}

describe("ZipWriter", () => {
  const files = [
    ["images/a.jpg", Uint8Array.of(1, 2, 3)],
    ["images/ä ö.png", new Uint8Array(0)],
    ["classes.txt", encodeUtf8("sky\nroad\n")],
  ] as const;

  it("writes what another library and our reader give back, names outside of ASCII too", async () => {
    const bytes = archive(files);
    expect(Object.entries(unzipSync(bytes))).toEqual(files.map(([name, data]) => [name, data]));
    const source = bytesSource("own.zip", bytes);
    const entries = await readZipDirectory(source);
    expect(entries.map(({ name }) => name)).toEqual(files.map(([name]) => name));
    for (const [i, [, data]] of files.entries()) expect(await readZipEntry(source, entries[i]!)).toEqual(data);
  });

  it("deflates on request what that makes smaller, and stores the rest", async () => {
    const text = encodeUtf8("step,loss\n".repeat(400));
    const short = Uint8Array.of(1, 2, 3);
    const bytes = zipFiles([
      ["metrics.csv", text, true],
      ["stored.csv", text],
      ["short.bin", short, true],
    ]);
    expect(unzipSync(bytes)).toEqual({ "metrics.csv": text, "stored.csv": text, "short.bin": short });
    const source = bytesSource("own.zip", bytes);
    const entries = await readZipDirectory(source);
    expect(entries.map(({ method }) => method)).toEqual([8, 0, 0]);
    expect(entries[0]!.compressedSize).toBeLessThan(text.length / 20);
    for (const [i, data] of [text, text, short].entries())
      expect(await readZipEntry(source, entries[i]!)).toEqual(data);
  });

  it("makes the same archive of the same files", () => {
    expect(archive(files)).toEqual(archive(files));
  });

  it("goes over to ZIP64 beyond 4 GiB", async () => {
    const offset = 5 * 2 ** 30;
    const source = behind(offset, archive(files, offset));
    const entries = await readZipDirectory(source);
    expect(entries.map(({ headerOffset }) => headerOffset)[0]).toBe(offset);
    expect(await readZipEntry(source, entries[2]!)).toEqual(files[2][1]);
  });

  it("goes over to ZIP64 beyond 65,535 files", async () => {
    const many = Array.from({ length: 65_537 }, (_, i) => [`f/${i}`, Uint8Array.of(i & 255)] as const);
    const source = bytesSource("many.zip", archive(many));
    const entries = await readZipDirectory(source);
    expect(entries).toHaveLength(many.length);
    expect(await readZipEntry(source, entries.at(-1)!)).toEqual(Uint8Array.of(0));
  });
});
