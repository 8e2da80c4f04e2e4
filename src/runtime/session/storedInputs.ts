/**
 * Data sets, weights and adapters in the library. An entry is a folder of the store: the files in pieces as they came, then `entry.json`, which says what
 * they are and is written last, so that an entry whose writing was cut short is known for what it is.
 */
import * as v from "valibot";
import type { ByteSource } from "../../contracts/byteSource";
import { piecesOf } from "../../core/io/bytes";
import { ZipWriter } from "../../core/io/zipWrite";
import { decodeUtf8, encodeUtf8 } from "../../core/math/text";
import type { FileTree } from "../../data/fileTree";
import { isZip } from "../../data/zipTree";
import { type Parts, type Store, type StoredFile, storedSource } from "../platform/storage";

const EntrySchema = v.object({
  format: v.literal(1),
  /** For people. */
  label: v.string(),
  /** Of the content: a data set's fingerprint, the SHA-256 of weights. */
  identity: v.string(),
  files: v.pipe(v.array(v.object({ name: v.string(), stored: v.string(), bytes: v.number() })), v.minLength(1)),
});
export type StoredEntry = v.InferOutput<typeof EntrySchema>;

export type StoredFolder = "data" | "backbones" | "adapters";
export const ENTRY_FILE = "entry.json";
/** Enough of a SHA-256 to tell a person's files apart, and short enough for a path. */
const IDENTITY_DIGITS = 16;

/** The id of the library entry that holds this content. */
export const storedId = (folder: StoredFolder, identity: string): string =>
  `${folder}/${identity.slice(0, IDENTITY_DIGITS)}`;

/** What an entry says of itself; undefined where it is not whole. `files`: those of the store, where they are known already. */
export async function readStoredEntry(
  store: Store,
  id: string,
  files?: readonly StoredFile[],
): Promise<StoredEntry | undefined> {
  const bytes = await store.read(`${id}/${ENTRY_FILE}`);
  if (!bytes) return undefined;
  try {
    const entry = v.parse(EntrySchema, JSON.parse(decodeUtf8(bytes)));
    const there = new Map((files ?? (await store.list())).map(({ name, bytes: size }) => [name, size]));
    return entry.files.every(({ stored, bytes: size }) => there.get(`${id}/${stored}`) === size) ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** The files of an entry. @throws where it is not whole. */
export async function openStoredEntry(
  store: Store,
  id: string,
): Promise<{ readonly entry: StoredEntry; readonly sources: readonly ByteSource[] }> {
  const entry = await readStoredEntry(store, id);
  if (!entry)
    throw new Error(`The library has no whole "${id}": its writing was cut short. Delete it and keep the files anew.`);
  const sources = await Promise.all(
    entry.files.map(({ name, stored }) => storedSource(store, `${id}/${stored}`, name)),
  );
  return { entry, sources };
}

interface Copy {
  readonly folder: StoredFolder;
  readonly label: string;
  readonly identity: string;
  readonly files: readonly { readonly name: string; readonly parts: Parts }[];
}

/**
 * Copies files into the library; what was there of the same content is replaced.
 * @throws where there is no room; what was written by then is deleted.
 */
async function copyIn(store: Store, { folder, label, identity, files }: Copy): Promise<void> {
  const id = storedId(folder, identity);
  await store.remove(`${id}/${ENTRY_FILE}`);
  const kept: StoredEntry["files"] = [];
  const places = files.map(({ name, parts }, i) => ({ name, parts, stored: `${i}.bin` }));
  try {
    for (const { name, parts, stored } of places)
      kept.push({ name, stored, bytes: await store.writeParts(`${id}/${stored}`, parts) });
    const entry: StoredEntry = { format: 1, label, identity, files: kept };
    await store.write(`${id}/${ENTRY_FILE}`, encodeUtf8(JSON.stringify(entry)));
  } catch (error) {
    // The room is needed, and half a copy is of no use. Why it failed is told, whether this works or not.
    for (const name of [ENTRY_FILE, ...places.map(({ stored }) => stored)])
      await store.remove(`${id}/${name}`).catch(() => {});
    throw error;
  }
}

type Progress = (doneBytes: number) => void;

async function* told(parts: AsyncIterable<Uint8Array>, onPiece: (bytes: number) => void): AsyncIterable<Uint8Array> {
  for await (const piece of parts) {
    yield piece;
    onPiece(piece.length);
  }
}

export interface StoredIdentity {
  readonly label: string;
  readonly identity: string;
}

/** Files as they came. */
export function storeFiles(
  store: Store,
  folder: StoredFolder,
  kept: StoredIdentity,
  sources: readonly ByteSource[],
  onProgress: Progress,
): Promise<void> {
  let done = 0;
  const onPiece = (bytes: number): void => {
    done += bytes;
    onProgress(done);
  };
  const files = sources.map((source) => ({ name: source.name, parts: told(piecesOf(source), onPiece) }));
  return copyIn(store, { folder, ...kept, files });
}

const archiveName = (label: string): string => (isZip(label) ? label : `${label}.zip`);

/** As one archive of stored entries, from which single files are read as they are from a folder. */
export function storeTree(store: Store, kept: StoredIdentity, tree: FileTree, onProgress: Progress): Promise<void> {
  const parts = archiveOf(tree, onProgress);
  return copyIn(store, { folder: "data", ...kept, files: [{ name: archiveName(kept.label), parts }] });
}

async function* archiveOf(tree: FileTree, onProgress: Progress): AsyncIterable<Uint8Array> {
  const zip = new ZipWriter();
  let done = 0;
  for (const path of await tree.list()) {
    const bytes = await tree.read(path);
    yield* zip.entry(path, bytes);
    done += bytes.length;
    onProgress(done);
  }
  yield* zip.end();
}
