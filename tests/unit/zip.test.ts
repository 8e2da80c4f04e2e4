import { crc32 as nodeCrc32 } from "node:zlib";
import fc from "fast-check";
import { deflateSync, zipSync, zlibSync } from "fflate";
import { describe, expect, it } from "vitest";
import { bytesSource } from "../../src/core/io/bytes";
import { crc32 } from "../../src/core/io/crc32";
import { inflate, inflateZlib } from "../../src/core/io/inflate";
import { readZipDirectory, readZipEntry, zipDataOffset } from "../../src/core/io/zip";
import { answersOrRefuses, damaged } from "./corruptions";

const text = (words: string): Uint8Array => new TextEncoder().encode(words);

async function readAll(bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  const source = bytesSource("some.zip", bytes);
  const files = new Map<string, Uint8Array>();
  for (const entry of await readZipDirectory(source)) files.set(entry.name, await readZipEntry(source, entry, 1e6));
  return files;
}

/** Puts little-endian numbers of `width` bytes into a copy. */
function patched(bytes: Uint8Array, at: number, value: number, width: 2 | 4): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  if (width === 2) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
  return copy;
}

const directoryOf = (zip: Uint8Array): number => new DataView(zip.buffer).getUint32(zip.length - 6, true);

/** The archive of one stored entry with its sizes and places written as ZIP64 does. */
function zip64(name: string, content: Uint8Array): Uint8Array {
  const plain = zipSync({ [name]: [content, { level: 0 }] });
  const directory = directoryOf(plain);
  const entry = plain.slice(directory, plain.length - 22);
  const extra = new Uint8Array(28);
  const view = new DataView(extra.buffer);
  [1, 24].forEach((value, i) => void view.setUint16(2 * i, value, true));
  [content.length, content.length, 0].forEach((value, i) => void view.setBigUint64(4 + 8 * i, BigInt(value), true));
  let wide = Uint8Array.of(...entry, ...extra);
  for (const at of [20, 24, 42]) wide = patched(wide, at, 0xffffffff, 4) as Uint8Array<ArrayBuffer>;
  wide = patched(wide, 30, 28, 2) as Uint8Array<ArrayBuffer>;
  const end64 = new DataView(new ArrayBuffer(56 + 20));
  end64.setUint32(0, 0x06064b50, true);
  end64.setBigUint64(32, 1n, true);
  end64.setBigUint64(40, BigInt(wide.length), true);
  end64.setBigUint64(48, BigInt(directory), true);
  end64.setUint32(56, 0x07064b50, true);
  end64.setBigUint64(64, BigInt(directory + wide.length), true);
  let end = plain.slice(-22);
  for (const at of [12, 16]) end = patched(end, at, 0xffffffff, 4) as Uint8Array<ArrayBuffer>;
  return Uint8Array.of(...plain.subarray(0, directory), ...wide, ...new Uint8Array(end64.buffer), ...end);
}

describe("reading an entry", () => {
  const content = new Uint8Array(3000).map((_, i) => i % 251);
  const counted = (bytes: Uint8Array) => {
    const source = bytesSource("some.zip", bytes);
    const reads: number[] = [];
    const read = (offset: number, length: number) => {
      reads.push(length);
      return source.read(offset, length);
    };
    return { source: { name: source.name, size: source.size, read }, reads };
  };

  it("takes one read for a small file, and gives bytes that begin their buffer", async () => {
    for (const level of [0, 6] as const) {
      const { source, reads } = counted(zipSync({ "a.png": [content, { level }], "b.png": [content, { level }] }));
      for (const entry of await readZipDirectory(source)) {
        reads.length = 0;
        const bytes = await readZipEntry(source, entry);
        expect(bytes).toEqual(content);
        expect([reads.length, bytes.buffer.byteLength]).toEqual([1, content.length]);
      }
    }
  });

  it("takes a second where the local header has long extra fields", async () => {
    const plain = zipSync({ "a.png": [content, { level: 0 }] });
    const extra = 2000;
    const local = patched(plain, 28, extra, 2).slice(0, 35);
    const moved = Uint8Array.of(...local, ...new Uint8Array(extra), ...plain.subarray(35));
    const bytes = patched(moved, moved.length - 6, directoryOf(plain) + extra, 4);
    const { source, reads } = counted(bytes);
    const [entry] = await readZipDirectory(source);
    reads.length = 0;
    expect(await readZipEntry(source, entry!)).toEqual(content);
    expect(reads.length).toBe(2);
  });
});

