/** The data of a session: Scenes, and at most one data set of the user's own, opened as a configuration reads it. */
import type { ByteSource } from "../../contracts/byteSource";
import type { DataEntry } from "../../contracts/catalogue";
import type { CustomTask } from "../../contracts/customTask";
import type { FolderFile } from "../../contracts/dataOrigin";
import type { RunConfig } from "../../contracts/runConfig";
import type { DataSource } from "../../contracts/sample";
import { resolveBackbone } from "../../core/backbones/registry";
import type { FileTree } from "../../data/fileTree";
import type { OpenedData } from "../../data/layouts";
import { scenesSource } from "../../data/scenes";
import { type SelectOptions, selectSamples } from "../../data/select";
import { fingerprint } from "../../data/survey/fingerprint";
import type { Watch } from "../../data/watch";
import { zipTree } from "../../data/zipTree";
import { chosenTree } from "../platform/chosenFiles";
import { nextTask } from "../platform/nextTask";
import { scenesEntry } from "../products/catalogue/catalogue";
import { paced } from "../run/paced";
import { withOwnTasks } from "../run/prepare/modelSpec";
import { asItIs, type Reading } from "../run/prepare/openOptions";
import { chosenBackbone } from "../run/prepare/startingPoints";
import { readNote, writeNote } from "./encodingNotes";
import type { Host } from "./host";
import { quietly } from "./latestTask";
import { entryOf, FOLDER, type Held, movedTo, openHeld, type Place, type ReadFrom, sameReading } from "./openedData";
import type { StoredIdentity } from "./storedInputs";
import type { WeightsInput } from "./weightsInput";

/** What a survey found: the classes that a sample shows, by its id and task. */
export type KnownClasses = ReadonlyMap<string, Readonly<Record<string, readonly number[]>>>;

/** Tasks of the user's own decide how their labels are read. */
interface Learnt {
  readonly customTasks: string;
  readonly classes: KnownClasses;
}

interface Opening {
  /** Where other threads find the same files. */
  readonly place?: Place;
  /** How it is read, whatever was said the last time. */
  readonly wanted?: Reading;
  readonly readFrom?: ReadFrom;
}

