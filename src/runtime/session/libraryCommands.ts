/** The library's commands: what is there, deleting, keeping what is open, opening what is kept. */
import type { ByteSource } from "../../contracts/byteSource";
import { KEPT_BYTES } from "../../contracts/command";
import type { RunId } from "../../contracts/run";
import type { RunState } from "../../core/checkpoint/runState";
import { totalBytes } from "../../data/fileTree";
import { blobSource } from "../platform/blobSource";
import { needRuns } from "../platform/platform";
import type { Store } from "../platform/storage";
import type { AdapterInput } from "./adapterInput";
import type { DataInput } from "./dataInput";
import type { Host } from "./host";
import { libraryEvent, removeFromLibrary } from "./library";
import { RUN_LOCK } from "./runLock";
import {
  openStoredEntry,
  readStoredEntry,
  type StoredFolder,
  type StoredIdentity,
  storedId,
  storeFiles,
  storeTree,
} from "./storedInputs";
import { type StoredSource, storedFileSource, takeIn } from "./storedSource";
import type { WeightsInput } from "./weightsInput";

/** Progress of a copy is told at most once for so many bytes. */
const TELL_EVERY_BYTES = 2 ** 23;

/** What is kept unasked leaves as much free. */
const MOST_SHARE = 0.5;

const AGAIN = "a run on it that is to go on in a later visit will ask for it.";
const TOO_LARGE = `is too large to be kept in this browser unasked; ${AGAIN}`;
const NO_ROOM = `is not kept in this browser, where room is short; ${AGAIN}`;

export class LibraryCommands {
  /** What was opened from each entry, as long as anyone reads it. */
  private readonly opened = new Map<string, readonly WeakRef<StoredSource>[]>();

  constructor(
    private readonly host: Host,
    private readonly data: DataInput,
    private readonly weights: WeightsInput,
    private readonly adapters: AdapterInput,
  ) {}

  private get store(): Store {
    return needRuns(this.host.platform).store;
  }

  async tell(ask: boolean): Promise<void> {
    const { store } = this;
    const persisted = (await this.host.platform.persisted?.(ask)) ?? true;
    this.host.tell(await libraryEvent(store, persisted, await this.busyRuns()));
  }

  /** Runs that are at work in other tabs. */
  private async busyRuns(): Promise<readonly RunId[]> {
    const names = (await this.host.platform.lockedElsewhere?.()) ?? [];
    return names.filter((name) => name.startsWith(RUN_LOCK)).map((name) => name.slice(RUN_LOCK.length));
  }

  /**
   * What is open and read from there goes on from memory. `before`: lets go of the files, once no other tab works on a run of them.
   * @throws where what is open is too large for memory, or another tab works on a run; then nothing is deleted.
   */
  async remove(id: string, before: () => Promise<void>): Promise<void> {
    const busy = (await this.busyRuns()).filter((run) => id === "all" || id === `runs/${run}`);
    if (busy.length > 0)
      throw new Error(
        "A run of this is training in another tab. Pause it there and close that tab, then delete it here.",
      );
    await before();
    const ids = [...this.opened.keys()].filter((opened) => id === "all" || id === opened);
    const sources = ids.flatMap((opened) => this.opened.get(opened)!.flatMap((source) => source.deref() ?? []));
    const dataAt = sources.indexOf(this.data.copy as StoredSource);
    const taken = await takeIn(sources);
    const file = taken[dataAt];
    if (file) await this.data.leaveCopy(file);
    for (const opened of ids) this.opened.delete(opened);
    await removeFromLibrary(this.store, id);
    await this.tell(false);
  }

  async keep(what: "data" | "weights" | "adapter"): Promise<void> {
    if (what === "data") await this.keepData();
    else if (what === "weights") await this.keepWeights();
    else await this.keepAdapter();
    await this.tell(false);
  }

  /** So that a run on the user's own data can go on in a later visit. Never where room is short. */
  async keepSmallData(): Promise<void> {
    const { tree, label, identity, readFrom } = this.data.need();
    if (readFrom === "copy" || (await this.isKept("data", identity))) return;
    const bytes = (await totalBytes(tree)) ?? Number.POSITIVE_INFINITY;
    const quota = await this.store.estimate();
    const tight = quota !== undefined && quota.usedBytes + bytes > MOST_SHARE * quota.quotaBytes;
    if (bytes >= KEPT_BYTES || tight) return this.sayOfData(label, tight ? NO_ROOM : TOO_LARGE);
    await this.keep("data");
    this.sayOfData(
      label,
      "is kept in this browser, so that this run can go on in a later visit. The Library view switches that off.",
    );
  }