describe("crc32", () => {
  it("gives the check value of the standard, also in pieces", () => {
    expect(crc32(text("123456789"))).toBe(0xcbf43926);
    expect(crc32(text("6789"), crc32(text("12345")))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array())).toBe(0);
  });

  it.skipIf(!nodeCrc32)("agrees with zlib at every length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => crc32(bytes) === nodeCrc32(bytes)),
      { seed: 1 },
    );
  });
});

describe("inflate and inflateZlib", () => {
  const repetitive = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 1, max: 700 })), { maxLength: 12 })
    .map((runs) => Uint8Array.from(runs.flatMap(([byte, length]) => new Array<number>(length).fill(byte))));

  it("give back what was packed, at every level", () => {
    fc.assert(
      fc.property(
        fc.oneof(repetitive, fc.uint8Array({ maxLength: 1500 })),
        fc.constantFrom(0, 1, 6, 9),
        (bytes, level) => {
          expect(inflate(deflateSync(bytes, { level: level as 0 }), bytes.length).join()).toBe(bytes.join());
          expect(inflateZlib(zlibSync(bytes, { level: level as 0 }), bytes.length).join()).toBe(bytes.join());
        },
      ),
      { seed: 2, numRuns: 40 },
    );
  });

  it("give back incompressible data of many steps", () => {
    const noise = Uint8Array.from({ length: 200_000 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255);
    expect(Buffer.compare(inflate(deflateSync(noise), noise.length), noise)).toBe(0);
  });

  it("refuse data that grows beyond its size, soon", () => {
    const bomb = deflateSync(new Uint8Array(8_000_000));
    expect(() => inflate(bomb, 1000)).toThrow("unpacks to more than the 1000 bytes");
    expect(() => inflate(bomb.subarray(0, 50), 2 ** 40)).toThrow("which no such data can");
    expect(() => inflateZlib(zlibSync(new Uint8Array(8_000_000)), 1000)).toThrow("more than the 1000 bytes");
  });

  it("refuse data that is cut, damaged or short", () => {
    const packed = deflateSync(text("some words that are some words"));
    expect(() => inflate(packed.subarray(0, 8), 30)).toThrow(/damaged or cut/);
    expect(() => inflate(packed, 31)).toThrow("unpacks to 30 bytes where 31 are expected");
    expect(() => inflate(Uint8Array.of(7), 3)).toThrow(/damaged or cut/);
    const stream = zlibSync(text("some words"));
    expect(() => inflateZlib(patched(stream, stream.length - 2, 0, 2), 99)).toThrow("does not match its checksum");
    expect(() => inflateZlib(text("no stream"), 99)).toThrow("does not begin like a zlib stream");
  });
});

