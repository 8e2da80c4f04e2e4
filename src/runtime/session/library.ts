/** The library, a store as a person sees it: runs, decompositions, backbones, data sets; with sizes, and a way to delete them. */
import type { RunId } from "../../contracts/run";
import type { LibraryEntry, RunEvent, RunSummary } from "../../contracts/runEvent";
import { readRunSummary } from "../../core/checkpoint/runState";
import { decodeUtf8 } from "../../core/math/text";
import { type Store, type StoredFile, sourceOf } from "../platform/storage";
import { checkpointFiles } from "../run/checkpoints";
import { RECORD_FILE, readRecord, SUMMARY_FILE, summaryOf } from "../run/record/record";
import type { BlobCache } from "../workers/svd/svdFile";
import { ENTRY_FILE, readStoredEntry } from "./storedInputs";

/** Folders of the store, one a kind. Decompositions are one entry together, of the others each folder or file is one. */
export const libraryFolders = {
  runs: "run",
  svd: "svd",
  backbones: "backbone",
  adapters: "adapter",
  data: "data",
} as const;

const isKind = (folder: string): folder is keyof typeof libraryFolders => Object.hasOwn(libraryFolders, folder);

/** The id of the entry that a file belongs to: a prefix of its name. */
function entryOf(name: string): string {
  const [folder, item] = name.split("/");
  return folder === "svd" || item === undefined ? folder! : `${folder}/${item}`;
}

const keptFiles = async (store: Store): Promise<readonly StoredFile[]> =>
  (await store.list()).filter(({ name }) => isKind(name.split("/")[0]!));

/** What a store holds beside the library: what a person said of data sets, by fingerprint. Deleted with all, and no entry. */
export const NOTES_FOLDER = "notes";

/** The folder is its own index, so none can go stale. */
export async function readLibrary(store: Store): Promise<readonly LibraryEntry[]> {
  const groups = new Map<string, StoredFile[]>();
  for (const file of await keptFiles(store)) {
    const id = entryOf(file.name);
    const group = groups.get(id);
    if (group) group.push(file);
    else groups.set(id, [file]);
  }
  return Promise.all([...groups].map(([id, files]) => describeEntry(store, id, files)));
}

async function describeEntry(store: Store, id: string, files: readonly StoredFile[]): Promise<LibraryEntry> {
  const newest = files.reduce((a, b) => (b.changed > a.changed ? b : a));
  const kind = libraryFolders[id.split("/")[0] as keyof typeof libraryFolders];
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const about = { id, kind, bytes, files: files.length, changed: newest.changed };
  if (kind === "svd") return { ...about, label: "", whole: true };
  if (kind === "run") {
    const run = await newestSummary(store, id, files);
    return { ...about, label: "", whole: run !== undefined, ...(run ? { run } : {}) };
  }
  const entry = await readStoredEntry(store, id, files);
  return { ...about, label: entry?.label ?? id.split("/")[1]!, whole: entry !== undefined };
}

/** What its summary says, or where that is not whole its record, or where it has none its checkpoint that is furthest. */
async function newestSummary(store: Store, id: string, files: readonly StoredFile[]): Promise<LibraryEntry["run"]> {
  const run = id.split("/")[1]!;
  const resumable = files.some(({ name }) => checkpointFiles.includes(name.split("/").at(-1)!));
  const told = (await summaryFile(store, id)) ?? (await summaryOfRecord(store, id, resumable));
  if (told) return { ...told, run, resumable };
  const found = await Promise.all(files.map((file) => readRunSummary(sourceOf(store, file))));
  const [newest] = found.filter((summary) => summary !== undefined).sort((a, b) => b.step - a.step);
  if (!newest) return undefined;
  const state = newest.step >= newest.config.training.steps ? "finished" : "paused";
  return { run, ...newest, name: "", note: "", created: 0, state, metrics: {}, resumable };
}

async function summaryFile(store: Store, id: string): Promise<RunSummary | undefined> {
  const bytes = await store.read(`${id}/${SUMMARY_FILE}`);
  try {
    return bytes && (JSON.parse(decodeUtf8(bytes)) as RunSummary);
  } catch {
    return undefined;
  }
}

async function summaryOfRecord(store: Store, id: string, resumable: boolean): Promise<RunSummary | undefined> {
  const bytes = await store.read(`${id}/${RECORD_FILE}`);
  try {
    return bytes && summaryOf(readRecord(bytes), resumable);
  } catch {
    return undefined;
  }
}

/** Deletes one entry, or all. The file that makes an entry whole goes first, so that what a kill leaves is known to be no entry. */
export async function removeFromLibrary(store: Store, id: string): Promise<void> {
  const files = (await store.list()).filter(({ name }) => belongs(name, id));
  if (files.length === 0 && id !== "all") throw new Error(`The library has no "${id}". Ask for its list again.`);
  const isEntry = ({ name }: StoredFile): boolean => name.endsWith(`/${ENTRY_FILE}`);
  for (const { name } of [...files.filter(isEntry), ...files.filter((file) => !isEntry(file))])
    await store.remove(name);
}

function belongs(name: string, id: string): boolean {
  const [folder] = name.split("/");
  return id === "all" ? isKind(folder!) || folder === NOTES_FOLDER : isKind(folder!) && entryOf(name) === id;
}

/** `persisted`: whether the platform promises not to delete by itself. `busy`: runs that are at work in other tabs. */
export async function libraryEvent(
  store: Store,
  persisted: boolean,
  busy: readonly RunId[],
): Promise<Extract<RunEvent, { type: "library" }>> {
  const [found, quota] = await Promise.all([readLibrary(store), store.estimate()]);
  const entries = found.map((entry) =>
    entry.run && busy.includes(entry.run.run) ? { ...entry, run: { ...entry.run, busy: true as const } } : entry,
  );
  return { type: "library", entries, persisted, ...quota };
}

/** Smaller ones are computed as fast as they are read. */
const WORTH_KEEPING_BYTES = 2 ** 18;

/** The small ones of a backbone take a few megabytes. */
const SMALL_BYTES = 2 ** 26;

/**
 * Decompositions: large ones in the store, small ones in memory, where runs of one process on one backbone find them; of those the newest
 * `room` bytes.
 */
export function svdCache(store: Store, room = SMALL_BYTES): BlobCache {
  const small = new Map<string, Uint8Array>();
  let held = 0;
  const keepSmall = (key: string, bytes: Uint8Array): void => {
    held += bytes.length - (small.get(key)?.length ?? 0);
    small.delete(key);
    small.set(key, bytes);
    for (const [oldest, { length }] of small) {
      if (held <= room) break;
      small.delete(oldest);
      held -= length;
    }
  };
  const nameOf = (key: string): string => `svd/${key}.safetensors`;
  return {
    get: async (key) => small.get(key) ?? store.read(nameOf(key)),
    put: async (key, bytes) => {
      if (bytes.length < WORTH_KEEPING_BYTES) keepSmall(key, bytes);
      else await store.write(nameOf(key), bytes);
    },
  };
}