  private sayOfData(label: string, what: string): void {
    this.host.tell({ type: "log", level: "info", message: `The data set “${label}” ${what}` });
  }

  async open(id: string): Promise<void> {
    const { entry, sources } = await openStoredEntry(this.store, id);
    const isData = id.startsWith("data/");
    const archive = isData ? await this.store.blob?.(`${id}/${entry.files[0]!.stored}`) : undefined;
    const stored = sources.map((source) => storedFileSource(archive ? blobSource(source.name, archive) : source));
    const weak = stored.map((source) => new WeakRef(source));
    this.opened.set(id, weak);
    if (isData) await this.data.openCopy(stored[0]!, entry.label, archive);
    else await this.adapters.open(stored);
  }

  /** Sees to it that what a run needs is open: as it is, or from the library. @throws where it is in neither, naming it. */
  async bring({ config, needs }: RunState): Promise<void> {
    const { data = null, weights = null } = needs ?? {};
    const openData = this.data.identityOf(config);
    if (data && data.identity !== openData?.identity)
      await this.fetch("data", data, `Open the data set "${data.label}" (its folder or archive)`);
    const openWeights = weights && (await this.weights.identityOf(config));
    if (weights && weights.identity !== openWeights?.identity)
      await this.fetch("backbones", weights, `Open the weights ${weights.label}`);
  }

  private async fetch(
    folder: StoredFolder,
    { label, identity }: { readonly label: string; readonly identity: string },
    what: string,
  ): Promise<void> {
    if (await this.isKept(folder, identity)) return this.open(storedId(folder, identity));
    throw new Error(
      `This run goes on with "${label}", which is not open and not kept in the library. ${what}, then continue.`,
    );
  }

  private async keepData(): Promise<void> {
    const { tree, readFrom, label, identity } = this.data.need();
    const total = (await totalBytes(tree)) ?? 0;
    await this.copying("data", total, async (onProgress) => {
      // What is read from the library's copy must not be written over it.
      if (readFrom === "copy" && (await this.isKept("data", identity))) return;
      await storeTree(this.store, { label, identity }, tree, onProgress);
    });
  }

  private async keepWeights(): Promise<void> {
    const { name, sources, identity } = this.weights.need();
    await this.keepSources("weights", { label: name, identity: await identity() }, sources);
  }

  private async keepAdapter(): Promise<void> {
    const { ref, config, base, source } = this.adapters.need();
    const label = `${config.method.id} for ${config.tasks.join(", ")} on ${base.label}`;
    await this.keepSources("adapter", { label, identity: ref.sha256 }, [source]);
  }

  private async keepSources(
    what: "weights" | "adapter",
    kept: StoredIdentity,
    sources: readonly ByteSource[],
  ): Promise<void> {
    const folder = what === "weights" ? "backbones" : "adapters";
    const total = sources.reduce((sum, { size }) => sum + size, 0);
    await this.copying(what, total, async (onProgress) => {
      // These very bytes, from which the open ones may be read.
      if (await this.isKept(folder, kept.identity)) return;
      await storeFiles(this.store, folder, kept, sources, onProgress);
    });
  }

  private async isKept(folder: StoredFolder, identity: string): Promise<boolean> {
    return (await readStoredEntry(this.store, storedId(folder, identity))) !== undefined;
  }

  private async copying(
    what: "data" | "weights" | "adapter",
    totalBytes: number,
    copy: (onProgress: (doneBytes: number) => void) => Promise<void>,
  ): Promise<void> {
    const quota = await this.store.estimate();
    if (quota && quota.usedBytes + totalBytes > quota.quotaBytes)
      throw new Error(
        `${totalBytes} bytes are to be kept, but only ${quota.quotaBytes - quota.usedBytes} are free here. Delete something from the library first.`,
      );
    const say = (doneBytes: number): void => this.host.tell({ type: "keeping", what, doneBytes, totalBytes });
    let told = 0;
    say(0);
    await copy((doneBytes) => {
      if (doneBytes - told < TELL_EVERY_BYTES) return;
      told = doneBytes;
      say(doneBytes);
    });
    say(totalBytes);
  }
}
