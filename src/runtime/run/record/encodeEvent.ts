/**
 * Plain data with typed arrays and pictures as bytes: the length of a JSON text (uint32), the text, and behind it the arrays that the text names by
 * place. Pictures are PNG files there. Numbers that JSON has no word for are texts of their own kind.
 */
import { joined } from "../../../core/io/bytes";
import { decodeUtf8, encodeUtf8 } from "../../../core/math/text";
import { encodePng } from "../../../data/io/png";
import { readPng } from "../../../data/io/pngFile";

/** The one key of an object that stands for something else than itself. */
const MARK = "$";

const arrays = { f32: Float32Array, f64: Float64Array, u8: Uint8Array } as const;
type ArrayKind = keyof typeof arrays;
type Place = readonly [kind: ArrayKind | "png" | "number", at: number | string, length?: number];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const kindOf = (value: unknown): ArrayKind | undefined =>
  (Object.keys(arrays) as ArrayKind[]).find((kind) => value instanceof arrays[kind]);

const isPicture = (value: unknown): value is { width: number; height: number; rgba: Uint8ClampedArray } =>
  isObject(value) && value["rgba"] instanceof Uint8ClampedArray;

export function encodePlain(value: unknown): Uint8Array {
  const blobs: Uint8Array[] = [];
  let at = 0;
  const put = (kind: ArrayKind | "png", bytes: Uint8Array): object => {
    const place: Place = [kind, at, bytes.length];
    // Arrays of eight-byte numbers are read where they lie.
    const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
    padded.set(bytes);
    blobs.push(padded);
    at += padded.length;
    return { [MARK]: place };
  };
  const text = encodeUtf8(
    JSON.stringify(value, (_key, part: unknown) => {
      if (typeof part === "number" && !Number.isFinite(part)) return { [MARK]: ["number", String(part)] };
      if (isPicture(part)) return put("png", encodePng({ ...part, channels: 4, data: new Uint8Array(part.rgba) }));
      const kind = kindOf(part);
      if (!kind) return part;
      const { buffer, byteOffset, byteLength } = part as Float32Array;
      return put(kind, new Uint8Array(buffer, byteOffset, byteLength).slice());
    }),
  );
  const head = new DataView(new ArrayBuffer(4));
  head.setUint32(0, text.length, true);
  return joined([new Uint8Array(head.buffer), text, ...blobs]);
}

/** @throws where the bytes were not written by `encodePlain`. */
export function decodePlain(bytes: Uint8Array): unknown {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0, true);
  const blobs = bytes.subarray(4 + length);
  const read = ([kind, at, size = 0]: Place): unknown => {
    if (kind === "number") return Number(at);
    const own = Uint8Array.prototype.slice.call(blobs, at as number, (at as number) + size);
    if (own.length !== size) throw new Error("An array lies beyond the end of its event.");
    if (kind !== "png") return new arrays[kind](own.buffer as ArrayBuffer);
    const { width, height, data } = readPng(own);
    return { width, height, rgba: Uint8ClampedArray.from(data) };
  };
  return JSON.parse(decodeUtf8(bytes.subarray(4, 4 + length)), (_key, part: unknown) =>
    isObject(part) && Array.isArray(part[MARK]) ? read(part[MARK] as unknown as Place) : part,
  );
}
