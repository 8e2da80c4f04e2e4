/** Stored runs by id: records, checkpoints, summaries. */
import type { CheckpointKind, RunId } from "../../contracts/run";
import type { EventOfRun } from "../../contracts/runEvent";
import { type RunState as Checkpoint, readRunState } from "../../core/checkpoint/runState";
import { needRuns } from "../platform/platform";
import type { RunStorage, Store } from "../platform/storage";
import { Checkpoints, checkpointFiles } from "../run/checkpoints";
import { RECORD_FILE, type RunRecordFile, readRecord, recordEvents } from "../run/record/record";
import { Recorder } from "../run/record/recorder";
import type { Host } from "./host";

export class RunArchive {
  private readonly recorders = new Map<RunId, Recorder>();
  private readonly places = new Map<RunId, Checkpoints>();

  constructor(private readonly host: Host) {}

  get storage(): RunStorage | undefined {
    return this.host.platform.runs;
  }

  /** @throws where this session keeps nothing. */
  need(): RunStorage {
    return needRuns(this.host.platform);
  }

  /** Takes what a run tells into its record. A run that was just created begins one. */
  hear(event: EventOfRun): void {
    if (!this.storage) return;
    if (event.type === "created") this.recorders.set(event.run, new Recorder(this.recorderParts(event.run)));
    this.recorders.get(event.run)?.add(event);
  }

  wantsWarps(run: RunId, step: number): boolean {
    return this.recorders.get(run)?.wantsWarps(step) ?? false;
  }

  /** The record of a run, which goes on being written from here; undefined where there is none. */
  async record(run: RunId): Promise<RunRecordFile | undefined> {
    if (!this.storage) return undefined;
    const known = this.recorders.get(run);
    await known?.flush();
    if (known) return this.read(run);
    const resumed = await Recorder.resume(this.recorderParts(run));
    if (resumed) this.recorders.set(run, resumed.recorder);
    return resumed?.record;
  }

  /** Undefined where nothing is kept. */
  checkpoints(run: RunId): Checkpoints | undefined {
    if (!this.storage) return undefined;
    const known = this.places.get(run) ?? new Checkpoints(this.storage.store, this.storage.folderOf(run));
    this.places.set(run, known);
    return known;
  }

  /** @throws where there is none that is whole. */
  async checkpoint(run: RunId, kind: CheckpointKind): Promise<Checkpoint> {
    this.need();
    const place = this.checkpoints(run)!;
    if (kind === "best") return place.readBest();
    const { state, damaged } = await place.read();
    for (const why of damaged)
      this.host.tell({
        type: "log",
        level: "warning",
        message: `A checkpoint was passed over for one that is whole. ${why}`,
      });
    return state;
  }

  /** Whether any file of a checkpoint lies there. */
  async hasCheckpoint(run: RunId): Promise<boolean> {
    const files = await this.filesOf(run);
    return files.some((name) => checkpointFiles.includes(name.split("/").at(-1)!));
  }

  /** Deletes all that is stored of a run. */
  async remove(run: RunId): Promise<void> {
    const { store, folderOf } = this.need();
    await this.forget(folderOf(run));
    for (const name of await this.filesOf(run)) await store.remove(name);
  }

  /** Writes no more of the runs whose files are being deleted: of the entry `id` of the library, or of all. */
  async forget(id: string): Promise<void> {
    for (const [run, recorder] of this.recorders) {
      if (id !== "all" && this.storage?.folderOf(run) !== id) continue;
      await recorder.flush();
      this.recorders.delete(run);
      this.places.delete(run);
    }
  }

  /** Stores a run that came as files: its record under the id `run`, its checkpoints as they are. */
  async take(run: RunId, events: readonly EventOfRun[], checkpoints: ReadonlyMap<string, Uint8Array>): Promise<void> {
    if (!this.storage) return;
    for (const event of events) this.hear(event);
    await this.recorders.get(run)?.flush(true);
    const folder = this.storage.folderOf(run);
    for (const [name, bytes] of checkpoints) {
      readRunState(bytes);
      await this.storage.store.write(`${folder}/${name}`, bytes);
    }
  }

  /** Resolves when all that was told is written. */
  async flush(): Promise<void> {
    for (const recorder of this.recorders.values()) await recorder.flush();
  }

  private async read(run: RunId): Promise<RunRecordFile | undefined> {
    const { store, folderOf } = this.need();
    const bytes = await store.read(`${folderOf(run)}/${RECORD_FILE}`);
    return bytes && readRecord(bytes);
  }

  private async filesOf(run: RunId): Promise<readonly string[]> {
    const { store, folderOf } = this.need();
    const folder = `${folderOf(run)}/`;
    return (await store.list()).map(({ name }) => name).filter((name) => name.startsWith(folder));
  }

  private recorderParts(run: RunId) {
    const { store, folderOf } = this.need() as { store: Store; folderOf(run: RunId): string };
    return {
      store,
      folder: folderOf(run),
      now: () => this.host.platform.now(),
      onTrouble: (message: string) => this.host.tell({ type: "log", level: "warning", message }),
      isResumable: () => this.hasCheckpoint(run),
    };
  }
}

/** A run that has checkpoints and no record, as older programs left it: what its checkpoint tells. */
export function eventsOfCheckpoint(run: RunId, checkpoint: Checkpoint, now: number): readonly EventOfRun[] {
  const { config, history, step } = checkpoint;
  const state = step >= config.training.steps ? "finished" : "paused";
  return [
    { type: "created", run, config, name: "", note: "", created: now },
    ...history.map((event) => ({ ...event, run })),
    { type: "state", run, state, message: "" },
  ];
}

/** What a page is told of a run that is stored; empty where nothing of it is. One that has no record gets one. */
export async function storedEvents(archive: RunArchive, run: RunId): Promise<readonly EventOfRun[]> {
  const record = await archive.record(run);
  if (record) return recordEvents(record, run);
  if (!(await archive.hasCheckpoint(run))) return [];
  const events = eventsOfCheckpoint(run, await archive.checkpoint(run, "newest"), Date.now());
  await archive.take(run, events, new Map());
  return events;
}
