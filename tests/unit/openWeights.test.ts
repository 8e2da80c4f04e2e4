import fc from "fast-check";
import { unzipSync, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { openWeights } from "../../src/core/checkpoint/openWeights";
import { readSafetensors, type StoredTensor, writeSafetensors } from "../../src/core/checkpoint/safetensors";
import { bytesSource } from "../../src/core/io/bytes";
import { openBytes, readBits, torchExpected, torchFixture } from "./torchFixtures";

const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const withoutDtype = (listed: Readonly<Record<string, { shape: readonly number[]; bits: readonly number[] }>>) =>
  new Map(Object.entries(listed).map(([name, { shape, bits }]) => [name, { shape, bits }]));
const f32 = (...values: number[]): StoredTensor => ({
  dtype: "F32",
  shape: [values.length],
  data: Float32Array.from(values),
});

describe("files of PyTorch", () => {
  it.each([
    ["zip.pth", "torch zip", "checkpoint"],
    ["legacy.pth", "torch legacy", "checkpoint"],
    ["tar.pth", "torch tar", "tar"],
  ] as const)(
    "%s gives PyTorch's numbers bit for bit: every type, views, shared storages",
    async (name, format, numbers) => {
      const file = await openBytes(name, torchFixture(name));
      expect(file.format).toBe(format);
      expect(await readBits(file)).toEqual(withoutDtype(torchExpected[numbers]));
    },
  );

  it("tell their types, what was chosen, what was left aside and the plain values beside", async () => {
    for (const name of ["zip.pth", "legacy.pth"]) {
      const { tensors, metadata, notes } = await openBytes(name, torchFixture(name));
      const types = ["single", "half", "bfloat", "double", "long", "int", "short", "char", "byte", "bool"];
      const listed = types.map((type) => tensors.get(type)?.dtype);
      expect(listed).toEqual(["F32", "F16", "BF16", "F64", "I64", "I32", "I16", "I8", "U8", "BOOL"]);
      expect(metadata).toEqual({
        epoch: "299",
        max_accuracy: "81.25",
        name: "größe",
        done: "true",
        big: String(2n ** 70n),
      });
      expect(notes[0]).toBe('The weights are those of "model" (22 tensors); left aside: "ema_head" (1 tensors).');
      expect(notes[1]).toContain("nothing of them was run: __main__.Settings, argparse.Namespace");
    }
  });

  it("take the teacher of two equal networks", async () => {
    const { tensors, notes } = await openBytes("teacher.pth", torchFixture("teacher.pth"));
    expect(await tensors.get("w")!.read()).toEqual(Float32Array.of(2, 2));
    expect(notes[0]).toContain('"teacher" (1 tensors); left aside: "student"');
  });

  it("are read when their archive was packed anew with compression", async () => {
    const packed = zipSync(unzipSync(torchFixture("zip.pth")), { level: 9 });
    expect(await readBits(await openBytes("again.pth", packed))).toEqual(withoutDtype(torchExpected.checkpoint));
  });

  it("are read from big-endian machines", async () => {
    const little = unzipSync(torchFixture("teacher.pth"));
    const big = Object.entries(little).map(([name, bytes]) => {
      if (name.endsWith("/byteorder")) return [name, text("big")];
      return [name, /\/data\/\d+$/.test(name) ? new Uint8Array(bytes).reverse() : bytes];
    });
    const folder = Object.keys(little)[0]!.split("/")[0];
    const packed = zipSync({ [`${folder}/byteorder`]: text("big"), ...Object.fromEntries(big) }, { level: 0 });
    expect(await (await openBytes("big.pth", packed)).tensors.get("w")!.read()).toEqual(Float32Array.of(2, 2));
  });

  it("are refused where they ask to call what can do harm", async () => {
    await expect(openBytes("trap.pth", torchFixture("trap.pth"))).rejects.toThrow(
      /asks to call posix\.system.*Nothing was run/,
    );
  });

  it.each(["module.pth", "module-legacy.pth"])("are refused where they hold a whole model: %s", async (name) => {
    await expect(openBytes(name, torchFixture(name))).rejects.toThrow(
      /holds an object of class torch\.nn\.modules\.linear\.Linear.*state_dict/,
    );
  });

  it("list complex tensors, and refuse to convert them", async () => {
    const { tensors } = await openBytes("complex.pth", torchFixture("complex.pth"));
    expect(await tensors.get("w")!.read()).toEqual(Float32Array.of(1, 1, 1));
    await expect(tensors.get("z")!.read()).rejects.toThrow("type C64 in complex.pth cannot be converted");
  });

  it("are refused where a number was changed on the way: zip archives have checksums", async () => {
    const bytes = torchFixture("teacher.pth");
    const at = Buffer.from(bytes).lastIndexOf(Buffer.from(Float32Array.of(2, 2).buffer));
    bytes[at] = 1;
    const { tensors } = await openBytes("teacher.pth", bytes);
    await expect(tensors.get("w")!.read()).rejects.toThrow("does not match its checksum");
  });
});

describe("safetensors in pieces", () => {
  it("give what the whole file gives, converted to 32-bit floats", async () => {
    const values = fc.array(fc.float({ noNaN: true, min: -60000, max: 60000 }), { maxLength: 20 });
    const tensor = fc
      .tuple(values, fc.constantFrom("F32", "F16", "F64", "I32", "I64", "U8", "I16"))
      .map(([numbers, dtype]): StoredTensor => {
        const whole = dtype.startsWith("F") ? numbers : numbers.map((n) => Math.abs(Math.trunc(n)) % 128);
        return { dtype: dtype as "F32", shape: [whole.length], data: Float32Array.from(whole) };
      });
    const files = fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== "__metadata__"),
      tensor,
      { maxKeys: 5 },
    );
    await fc.assert(
      fc.asyncProperty(files, async (tensors) => {
        const bytes = writeSafetensors(new Map(Object.entries(tensors)), { format: "pt" });
        const file = await openBytes("w.safetensors", bytes);
        expect(file.metadata).toEqual({ format: "pt" });
        const whole = readSafetensors(bytes).tensors;
        expect([...file.tensors.keys()].sort()).toEqual([...whole.keys()].sort());
        for (const [name, { data }] of whole)
          expect(await file.tensors.get(name)!.read()).toEqual(Float32Array.from(data as ArrayLike<number>, Number));
      }),
      { seed: 11, numRuns: 100 },
    );
  });

  it("list 8-bit floats, and refuse to convert them", async () => {
    const header = text('{"w":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}');
    const bytes = Uint8Array.of(header.length, 0, 0, 0, 0, 0, 0, 0, ...header, 1, 2);
    const { tensors } = await openBytes("w.safetensors", bytes);
    expect(tensors.get("w")!.dtype).toBe("F8_E4M3");
    await expect(tensors.get("w")!.read()).rejects.toThrow("type F8_E4M3 in w.safetensors cannot be converted");
  });
});