export class DataInput {
  private held: Held | null = null;
  /** What was last opened of the library. */
  private copySource: ByteSource | undefined;
  private readonly learnt = new WeakMap<OpenedData, Learnt>();
  /** The last selection, and what it was taken from: a configuration is counted with every change of it. */
  private last: { readonly key: string; readonly from: DataSource | string; readonly source: DataSource } | null = null;
  /** Stops the opening that another one replaces. */
  private opening: AbortController | null = null;
  /** Openings one after the other: each may read every label. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly host: Host,
    private readonly weights: Pick<WeightsInput, "opened">,
    /** There is another data set, or it is read in another way. */
    private readonly onChange: () => void,
  ) {}

  entries(): readonly DataEntry[] {
    return this.held ? [entryOf(this.held)] : [];
  }

  /** The opened data set of the user's own. @throws where there is none. */
  need(): StoredIdentity & Pick<Held, "readFrom" | "tree"> {
    if (this.held) {
      const { label, identity, readFrom, opened } = this.held;
      return { label, identity, tree: opened.contents.tree, ...(readFrom && { readFrom }) };
    }
    throw new Error('data.source is "folder", but no folder was opened. Choose or drop one first.');
  }

  /** What a run of this configuration learns from belongs to; null: built in. */
  identityOf({ data }: RunConfig): StoredIdentity | null {
    return data.source === FOLDER && this.held ? { label: this.held.label, identity: this.held.identity } : null;
  }

  /** Chosen or dropped files; one zip archive is read as the folder that it holds. */
  async openFiles(files: readonly FolderFile[], name: string): Promise<void> {
    return this.open(await chosenTree(files), name, { place: files });
  }

  /** The library's copy, an archive; `file`: the same for other threads, on platforms that have it. */
  async openCopy(source: ByteSource, name: string, file: Blob | undefined): Promise<void> {
    const place = file && [{ path: source.name, file }];
    await this.open(await zipTree(source), name, { ...(place && { place }), readFrom: "copy" });
    this.copySource = source;
  }

  /** What is open and read from the library's copy; undefined where nothing is. */
  get copy(): ByteSource | undefined {
    return this.held?.readFrom === "copy" ? this.copySource : undefined;
  }

  /** The copy that is open will be deleted: its source reads from memory by now, other threads find it in `file`. */
  leaveCopy(file: Blob): Promise<void> {
    return this.inTurn(async () => {
      const { held } = this;
      if (held?.readFrom !== "copy") return;
      this.held = movedTo(held, file);
      this.tell();
    });
  }

  /** Reads a data set; as it was read the last time, where this one was here before. What was open stays where that fails. */
  open(tree: FileTree, label: string, { place, wanted, readFrom }: Opening = {}): Promise<void> {
    this.opening?.abort(quietly("Replaced by other files."));
    this.opening = new AbortController();
    const { signal } = this.opening;
    return this.inTurn(async () => {
      signal.throwIfAborted();
      const files = { label, tree, ...(place && { place }), ...(readFrom && { readFrom }) };
      const watch = { ...this.watch(label), signal };
      const first = await openHeld({ ...files, identity: "" }, wanted ?? asItIs, watch);
      const identity = await fingerprint(first.opened.contents.tree);
      const remembered = wanted ? undefined : await readNote(this.host, identity);
      this.held = remembered ? await openHeld({ ...files, identity }, remembered, watch) : { ...first, identity };
      this.tell();
    });
  }

  /** What a survey with these tasks found, so that a selection by classes need not read the labels again. */
  learn(opened: OpenedData, customTasks: readonly CustomTask[], classes: KnownClasses): void {
    this.learnt.set(opened, { customTasks: JSON.stringify(customTasks), classes });
  }

  /** The samples that a run of this configuration may use. @throws where it names data that is not there or cannot be read so. */
  async source(config: RunConfig, signal?: AbortSignal): Promise<DataSource> {
    const whole = await this.whole(config, signal);
    const { select } = config.data;
    const key = JSON.stringify([select, config.customTasks.filter(({ id }) => config.tasks.includes(id))]);
    const { last } = this;
    if (last && last.key === key && last.from === whole.from) return last.source;
    const source = await selectSamples(whole.source, select, whole.looking);
    this.last = { key, from: whole.from, source };
    return source;
  }

  /**
   * The data set with the run's own tasks, before any selection; how a selection looks through it; and `from`, which is the same as long as the
   * data set is. @throws as `source` does.
   */
  async whole(config: RunConfig, signal?: AbortSignal) {
    const looking: SelectOptions = { ...(signal && { signal }), pause: nextTask };
    const { data } = config;
    if (data.source === FOLDER) {
      const { source, opened } = await this.heldAs(data);
      const learnt = this.learnt.get(opened);
      const known = learnt?.customTasks === JSON.stringify(config.customTasks) ? learnt.classes : undefined;
      const own = withOwnTasks(source, config);
      return { source: own, looking: { ...looking, classesOf: (id: string) => known?.get(id) }, from: source };
    }
    if (data.source !== "scenes") throw new Error(`data.source is "${data.source}"; known: scenes, folder.`);
    const source = this.scenes(config);
    return { source, looking, from: JSON.stringify(source.origin) };
  }

  /** The opened data set as a configuration reads it; opened anew where that is another way than before. */
  async asRead(wanted: Reading): Promise<OpenedData> {
    return (await this.heldAs(wanted)).opened;
  }

  private async heldAs(wanted: Reading): Promise<Held> {
    this.need();
    return this.inTurn(async () => {
      const held = this.held!;
      if (sameReading(held, wanted)) return held;
      const other = await openHeld(held, wanted, this.watch(held.label));
      this.held = other;
      this.tell();
      return other;
    });
  }

  /** Notes how this data set is read, for the next time that it is opened. */
  async remember({ data }: RunConfig): Promise<void> {
    const { layout, valShare, labelEncodings } = data;
    if (this.held && data.source === FOLDER)
      await writeNote(this.host, this.held.identity, { layout, valShare, labelEncodings });
  }

  private watch(label: string): Watch {
    return { onProgress: paced(this.host, (done, total) => this.host.tell({ type: "opening", label, done, total })) };
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
    const side = resolveBackbone(chosenBackbone(backbone, this.weights.opened)).imageSize;
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
