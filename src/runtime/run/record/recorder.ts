/** Writes the record of a run as the run tells it: what must not be lost at once, steps together once a second. */
import type { RunConfig } from "../../../contracts/runConfig";
import type { EventOfRun, RunEvent } from "../../../contracts/runEvent";
import { joined } from "../../../core/io/bytes";
import { encodeUtf8 } from "../../../core/math/text";
import type { Store } from "../../platform/storage";
import {
  RECORD_FILE,
  type RunRecordFile,
  readRecord,
  recordFrame,
  recordStart,
  SUMMARY_FILE,
  summaryOf,
} from "./record";
import { columnsOf, type StepEvent, stepsOf } from "./stepColumns";

type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

const FLUSH_EVERY_MS = 1000;
/** What the warps of a run may take in its record, and how many sets of pictures are kept. */
const WARPS_BYTES = 300_000;
const PICTURE_SETS = 24;

/** Told in a record as they come; steps, warps and pictures have ways of their own. */
const written: ReadonlySet<EventOfRun["type"]> = new Set<EventOfRun["type"]>([
  ...(["created", "prepared", "evaluation", "changed", "checkpoint", "resumed", "renamed", "update-analysis"] as const),
]);

/** States in which a run rests. */
const rests: ReadonlySet<string> = new Set(["paused", "finished", "failed"]);

export interface RecorderParts {
  readonly store: Store;
  readonly folder: string;
  now(): number;
  /** Told once where the record cannot be written; training goes on. */
  onTrouble(message: string): void;
  /** Whether a checkpoint lies beside the record. */
  isResumable(): Promise<boolean>;
}

/** Takes every `every`-th step at most; what was passed over last is there when the run rests. */
class Thinned<E extends { readonly step: number }> {
  private last = Number.NEGATIVE_INFINITY;
  private passed: E | undefined;

  isDue(step: number, every: number): boolean {
    return step >= this.last + every || step < this.last;
  }

  /** The event where it is due, else nothing. */
  take(event: E, every: number): readonly E[] {
    const due = this.isDue(event.step, every);
    this.passed = due ? undefined : event;
    if (due) this.last = event.step;
    return due ? [event] : [];
  }

  rest(): readonly E[] {
    const { passed } = this;
    this.passed = undefined;
    if (passed) this.last = passed.step;
    return passed ? [passed] : [];
  }
}

export class Recorder {
  private steps: StepEvent[] = [];
  private pending: Uint8Array[] = [];
  private readonly warps = new Thinned<EventOf<"warps">>();
  private readonly pictures = new Thinned<EventOf<"predictions">>();
  private lastFlush = Number.NEGATIVE_INFINITY;
  private writing: Promise<void> = Promise.resolve();
  private troubled = false;
  /** What could not be written; it goes first into the next write. */
  private unwritten: Uint8Array = new Uint8Array();
  private totalSteps = 1;
  private thetaBytes = 4;

  /** `whole`: bytes of a record that goes on. Without them the file is begun anew. */
  constructor(
    private readonly parts: RecorderParts,
    private whole = 0,
  ) {}

  /** Goes on with the record in the folder, from which a frame that was cut short is taken away. Undefined where there is none that is whole. */
  static async resume(parts: RecorderParts): Promise<{ recorder: Recorder; record: RunRecordFile } | undefined> {
    const { store, folder } = parts;
    const bytes = await store.read(`${folder}/${RECORD_FILE}`);
    if (!bytes) return undefined;
    try {
      const record = readRecord(bytes);
      if (record.wholeBytes < bytes.length)
        await store.write(`${folder}/${RECORD_FILE}`, bytes.slice(0, record.wholeBytes));
      const recorder = new Recorder(parts, record.wholeBytes);
      recorder.learn(record.prepared?.config ?? record.created.config);
      return { recorder, record };
    } catch {
      return undefined;
    }
  }

  /** Whether the record wants the warps after this step. */
  wantsWarps(step: number): boolean {
    return this.warps.isDue(step, this.warpsEvery());
  }

  add(event: EventOfRun): void {
    if (event.type === "step") this.steps.push(event);
    else if (event.type === "steps") this.steps.push(...stepsOf(event.columns, event.run));
    else this.take(event);
    const isRest = (event.type === "state" && rests.has(event.state)) || event.type === "renamed";
    if (isRest || event.type === "created" || this.parts.now() - this.lastFlush > FLUSH_EVERY_MS)
      void this.flush(isRest);
  }

  /** Resolves when all that was told is written. */
  async flush(rest = false): Promise<void> {
    this.lastFlush = this.parts.now();
    this.closeSteps();
    const bytes = joined(this.pending);
    this.pending = [];
    if (bytes.length > 0 || rest) this.writing = this.writing.then(() => this.write(bytes, rest));
    await this.writing;
  }

  private take(event: EventOfRun): void {
    if (event.type === "created" || event.type === "prepared") this.learn(event.config);
    if (event.type === "warps") {
      this.thetaBytes = Math.max(4, event.theta.byteLength);
      this.put(...this.warps.take(event, this.warpsEvery()));
    }
    if (event.type === "predictions") this.put(...this.pictures.take(event, Math.ceil(this.totalSteps / PICTURE_SETS)));
    if (event.type === "state" && rests.has(event.state))
      this.put(...this.warps.rest(), ...this.pictures.rest(), event);
    if (written.has(event.type)) this.put(event);
  }

  private learn({ training }: RunConfig): void {
    this.totalSteps = Math.max(1, training.steps);
  }

  private warpsEvery(): number {
    return Math.ceil(this.totalSteps / Math.max(1, Math.floor(WARPS_BYTES / this.thetaBytes)));
  }

  private put(...events: readonly EventOfRun[]): void {
    if (events.length > 0) this.closeSteps();
    for (const event of events) this.pending.push(recordFrame(event));
  }

  private closeSteps(): void {
    const [first] = this.steps;
    if (!first) return;
    this.pending.push(recordFrame({ type: "steps", run: first.run, columns: columnsOf(this.steps) }));
    this.steps = [];
  }

  /** Never rejects: a disk that is full must not end a run. */
  private async write(fresh: Uint8Array, rest: boolean): Promise<void> {
    const { store, folder } = this.parts;
    const name = `${folder}/${RECORD_FILE}`;
    const frames = joined([this.unwritten, fresh]);
    const bytes = this.whole > 0 ? frames : joined([recordStart(), frames]);
    try {
      if (this.unwritten.length > 0) await this.cut(name);
      if (this.whole > 0) await store.append(name, bytes);
      else await store.write(name, bytes);
      this.whole += bytes.length;
      this.unwritten = new Uint8Array();
      if (rest) await this.summarise(name);
    } catch (error) {
      this.unwritten = frames;
      if (!this.troubled)
        this.parts.onTrouble(
          `The record of this run could not be written (${(error as Error).message}). Training goes on; make room in the library.`,
        );
      this.troubled = true;
    }
  }

  /** Takes away what an append that failed may have left. */
  private async cut(name: string): Promise<void> {
    const left = this.whole > 0 ? await this.parts.store.read(name) : undefined;
    if (left && left.length > this.whole) await this.parts.store.write(name, left.slice(0, this.whole));
  }

  /** A list of runs reads this instead of the whole record. */
  private async summarise(name: string): Promise<void> {
    const bytes = await this.parts.store.read(name);
    if (!bytes) return;
    const summary = summaryOf(readRecord(bytes), await this.parts.isResumable());
    await this.parts.store.write(`${this.parts.folder}/${SUMMARY_FILE}`, encodeUtf8(JSON.stringify(summary)));
  }
}
