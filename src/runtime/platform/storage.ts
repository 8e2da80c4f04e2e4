/**
 * Files kept from one visit to the next, by name. Names are paths: segments of letters, digits and "._-", joined by "/"; so none leaves the
 * store's folder. A write that is cut short may leave any part of the file: who needs more than that seals its files (core/checkpoint/sealed).
 */
import type { ByteSource } from "../../contracts/byteSource";
import type { RunId } from "../../contracts/run";
import { checkRange } from "../../core/io/bytes";

/** Where runs are stored. */
export interface RunStorage {
  readonly store: Store;
  /** The folder of a run. */
  folderOf(run: RunId): string;
}

export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly changed: number;
}

export type Parts = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface Store {
  /** All files, by name. */
  list(): Promise<readonly StoredFile[]>;
  /** The file's bytes from `from` to `to`, all by default, as an array of the caller's own; undefined where there is no such file. */
  read(name: string, from?: number, to?: number): Promise<Uint8Array | undefined>;
  /** Replaces the file. @throws where there is no room. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Puts bytes at the end of a file, which is made where there is none. @throws where there is no room; a part may have been written then. */
  append(name: string, bytes: Uint8Array): Promise<void>;
  /** Replaces the file by pieces that come one after the other, none of which is held. Returns its bytes. @throws as `write` does. */
  writeParts(name: string, parts: Parts): Promise<number>;
  /** The file as something that is read when it is needed and can be posted to other threads, on platforms that have it. */
  blob?(name: string): Promise<Blob | undefined>;
  /** Nothing happens where there is no such file. */
  remove(name: string): Promise<void>;
  /** Undefined where the platform does not say. */
  estimate(): Promise<{ readonly usedBytes: number; readonly quotaBytes: number } | undefined>;
}

/** @throws where a name could mean a file outside the store. */
export function checkName(name: string): string {
  if (name.split("/").every((segment) => /^[\w-][\w.-]*$/.test(segment))) return name;
  throw new Error(
    `"${name}" cannot name a kept file. Use letters, digits, ".", "_" and "-", with "/" between folders; no part begins with a dot.`,
  );
}

export const byName = (files: readonly StoredFile[]): readonly StoredFile[] =>
  [...files].sort((a, b) => (a.name < b.name ? -1 : 1));

/** A stored file that is read in pieces; `label` is its name for people. @throws where there is none. */
export async function storedSource(store: Store, name: string, label: string): Promise<ByteSource> {
  const file = (await store.list()).find((candidate) => candidate.name === name);
  if (file) return sourceOf(store, file, label);
  throw new Error(`${label} is not kept here any more (${name}). Open it anew.`);
}

/** The same of a file that was listed. */
export function sourceOf(store: Store, { name, bytes: size }: StoredFile, label = name): ByteSource {
  return {
    name: label,
    size,
    async read(offset, length) {
      checkRange({ name: label, size }, offset, length);
      const bytes = await store.read(name, offset, offset + length);
      if (bytes?.length === length) return bytes;
      throw new Error(`${label} has changed or gone while it was read (${name}). Open it anew.`);
    },
  };
}
