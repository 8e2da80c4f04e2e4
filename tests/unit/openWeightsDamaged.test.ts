import fc from "fast-check";
import { unzipSync, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import type { ByteSource } from "../../src/contracts/byteSource";
import { openWeights } from "../../src/core/checkpoint/openWeights";
import { writeSafetensors } from "../../src/core/checkpoint/safetensors";
import { bytesSource } from "../../src/core/io/bytes";
import { answersOrRefuses, damaged } from "./corruptions";
import { openBytes, readBits, torchExpected, torchFixture } from "./torchFixtures";

/** A source that notes the largest piece that was asked for. */
function watched(bytes: Uint8Array): ByteSource & { largest: number } {
  const source = bytesSource("damaged.bin", bytes);
  const watching = {
    ...source,
    largest: 0,
    read: (offset: number, length: number) => {
      watching.largest = Math.max(watching.largest, length);
      return source.read(offset, length);
    },
  };
  return watching;
}

type Read = Awaited<ReturnType<typeof readBits>>;

/** Opens damaged files and reads every tensor; `check` sees what was read of those that were not refused. */
async function refusals(
  file: Uint8Array,
  runs: number,
  seed: number,
  check: (read: Read) => void = () => {},
): Promise<number> {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(damaged(file), async (bytes) => {
      const source = watched(bytes);
      const read = await answersOrRefuses(async () => readBits(await openWeights([source])));
      expect(source.largest).toBeLessThanOrEqual(bytes.length);
      for (const { shape, bits } of read?.values() ?? []) expect(bits).toHaveLength(shape.reduce((a, b) => a * b, 1));
      if (read) check(read);
      else refused++;
    }),
    { seed, numRuns: runs },
  );
  return refused;
}

const zip = torchFixture("zip.pth");
const folder = Object.keys(unzipSync(zip))[0]!.split("/")[0]!;
const pickle = unzipSync(zip)[`${folder}/data.pkl`]!;
/** The checkpoint's archive around another pickle, whose checksum is right. */
const around = (contents: Uint8Array): Uint8Array =>
  zipSync({ ...unzipSync(zip), [`${folder}/data.pkl`]: contents }, { level: 0 });
const safetensors = writeSafetensors(
  new Map([
    ["a.weight", { dtype: "F32", shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, i) => i / 3) }],
    ["b", { dtype: "F16", shape: [5], data: Float32Array.of(1, 2, 3, 4, 5) }],
    ["c", { dtype: "I64", shape: [2], data: BigInt64Array.of(1n, -1n) }],
  ]),
  { format: "pt" },
);

describe("a damaged file of weights is read rightly or refused by name, in bounded time, by pieces no larger than itself", () => {
  it("safetensors", async () => {
    expect(await refusals(safetensors, 2000, 21)).toBeGreaterThan(1000);
  });

  it("PyTorch's zip container, where no number may differ: it has checksums", async () => {
    const right = new Map(Object.entries(torchExpected.checkpoint).map(([name, { bits }]) => [name, bits.join()]));
    const check = (read: Read): void => {
      for (const [name, { bits }] of read) expect(bits.join()).toBe(right.get(name));
    };
    expect(await refusals(torchFixture("zip.pth"), 2000, 22, check)).toBeGreaterThan(1000);
  });

  it("its pickle, where the checksum is right", async () => {
    let refused = 0;
    const run = async (contents: Uint8Array): Promise<void> => {
      const read = await answersOrRefuses(async () => readBits(await openBytes("damaged.pth", around(contents))));
      if (!read) refused++;
    };
    await fc.assert(fc.asyncProperty(damaged(pickle), run), { seed: 23, numRuns: 2000 });
    expect(refused).toBeGreaterThan(1000);
  });

  it("the legacy container", async () => {
    expect(await refusals(torchFixture("legacy.pth"), 2000, 24)).toBeGreaterThan(1000);
  });

  it("the tar container", async () => {
    expect(await refusals(torchFixture("tar.pth"), 2000, 25)).toBeGreaterThan(800);
  });

  it.each([
    ["safetensors", safetensors, safetensors.length],
    ["zip", torchFixture("teacher.pth"), torchFixture("teacher.pth").length],
    ["legacy", torchFixture("legacy.pth"), torchFixture("legacy.pth").length],
    // The end of the last part, before the archive's padding.
    ["tar", torchFixture("tar.pth"), Buffer.from(torchFixture("tar.pth")).findLastIndex((byte) => byte !== 0)],
  ])("no cut of a %s file is taken for a whole one", async (_, file, length) => {
    for (let end = 0; end < length; end += 7)
      await expect(openBytes("cut.bin", file.subarray(0, end))).rejects.toThrow();
  });
});

const letters = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const number32 = (value: number): number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];
const openPickle = (...codes: number[]): Promise<unknown> =>
  openBytes("made.pth", around(Uint8Array.from([0x80, 2, ...codes])));

describe("pickles that are made to harm", () => {
  /** Sixty tuples, each twice the one before: spelt out they are 2⁶⁰ values. */
  const doubling = [0x29, ...new Array(60).fill([0x32, 0x86]).flat()] as number[];

  it.each([
    ["text that is longer than the file", [0x58, ...number32(0xfffffff0), 65], "ends before its contents do"],
    ["an endless number", [0x8b, ...number32(2 ** 31), 1], "a whole number of 2147483648 bytes"],
    ["a stack that is empty", [0x30, 0x2e], "takes from an empty stack"],
    ["a mark that was not set", [0x74, 0x2e], "asks for a mark"],
    ["a value that was not kept", [0x68, 9, 0x2e], "recalls value 9"],
    ["an instruction that is none", [0xff], "the instruction 255"],
    ["a list as a dict", [0x5d, 0x4e, 0x4e, 0x73, 0x2e], "sets items of what is no dict"],
    ["an id of doubling lists", [...doubling, 0x51, 0x2e], "that is no storage"],
    ["doubling lists", [...doubling, 0x2e], "holds no mapping of names to tensors"],
    ["eval", letters("cbuiltins\neval\n)R."), "asks to call builtins.eval"],
    [
      "a way around a name",
      [0x8c, 2, ...letters("os"), 0x8c, 6, ...letters("system"), 0x93, 0x2e],
      "asks to call os.system",
    ],
    ["getattr", letters("c__builtin__\ngetattr\n."), "asks to call __builtin__.getattr"],
  ])("are refused: %s", async (_, codes, message) => {
    await expect(openPickle(...codes)).rejects.toThrow(message);
  });

  it("are refused where they go on and on", async () => {
    const endless = new Uint8Array(4_100_000).fill(0x29);
    await expect(openBytes("made.pth", around(endless))).rejects.toThrow("more than 4000000 instructions");
  });

  it("cannot ask for more numbers than their file has bytes by repeating one", async () => {
    const storage = [
      0x28,
      ...text("storage"),
      ...letters("ctorch\nFloatStorage\n"),
      ...text("0"),
      ...text("cpu"),
      0x4b,
      24,
      0x74,
      0x51,
    ];
    const view = [0x4b, 0, 0x4a, ...number32(2 ** 30), 0x85, 0x4b, 0, 0x85, 0x89, 0x7d];
    const tensor = [...letters("ctorch._utils\n_rebuild_tensor_v2\n"), 0x28, ...storage, ...view, 0x74, 0x52];
    await expect(openPickle(0x7d, ...text("w"), ...tensor, 0x73, 0x2e)).rejects.toThrow(
      "more numbers than its file has bytes",
    );
  });
});

function text(words: string): number[] {
  return [0x58, ...number32(words.length), ...letters(words)];
}
