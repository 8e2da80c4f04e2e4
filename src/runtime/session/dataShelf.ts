/** The data of a session: Scenes, and at most one data set of the user's own, opened as a configuration reads it. */
import * as v from "valibot";
import type { ByteSource } from "../../contracts/byteSource";
import type { DataEntry } from "../../contracts/catalogue";
import type { FolderFile } from "../../contracts/command";
import { LabelReadingSchema } from "../../contracts/labelReading";
import type { RunConfig } from "../../contracts/runConfig";
import type { DataSource } from "../../contracts/sample";
import { resolveBackbone } from "../../core/backbones/registry";
import { decodeUtf8, encodeUtf8 } from "../../core/math/text";
import { classColour } from "../../core/tasks/paint";
import type { FileTree } from "../../data/fileTree";
import { type OpenedData, openData } from "../../data/layouts";
import { scenesSource } from "../../data/scenes";
import { type SelectOptions, selectSamples } from "../../data/select";
import { fingerprint } from "../../data/survey/fingerprint";
import { zipTree } from "../../data/zipTree";
import { chosenTree } from "../browserFiles";
import { scenesEntry } from "../catalogue";
import type { Kept } from "../keepsakes";
import { NOTES_FOLDER } from "../library";
import { withOwnTasks } from "../modelSpec";
import { nextTask } from "../nextTask";
import { asItIs, openOptions, type Reading } from "../openOptions";
import { chosenBackbone } from "../startingPoints";
import type { Host } from "./host";

/** What RunConfig.data.source says of the user's own data. */
export const FOLDER = "folder";

const NoteSchema = v.object({
  layout: v.string(),
  valShare: v.number(),
  readings: v.record(v.string(), LabelReadingSchema),
});

interface Held extends Kept {
  /** The files as they came. */
  readonly tree: FileTree;
  /** Where another thread finds them; absent: nowhere. */
  readonly place?: Place;
  readonly reading: Reading;
  readonly opened: OpenedData;
  /** With its origin, where there is a place. */
  readonly source: DataSource;
}

/** Chosen files; in Node the path of a folder or archive. */
type Place = readonly FolderFile[] | string;

/** What a survey found of a sample's classes, by task. */
export type KnownClasses = ReadonlyMap<string, Readonly<Record<string, readonly number[]>>>;

const sameReading = (held: Held, wanted: Reading): boolean =>
  JSON.stringify([held.reading.valShare, held.reading.readings]) ===
    JSON.stringify([wanted.valShare, wanted.readings]) &&
  (wanted.layout === held.reading.layout || wanted.layout === held.opened.layout);

export class DataShelf {
  private held: Held | null = null;
  private known: KnownClasses = new Map();
  /** The last selection: a configuration is counted with every change of it. */
  private last: { key: string; held: Held | null; name: string; source: DataSource } | null = null;
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
    return this.open(await chosenTree(files), name, files);
  }

  async openArchive(source: ByteSource, name: string): Promise<void> {
    return this.open(await zipTree(source), name);
  }

  /**
   * Reads a data set; as it was read the last time, where this one was here before. What was open stays where that fails.
   * `place`: where other threads find the same files. `wanted`: how it is read, whatever was said the last time.
   */
  open(tree: FileTree, label: string, place?: Place, wanted?: Reading): Promise<void> {
    return this.inTurn(async () => {
      const files = { label, tree, ...(place && { place }) };
      const first = await opened({ ...files, identity: "" }, wanted ?? asItIs);
      const identity = await fingerprint(first.opened.contents.tree);
      const remembered = wanted ? undefined : await this.remembered(identity);
      this.held = remembered ? await opened({ ...files, identity }, remembered) : { ...first, identity };
      this.known = new Map();
      this.tell();
    });
  }

  /** What a survey found, so that a selection by classes need not read the labels again. */
  learn(opened: OpenedData, classes: KnownClasses): void {
    // Read in another way since, the labels show other classes.
    if (this.held?.opened === opened) this.known = classes;
  }

  /** The samples that a run of this configuration may use. @throws where it names data that is not there or cannot be read so. */
  async source(config: RunConfig, signal?: AbortSignal): Promise<DataSource> {
    const whole = await this.whole(config);
    const { select } = config.data;
    const key = JSON.stringify([select, config.tasks, config.customTasks, whole.size]);
    const { last, held } = this;
    if (last && last.key === key && last.held === held && last.name === whole.name) return last.source;
    const source = await selectSamples(whole, select, this.selecting(signal));
    this.last = { key, held, name: whole.name, source };
    return source;
  }

  /** The data set with the run's own tasks, before any selection. @throws as `source` does. */
  async whole(config: RunConfig): Promise<DataSource> {
    const { data } = config;
    if (data.source === FOLDER) {
      await this.asRead(data);
      return withOwnTasks(this.held!.source, config);
    }
    if (data.source !== "scenes") throw new Error(`data.source is "${data.source}"; known: scenes, folder.`);
    return this.scenes(config);
  }

  /** How a selection looks through samples. */
  selecting(signal?: AbortSignal): SelectOptions {
    const { known } = this;
    return { ...(signal && { signal }), pause: nextTask, classesOf: (id) => known.get(id) };
  }

  /** The opened data set as a configuration reads it; opened anew where that is another way than before. */
  asRead(wanted: Reading): Promise<OpenedData> {
    this.need();
    return this.inTurn(async () => {
      const held = this.held!;
      if (!sameReading(held, wanted)) {
        this.held = await opened(held, wanted);
        this.known = new Map();
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

type Files = Pick<Held, "label" | "identity" | "tree" | "place">;

async function opened({ label, identity, tree, place }: Files, reading: Reading): Promise<Held> {
  const data = await openData(tree, openOptions(label, reading));
  const counts = data.source.tasks.flatMap(({ task, classCount }) => (classCount ? [[task, classCount] as const] : []));
  // Another object at each opening: by it other threads know that theirs is an older one.
  const options = { ...openOptions(label, reading), classCounts: Object.fromEntries(counts) };
  const source = place ? { ...data.source, origin: { kind: "files" as const, place, options, own: [] } } : data.source;
  return { label, identity, tree, ...(place && { place }), reading, opened: data, source };
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
