/** A data set of the user's own, as it is open in a session. */
import type { DataEntry } from "../../contracts/catalogue";
import type { FolderFile } from "../../contracts/dataOrigin";
import type { DataSource } from "../../contracts/sample";
import { classColour } from "../../core/tasks/paint";
import type { FileTree } from "../../data/fileTree";
import { type OpenedData, openData } from "../../data/layouts";
import type { Watch } from "../../data/watch";
import { openOptions, type Reading } from "../run/prepare/openOptions";
import type { StoredIdentity } from "./storedInputs";

/** What RunConfig.data.source says of the user's own data. */
export const FOLDER = "folder";

export interface Held extends StoredIdentity {
  /** Absent: the files where they lie. */
  readonly readFrom?: ReadFrom;
  /** The files as they came. */
  readonly tree: FileTree;
  /** Where another thread finds them; absent: nowhere. */
  readonly place?: Place;
  readonly reading: Reading;
  readonly opened: OpenedData;
  /** With its origin, where there is a place. */
  readonly source: DataSource;
}

export type ReadFrom = NonNullable<NonNullable<DataEntry["opened"]>["readFrom"]>;

/** Chosen files; in Node the path of a folder or archive. */
export type Place = readonly FolderFile[] | string;

export const sameReading = (held: Held, wanted: Reading): boolean =>
  JSON.stringify([held.reading.valShare, held.reading.labelEncodings]) ===
    JSON.stringify([wanted.valShare, wanted.labelEncodings]) &&
  (wanted.layout === held.reading.layout || wanted.layout === held.opened.layout);

type Files = Pick<Held, "label" | "identity" | "readFrom" | "tree" | "place">;

export async function openHeld(
  { label, identity, readFrom, tree, place }: Files,
  reading: Reading,
  watch: Watch,
): Promise<Held> {
  const data = await openData(tree, openOptions(label, reading), watch);
  const counts = data.source.tasks.flatMap(({ task, classCount }) => (classCount ? [[task, classCount] as const] : []));
  // Another object at each opening: by it other threads know that theirs is an older one.
  const options = { ...openOptions(label, reading), classCounts: Object.fromEntries(counts) };
  const source = place ? { ...data.source, origin: { kind: "files" as const, place, options, own: [] } } : data.source;
  const from = { ...(place && { place }), ...(readFrom && { readFrom }) };
  return { label, identity, tree, ...from, reading, opened: data, source };
}

export function entryOf({ opened, reading, identity, readFrom }: Held): DataEntry {
  const { source, layout, seen } = opened;
  return {
    id: FOLDER,
    label: source.name,
    help: "Your own images and labels. They stay on this machine.",
    tasks: source.tasks.map(({ task }) => task),
    legends: Object.fromEntries(
      source.tasks.map(({ task, classes = [] }) => [task, classes.map((name, i) => ({ name, color: classColour(i) }))]),
    ),
    folders: source.folders ?? [],
    opened: { ...reading, fingerprint: identity, layout, seen, ...(readFrom && { readFrom }) },
    ...source.size,
  };
}

/** The same, its files from now on in an archive of memory; other threads open it anew, where there are any. */
export function movedTo(held: Held, archive: Blob): Held {
  const { place, source } = held;
  const moved: Held = { ...held, readFrom: "memory" };
  if (typeof place !== "object" || source.origin?.kind !== "files") return moved;
  const now = place.map(({ path }) => ({ path, file: archive }));
  // By other options they know that it is another one.
  const origin = { ...source.origin, place: now, options: { ...source.origin.options } };
  return { ...moved, place: now, source: { ...source, origin } };
}
