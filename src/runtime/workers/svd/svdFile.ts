/** Decompositions as sealed files, by the hash of the matrix. */
import { readSealed, writeSealed } from "../../../core/checkpoint/sealed";
import { sha256OfArray } from "../../../core/math/hash";
import type { Svd } from "../../../core/math/svd";
import { messageOf } from "../../platform/messageOf";
import type { Matrix } from "./svdMethods";

/** Bytes kept from one visit to the next, by name. */
export interface BlobCache {
  get(key: string): Promise<Uint8Array | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
}

export interface CacheOptions {
  readonly cache?: BlobCache;
  /** Told of troubles that cost time but not the result, such as a full disk. */
  readonly onWarning?: (message: string) => void;
}

/** Changes when the decomposition's convention or the cached form does. */
const CACHE_VERSION = "svd2";

export const cacheKey = ({ weight, rows, cols }: Matrix): string =>
  `${CACHE_VERSION}-${rows}x${cols}-${sha256OfArray(weight)}`;

/** What is unreadable or does not fit counts as not there. */
export async function readCache(
  key: string,
  { rows, cols }: Matrix,
  { cache, onWarning }: CacheOptions,
): Promise<Svd | undefined> {
  try {
    const bytes = await cache?.get(key);
    if (!bytes) return undefined;
    const { tensors } = readSealed(bytes);
    const p = Math.min(rows, cols);
    const factor = (name: string, length: number): Float64Array => {
      const data = tensors.get(name)?.data;
      if (data instanceof Float64Array && data.length === length) return data;
      throw new Error(`it has no ${name} of ${length} numbers`);
    };
    return { u: factor("u", rows * p), s: factor("s", p), v: factor("v", cols * p) };
  } catch (error) {
    onWarning?.(`A cached decomposition could not be used and is computed again: ${messageOf(error)}`);
    return undefined;
  }
}

export async function writeCache(key: string, { u, s, v }: Svd, { cache, onWarning }: CacheOptions): Promise<void> {
  if (!cache) return;
  try {
    const entry = (data: Float64Array) => ({ dtype: "F64" as const, shape: [data.length], data });
    const tensors = new Map([
      ["u", entry(u)],
      ["s", entry(s)],
      ["v", entry(v)],
    ]);
    await cache.put(key, writeSealed(tensors, { format: "ditask-svd" }));
  } catch (error) {
    onWarning?.(`A decomposition could not be kept for the next time: ${messageOf(error)}`);
  }
}
