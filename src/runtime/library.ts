/** What a store holds, as a person sees it: runs, decompositions, backbones, data sets; with sizes, and a way to delete them. */
import type { LibraryEntry, RunEvent } from "../contracts/runEvent";
import { summariseRunState } from "../core/checkpoint/runState";
import type { Store, StoredFile } from "./storage";
import type { BlobCache } from "./svdPool";

/** Folders of the store, one a kind. Decompositions are one entry together, of the others each folder or file is one. */
export const libraryFolders = { runs: "run", svd: "svd", backbones: "backbone", data: "data" } as const;

const isKind = (folder: string): folder is keyof typeof libraryFolders => Object.hasOwn(libraryFolders, folder);

/** The id of the entry that a file belongs to: a prefix of its name. */
function entryOf(name: string): string {
  const [folder, item] = name.split("/");
  return folder === "svd" || item === undefined ? folder! : `${folder}/${item}`;
}

const keptFiles = async (store: Store): Promise<readonly StoredFile[]> =>
  (await store.list()).filter(({ name }) => isKind(name.split("/")[0]!));

/** More than any header of a checkpoint: its configuration is the bulk of it. */
const HEAD_BYTES = 2 ** 16;

/** The folder is its own index, so none can go stale. */
export async function readLibrary(store: Store): Promise<readonly LibraryEntry[]> {
  const groups = new Map<string, StoredFile[]>();
  for (const file of await keptFiles(store)) {
    const id = entryOf(file.name);
    groups.set(id, [...(groups.get(id) ?? []), file]);
  }
  return Promise.all([...groups].map(([id, files]) => describeEntry(store, id, files)));
}

async function describeEntry(store: Store, id: string, files: readonly StoredFile[]): Promise<LibraryEntry> {
  const newest = files.reduce((a, b) => (b.changed > a.changed ? b : a));
  const kind = libraryFolders[id.split("/")[0] as keyof typeof libraryFolders];
  const head = kind === "run" ? await store.read(newest.name, 0, HEAD_BYTES) : undefined;
  const run = head && summariseRunState(head);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const label = kind === "run" || kind === "svd" ? "" : id.split("/")[1]!;
  return {
    id,
    kind,
    label,
    whole: kind !== "run" || run !== undefined,
    bytes,
    files: files.length,
    changed: newest.changed,
    ...(run ? { run } : {}),
  };
}

/** Deletes one entry, or all. */
export async function removeFromLibrary(store: Store, id: string): Promise<void> {
  const files = await keptFiles(store);
  const chosen = id === "all" ? files : files.filter(({ name }) => entryOf(name) === id);
  if (chosen.length === 0 && id !== "all") throw new Error(`The library has no "${id}". Ask for its list again.`);
  for (const { name } of chosen) await store.remove(name);
}

/** `persisted`: whether the platform promises not to delete by itself. */
export async function libraryEvent(store: Store, persisted: boolean): Promise<Extract<RunEvent, { type: "library" }>> {
  const [entries, quota] = await Promise.all([readLibrary(store), store.estimate()]);
  return { type: "library", entries, persisted, ...quota };
}

/** Smaller ones are computed as fast as they are read. */
const WORTH_KEEPING_BYTES = 2 ** 18;

/** Decompositions: large ones in the store, small ones in memory, where runs of one process on one backbone find them. */
export function svdCache(store: Store): BlobCache {
  const small = new Map<string, Uint8Array>();
  const nameOf = (key: string): string => `svd/${key}.safetensors`;
  return {
    get: async (key) => small.get(key) ?? store.read(nameOf(key)),
    put: async (key, bytes) => {
      if (bytes.length < WORTH_KEEPING_BYTES) small.set(key, bytes);
      else await store.write(nameOf(key), bytes);
    },
  };
}
