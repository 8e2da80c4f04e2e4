/** The data of a session: Scenes, and at most one data set of the user's own, opened as a configuration reads it. */
import * as v from "valibot";
import type { ByteSource } from "../../contracts/byteSource";
import type { DataEntry } from "../../contracts/catalogue";
import type { FolderFile } from "../../contracts/command";
import { LabelReadingSchema } from "../../contracts/labelReading";
import type { DataConfig, RunConfig } from "../../contracts/runConfig";
import type { DataSource } from "../../contracts/sample";
import { resolveBackbone } from "../../core/backbones/registry";
import { decodeUtf8, encodeUtf8 } from "../../core/math/text";
import { classColour } from "../../core/tasks/paint";
import type { FileTree } from "../../data/fileTree";
import { fingerprint } from "../../data/fingerprint";
import { type OpenedData, openData } from "../../data/layouts";
import { scenesSource } from "../../data/scenes";
import { isZip, zipTree } from "../../data/zipTree";
import { blobSource } from "../blobSource";
import { browserFiles } from "../browserFiles";
import { scenesEntry } from "../catalogue";
import type { Kept } from "../keepsakes";
import { NOTES_FOLDER } from "../library";
import { withOwnTasks } from "../modelSpec";
import { chosenBackbone } from "../startingPoints";
import type { Host } from "./host";

/** What RunConfig.data.source says of the user's own data. */
export const FOLDER = "folder";

type Reading = Pick<DataConfig, "layout" | "valShare" | "readings">;
const asItIs: Reading = { layout: "auto", valShare: 0, readings: {} };

const NoteSchema = v.object({
  layout: v.string(),
  valShare: v.number(),
  readings: v.record(v.string(), LabelReadingSchema),
});

interface Held extends Kept {
  /** The files as they came. */
  readonly tree: FileTree;
  readonly reading: Reading;
  readonly opened: OpenedData;
}

const sameReading = (held: Held, wanted: Reading): boolean =>
  JSON.stringify([held.reading.valShare, held.reading.readings]) ===
    JSON.stringify([wanted.valShare, wanted.readings]) &&
  (wanted.layout === held.reading.layout || wanted.layout === held.opened.layout);

export class DataShelf {
  private held: Held | null = null;
  /** Openings one after the other: each may read every label. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly host: Host,
    /** There is another data set, or it is read in another way. */
    private readonly onChange: () => void,
  ) {}

  entries(): readonly DataEntry[] {
    return this.held ? [entryOf(this.held)] : [];
  }

  /** The opened data set of the user's own. @throws where there is none. */
  need(): Kept & { readonly tree: FileTree } {
    if (this.held)
      return { label: this.held.label, identity: this.held.identity, tree: this.held.opened.contents.tree };
    throw new Error('data.source is "folder", but no folder was opened. Choose or drop one first.');
  }

  /** What a run of this configuration learns from belongs to; null: built in. */
  identityOf({ data }: RunConfig): Kept | null {
    return data.source === FOLDER && this.held ? { label: this.held.label, identity: this.held.identity } : null;
  }

  /** Chosen or dropped files; one zip archive is read as the folder that it holds. */
  async openFiles(files: readonly FolderFile[], name: string): Promise<void> {
    const [first, second] = files;
    const archive = first && !second && isZip(first.path) ? first : undefined;
    return this.open(archive ? await zipTree(blobSource(archive.path, archive.file)) : browserFiles(files), name);
  }

  async openArchive(source: ByteSource, name: string): Promise<void> {
    return this.open(await zipTree(source), name);
  }

  /** Reads a data set; as it was read the last time, where this one was here before. What was open stays where that fails. */
  open(tree: FileTree, label: string): Promise<void> {
    return this.inTurn(async () => {
      const first = await openData(tree, { name: label, seed: 0 });
      const identity = await fingerprint(first.contents.tree);
      const remembered = await this.remembered(identity);
      const held: Held = { label, identity, tree, reading: asItIs, opened: first };
      this.held = remembered ? await reopened(held, remembered) : held;
      this.tell();
    });
  }

  /** The samples that a run of this configuration may use. @throws where it names data that is not there or cannot be read so. */
  async source(config: RunConfig): Promise<DataSource> {
    const { data } = config;
    if (data.source === FOLDER) return withOwnTasks((await this.asRead(data)).source, config);
    if (data.source !== "scenes") throw new Error(`data.source is "${data.source}"; known: scenes, folder.`);
    return this.scenes(config);
  }

  /** The opened data set as a configuration reads it; opened anew where that is another way than before. */
  asRead(wanted: Reading): Promise<OpenedData> {
    this.need();
    return this.inTurn(async () => {
      const held = this.held!;
      if (!sameReading(held, wanted)) {
        this.held = await reopened(held, wanted);
        this.tell();
      }
      return this.held!.opened;
    });
  }

  /** Notes how this data set is read, for the next time that it is opened. */
  async remember({ data }: RunConfig): Promise<void> {
    const { keeping } = this.host.environment;
    if (!keeping || !this.held || data.source !== FOLDER) return;
    const note: Reading = { layout: data.layout, valShare: data.valShare, readings: data.readings };
    const isUsual = JSON.stringify(note) === JSON.stringify(asItIs);
    const name = noteName(this.held.identity);
    if (isUsual) await keeping.store.remove(name);
    else await keeping.store.write(name, encodeUtf8(JSON.stringify(note)));
  }

  private async remembered(identity: string): Promise<Reading | undefined> {
    const bytes = await this.host.environment.keeping?.store.read(noteName(identity));
    if (!bytes) return undefined;
    try {
      return v.parse(NoteSchema, JSON.parse(decodeUtf8(bytes)));
    } catch {
      // A note that a kill cut short is worth less than the data.
      return undefined;
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => {});
    return result;
  }

  private tell(): void {
    const { opened } = this.held!;
    this.host.tell({ type: "data", entry: entryOf(this.held!), report: opened.report });
    this.onChange();
  }

  private scenes({ data, input, backbone }: RunConfig): DataSource {
    const side = resolveBackbone(chosenBackbone(backbone, this.host.environment.opened)).imageSize;
    const { train, val } = scenesEntry;
    // Which scenes there are does not depend on the run's seed: runs of several seeds are measured on the same validation scenes.
    return scenesSource({
      size: input.imageSize || side,
      train: Math.max(train, data.train),
      val: Math.max(val, data.val),
      seed: 0,
    });
  }
}

const noteName = (identity: string): string => `${NOTES_FOLDER}/${identity.slice(0, 32)}.json`;

async function reopened(held: Held, reading: Reading): Promise<Held> {
  const { layout, readings } = reading;
  const opened = await openData(held.tree, { name: held.label, seed: 0, layout, readings });
  return { ...held, reading, opened };
}

function entryOf({ opened, reading, identity }: Held): DataEntry {
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
    opened: { ...reading, fingerprint: identity, layout, seen },
    ...source.size,
  };
}