describe("readZipDirectory and readZipEntry", () => {
  it("give back what another library packed, stored and deflated", async () => {
    const part = fc.stringMatching(/^[a-zA-Zäß日0-9_ -]{1,12}$/);
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
    const file = fc.tuple(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(0, 6));
    const archive = fc.dictionary(path, file, { maxKeys: 6 });
    await fc.assert(
      fc.asyncProperty(archive, async (files) => {
        const packed = zipSync(
          Object.fromEntries(
            Object.entries(files).map(([name, [bytes, level]]) => [name, [bytes, { level: level as 0 }]]),
          ),
        );
        const expected = new Map(Object.entries(files).map(([name, [bytes]]) => [name, bytes]));
        expect(new Map([...(await readAll(packed))].sort())).toEqual(new Map([...expected].sort()));
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it("read ZIP64 sizes and places", async () => {
    expect(await readAll(zip64("big.bin", text("large enough")))).toEqual(new Map([["big.bin", text("large enough")]]));
  });

  it("find the directory before a comment, leave folders out and write Windows paths as all others", async () => {
    const packed = zipSync({ "a\\b.txt": text("x"), "c/": new Uint8Array(), "./d//e": text("y") });
    const comment = text("made by hand");
    const commented = Uint8Array.of(...patched(packed, packed.length - 2, comment.length, 2), ...comment);
    expect([...(await readAll(commented)).keys()]).toEqual(["a/b.txt", "d/e"]);
  });

  it("have names that are no UTF-8 in code page 437, as Windows Explorer writes them", async () => {
    const codes = { "#": [0x81, "ü"], $: [0x94, "ö"], "%": [0xe1, "ß"], "&": [0x82, "é"] } as const;
    const name = "fotos/#b&r $l, Gru%.png";
    const packed = zipSync({ [name]: text("x") });
    for (const [sign, [code]] of Object.entries(codes)) {
      const places = [...packed.keys()].filter((i) => packed[i] === sign.charCodeAt(0));
      for (const at of places) packed[at] = code;
    }
    const expected = name.replace(/[#$%&]/g, (sign) => codes[sign as keyof typeof codes][1]);
    expect([...(await readAll(packed)).keys()]).toEqual([expected]);
  });

  it("tell where stored bytes begin", async () => {
    const packed = zipSync({ w: [text("weights"), { level: 0 }] });
    const source = bytesSource("w.zip", packed);
    const [entry] = await readZipDirectory(source);
    expect(await source.read(await zipDataOffset(source, entry!), 7)).toEqual(text("weights"));
  });

  const one = zipSync({ f: [text("content"), { level: 0 }] });
  const directory = directoryOf(one);
  const twoNamed = (first: string, second: string): Uint8Array => {
    const packed = zipSync({ [first]: text("1"), [second]: text("2") });
    return Uint8Array.from(packed, (byte, i) =>
      packed.length - i > 22 && byte === second.charCodeAt(0) ? first.charCodeAt(0) : byte,
    );
  };
  it.each([
    ["an empty file", new Uint8Array(), /directory at its end is missing/],
    ["a cut archive", one.slice(0, -1), /directory at its end is missing/],
    ["an archive without its first half", one.slice(20), /does not fit/],
    ["a directory of lying size", patched(one, one.length - 10, 10_000, 4), /should have 10000 bytes/],
    ["a wrong count", patched(one, one.length - 12, 7, 2), /lists 1 entries, but counts 7/],
    ["a name that climbs", zipSync({ "a/../../b": text("x") }), /"a\/..\/..\/b", which is no path inside/],
    ["a name that climbs with backslashes", zipSync({ "..\\b": text("x") }), /no path inside/],
    ["a name from the root", zipSync({ "/etc/passwd": text("x") }), /no path inside/],
    ["a name with a drive", zipSync({ "C:/x": text("x") }), /no path inside/],
    ["a name twice", twoNamed("q", "z"), /two entries named q/],
    ["a checksum that differs", patched(one, directory + 16, 1, 4), /f of some.zip does not match its checksum/],
    ["changed content", patched(one, 32, 0, 2), /does not match its checksum/],
    ["an encrypted entry", patched(one, directory + 8, 1, 2), /is encrypted/],
    ["another method", patched(one, directory + 10, 12, 2), /packed by method 12/],
    ["an entry that is not there", patched(one, 0, 0, 4), /is not where the archive's directory says/],
    ["two sizes of a stored entry", patched(one, directory + 24, 8, 4), /two sizes, 8 and 7/],
    ["an entry that runs into the directory", patched(one, directory + 20, 5000, 4), /runs into the directory/],
    [
      "an entry beyond the limit",
      zipSync({ f: new Uint8Array(2e6) }),
      /unpacks to 2000000 bytes, more than the 1000000/,
    ],
  ])("refuse %s", async (_, bytes, message) => {
    await expect(readAll(bytes)).rejects.toThrow(message);
  });

  it("refuse entries that share bytes, as zip bombs do", async () => {
    const packed = zipSync({ a: [text("x".repeat(60)), { level: 0 }], b: [text("y"), { level: 0 }] });
    const second = new DataView(packed.buffer).getUint32(directoryOf(packed) + 47 + 42, true);
    await expect(readAll(patched(packed, directoryOf(packed) + 47 + 42, second - 20, 4))).rejects.toThrow(
      "runs into b",
    );
  });

  it("answer rightly or refuse by name, however an archive is damaged", async () => {
    const files = {
      "a/one.txt": text("one ".repeat(40)),
      "two.bin": text("0123456789abcdef"),
      "three/": new Uint8Array(),
    };
    const packed = zipSync({ ...files, "two.bin": [files["two.bin"], { level: 0 }] });
    const contents = new Set(
      [files["a/one.txt"], files["two.bin"], new Uint8Array()].map((bytes) => Buffer.from(bytes).toString("hex")),
    );
    let refused = 0;
    const check = async (bytes: Uint8Array): Promise<void> => {
      const read = await answersOrRefuses(() => readAll(bytes));
      if (!read) refused++;
      for (const content of read?.values() ?? []) expect(contents).toContain(Buffer.from(content).toString("hex"));
    };
    await fc.assert(fc.asyncProperty(damaged(packed), check), { seed: 4, numRuns: 1200 });
    await fc.assert(fc.asyncProperty(damaged(zip64("two.bin", files["two.bin"])), check), { seed: 5, numRuns: 1000 });
    expect(refused).toBeGreaterThan(1000);
  });
});
