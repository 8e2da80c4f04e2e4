import { describe, expect, it } from "vitest";
import { readSafetensors, type StoredTensor, writeSafetensors } from "../../src/core/checkpoint/safetensors";
import { encodeFloat16 } from "../../src/core/math/float16";

const file = (header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array => {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
};
const f32 = (begin: number, end: number, shape: number[]) => ({ dtype: "F32", shape, data_offsets: [begin, end] });

describe("writeSafetensors and readSafetensors", () => {
  it("read a Node Buffer, whose slice shares memory, like any other bytes", () => {
    const written = writeSafetensors(new Map([["w", { dtype: "F32", shape: [3], data: Float32Array.of(1, 2, 3) }]]));
    const pooled = Buffer.concat([Buffer.from("xy"), Buffer.from(written)]).subarray(2);
    expect(readSafetensors(pooled).tensors.get("w")!.data).toEqual(Float32Array.of(1, 2, 3));
  });

  it("carry every type, empty tensors, scalars and metadata there and back", () => {
    const tensors = new Map<string, StoredTensor>([
      ["bytes", { dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 255) }],
      ["half", { dtype: "F16", shape: [2, 2], data: Float32Array.of(1, -0.5, 65504, 2 ** -24) }],
      ["single", { dtype: "F32", shape: [2], data: Float32Array.of(Math.fround(0.1), Number.NEGATIVE_INFINITY) }],
      ["double", { dtype: "F64", shape: [1, 2], data: Float64Array.of(0.1, -1e300) }],
      ["int", { dtype: "I32", shape: [2], data: Int32Array.of(-1, 2 ** 31 - 1) }],
      ["long", { dtype: "I64", shape: [1], data: BigInt64Array.of(-(2n ** 60n)) }],
      ["flag", { dtype: "BOOL", shape: [2], data: Uint8Array.of(1, 0) }],
      ["empty", { dtype: "F32", shape: [0, 4], data: new Float32Array() }],
      ["scalar", { dtype: "F32", shape: [], data: Float32Array.of(3) }],
    ]);
    const read = readSafetensors(writeSafetensors(tensors, { format: "pt", note: "größe" }));
    expect(new Map([...read.tensors].sort())).toEqual(new Map([...tensors].sort()));
    expect(read.metadata).toEqual({ format: "pt", note: "größe" });
  });

  it("convert numbers to the type that is asked for", () => {
    const bytes = writeSafetensors(new Map([["n", { dtype: "I64", shape: [2], data: Int32Array.of(4, -7) }]]));
    expect(readSafetensors(bytes).tensors.get("n")?.data).toEqual(BigInt64Array.of(4n, -7n));
  });

  it("refuse data that does not fill its shape", () => {
    const tensors = new Map([["w", { dtype: "F32", shape: [2, 2], data: new Float32Array(3) } as const]]);
    expect(() => writeSafetensors(tensors)).toThrow("Tensor w has 3 numbers, but its shape [2,2] asks for 4.");
  });
});

describe("readSafetensors", () => {
  it("reads a file whose header length leaves the data unaligned, inside a larger buffer", () => {
    const half = new Uint8Array(encodeFloat16([2, 3]).buffer);
    const bf16 = Uint8Array.of(0x80, 0x3f);
    const header = {
      h: { dtype: "F16", shape: [2], data_offsets: [0, 4] },
      b: { dtype: "BF16", shape: [1], data_offsets: [4, 6] },
    };
    const inner = file(header, Uint8Array.of(...half, ...bf16));
    const outer = new Uint8Array(inner.length + 3);
    outer.set(inner, 3);
    const { tensors } = readSafetensors(outer.subarray(3));
    expect(tensors.get("h")?.data).toEqual(Float32Array.of(2, 3));
    expect(tensors.get("b")?.data).toEqual(Float32Array.of(1));
  });

  const data = new Uint8Array(8);
  it.each([
    ["a file that is too short", new Uint8Array(4), /at least 8 bytes/],
    ["a header that is longer than the file", file({ a: f32(0, 8, [2]) }, data).subarray(0, 20), /cut, or not/],
    ["a zip file", new TextEncoder().encode("PK\u0003\u0004 something else entirely"), /not a safetensors file/],
    ["a header that is not JSON", file("{oops"), /not valid JSON/],
    ["a header that is not an object", file("[1]"), /must be a JSON object/],
    ["an unknown type", file({ a: { ...f32(0, 8, [2]), dtype: "F8_E4M3" } }, data), /"F8_E4M3" is not supported/],
    ["an inherited name as type", file({ a: { ...f32(0, 8, [2]), dtype: "toString" } }, data), /not supported/],
    ["a negative size", file({ a: f32(0, 8, [-2]) }, data), /its shape is \[-2\]/],
    ["a cut file", file({ a: f32(0, 16, [4]) }, data), /holds 8 bytes of data; it may be cut/],
    ["a shape that does not fit its bytes", file({ a: f32(0, 8, [3]) }, data), /needs 12/],
    ["overlapping tensors", file({ a: f32(0, 8, [2]), b: f32(4, 8, [1]) }, data), /overlap at byte 4/],
    ["a gap", file({ a: f32(4, 8, [1]) }, data), /gap between the header and tensor a/],
    ["bytes at the end", file({ a: f32(0, 4, [1]) }, data), /4 bytes after its last tensor/],
    ["metadata of another kind", file({ __metadata__: { a: 1 } }), /metadata must map strings/],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(message);
  });
});