describe("sets of files", () => {
  const shard = (name: string, tensors: Record<string, StoredTensor>) =>
    bytesSource(name, writeSafetensors(new Map(Object.entries(tensors))));
  const index = (map: unknown) => bytesSource("w.safetensors.index.json", text(JSON.stringify({ weight_map: map })));
  const one = shard("one.safetensors", { a: f32(1), b: f32(2, 3) });
  const two = shard("two.safetensors", { c: f32(4) });

  it("are joined, with their index or without", async () => {
    for (const sources of [
      [one, two],
      [two, index({ a: one.name, b: one.name, c: two.name }), one],
    ]) {
      const { tensors, notes } = await openWeights(sources);
      expect(await tensors.get("b")!.read()).toEqual(Float32Array.of(2, 3));
      expect([...tensors.keys()].sort()).toEqual(["a", "b", "c"]);
      expect(notes).toEqual(["The weights come from 2 files."]);
    }
  });

  it.each([
    [
      "a file that the index names is missing",
      [one, index({ a: one.name, c: two.name })],
      "not chosen: two.safetensors",
    ],
    [
      "a tensor is not where the index says",
      [one, index({ x: one.name })],
      "lists tensors that its files do not have: x",
    ],
    [
      "two files share a name",
      [one, shard("copy.safetensors", { a: f32(1) })],
      "Tensor a is in copy.safetensors and in another",
    ],
    ["the index is none", [bytesSource("config.json", text("{}"))], "config.json is no index of weights"],
    ["the index is no JSON", [bytesSource("config.json", text("{"))], "config.json is not valid JSON"],
    ["nothing is chosen", [], "No file of weights was chosen"],
  ])("are refused where %s", async (_, sources, message) => {
    await expect(openWeights(sources)).rejects.toThrow(message);
  });
});

describe("files of other kinds", () => {
  it.each([
    ["nothing", new Uint8Array(), "it.bin is empty"],
    ["a Git LFS pointer", text("version https://git-lfs.github.com/spec/v1\noid sha256:00"), "git lfs pull"],
    ["a web page", text("\n<!DOCTYPE html><html>Sign in</html>"), "a web page"],
    ["an HDF5 file", Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10), "an HDF5 file"],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0), "unpack it first"],
    ["a bare pickle", Uint8Array.of(0x80, 4, 0x95, 0, 0), "without PyTorch's container"],
    ["an archive around the file", zipSync({ "m/model.pth": text("x") }), "an archive around m/model.pth"],
    ["NumPy arrays", zipSync({ "a.npy": text("x") }), "an archive of NumPy arrays"],
    ["a program", zipSync({ "m/data.pkl": text("."), "m/constants.pkl": text(".") }), "a TorchScript program"],
    ["another archive", zipSync({ readme: text("x") }), "without data.pkl"],
  ])("are refused by name: %s", async (_, bytes, message) => {
    await expect(openBytes("it.bin", bytes)).rejects.toThrow(message);
  });
});
