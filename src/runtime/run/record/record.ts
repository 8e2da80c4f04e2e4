/**
 * The record of a run: what it told, in a file that only grows, readable after a kill at any moment. The first frame says what the file is, each
 * further one is an event; steps are written many at once, as columns.
 */
import type { RunId } from "../../../contracts/run";
import type { EventOfRun, RunEvent, RunSummary } from "../../../contracts/runEvent";
import { decodePlain, encodePlain } from "./encodeEvent";
import { frame, readFrames } from "./frames";
import { columnsOf, type StepEvent, stepsOf } from "./stepColumns";

export const RECORD_FILE = "record.bin";
export const SUMMARY_FILE = "summary.json";

const FORMAT = "ditask-record";
const VERSION = 1;

type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

export const recordStart = (): Uint8Array => frame(encodePlain({ format: FORMAT, version: VERSION }));
export const recordFrame = (event: EventOfRun): Uint8Array => frame(encodePlain(event));

/** @throws where a frame that is whole does not hold what this program writes. */
function decoded(payload: Uint8Array): unknown {
  try {
    return decodePlain(payload);
  } catch (cause) {
    throw new Error(`A part of the record cannot be read (${(cause as Error).message}); another program wrote it.`, {
      cause,
    });
  }
}

/** @throws where the file is of another kind or of a version to come. */
function checkFormat(first: Uint8Array | undefined): void {
  const { format, version } = (first ? decoded(first) : {}) as { format?: unknown; version?: unknown };
  if (format === FORMAT && version === VERSION) return;
  throw new Error(
    `The file is no record of a run (format ${JSON.stringify(format)}, version ${JSON.stringify(version)}; expected "${FORMAT}", ${VERSION}).`,
  );
}

export interface RunRecordFile {
  readonly created: EventOf<"created">;
  /** The last one: with all changes. Absent: the run was never prepared. */
  readonly prepared?: EventOf<"prepared">;
  readonly steps: readonly StepEvent[];
  readonly evaluations: readonly EventOf<"evaluation">[];
  readonly warps: readonly EventOf<"warps">[];
  readonly predictions: readonly EventOf<"predictions">[];
  readonly changes: readonly EventOf<"changed">[];
  readonly checkpoints: readonly EventOf<"checkpoint">[];
  readonly updateAnalysis?: EventOf<"update-analysis">;
  /** Where the run came to rest last; "running" where it was cut off. */
  readonly state: EventOf<"state">;
  /** Bytes of the file that are whole. */
  readonly wholeBytes: number;
}

/** A run that goes on from a checkpoint leaves behind what it told of later steps. */
const upTo = <E extends { readonly step: number }>(events: readonly E[], step: number): E[] =>
  events.filter((event) => event.step <= step);

const changesIn = ({ run, config }: EventOf<"created"> | EventOf<"prepared">): EventOf<"changed">[] =>
  config.changes.map((change) => ({ type: "changed", run, ...change }));

const isSameChange = (a: EventOf<"changed">, b: EventOf<"changed">): boolean =>
  a.step === b.step && a.field === b.field;

class Reading {
  created: EventOf<"created"> | undefined;
  prepared: EventOf<"prepared"> | undefined;
  steps: StepEvent[] = [];
  evaluations: EventOf<"evaluation">[] = [];
  warps: EventOf<"warps">[] = [];
  predictions: EventOf<"predictions">[] = [];
  changes: EventOf<"changed">[] = [];
  checkpoints: EventOf<"checkpoint">[] = [];
  updateAnalysis: EventOf<"update-analysis"> | undefined;
  state: EventOf<"state"> | undefined;

  take(event: EventOfRun): void {
    if (event.type === "created") this.created = event;
    if (event.type === "prepared") this.prepared = event;
    // The configuration of a run that is prepared has all changes that still hold.
    if (event.type === "created" || event.type === "prepared") this.changes = changesIn(event);
    if (event.type === "steps") this.steps = [...this.steps, ...stepsOf(event.columns, event.run)];
    if (event.type === "evaluation") this.evaluations = [...upTo(this.evaluations, event.step - 1), event];
    if (event.type === "warps") this.warps = [...upTo(this.warps, event.step - 1), event];
    if (event.type === "predictions") this.predictions = [...upTo(this.predictions, event.step - 1), event];
    if (event.type === "changed")
      this.changes = [...this.changes.filter((other) => !isSameChange(other, event)), event];
    if (event.type === "checkpoint") this.checkpoints.push(event);
    if (event.type === "update-analysis") this.updateAnalysis = event;
    if (event.type === "state") this.state = event;
    if (event.type === "renamed" && this.created)
      this.created = { ...this.created, name: event.name, note: event.note };
    if (event.type === "resumed") this.rewind(event.step);
  }

  private rewind(step: number): void {
    this.steps = upTo(this.steps, step);
    this.evaluations = upTo(this.evaluations, step);
    this.warps = upTo(this.warps, step);
    this.predictions = upTo(this.predictions, step);
    this.state = undefined;
  }
}

/** @throws where the file is no record, or has not even its beginning. */
export function readRecord(bytes: Uint8Array): RunRecordFile {
  const { payloads, wholeBytes } = readFrames(bytes);
  checkFormat(payloads[0]);
  const reading = new Reading();
  for (const payload of payloads.slice(1)) reading.take(decoded(payload) as EventOfRun);
  const { created, prepared, updateAnalysis, state, ...lists } = reading;
  if (!created) throw new Error("The record ends before it says which run it is of.");
  const cutOff: EventOf<"state"> = { type: "state", run: created.run, state: "running", message: "" };
  return {
    created,
    ...(prepared && { prepared }),
    ...(updateAnalysis && { updateAnalysis }),
    ...lists,
    state: state ?? cutOff,
    wholeBytes,
  };
}

/** Whether a run has ended by itself: nothing of it is left to be done. */
const hasEnded = ({ state }: Pick<EventOf<"state">, "state">): boolean => state === "finished";

/** What a page is told of a run that is opened: its events in order, `run` in place of the record's own id. */
export function recordEvents(record: RunRecordFile, run: RunId = record.created.run): readonly EventOfRun[] {
  const { created, prepared, steps, updateAnalysis, state } = record;
  const placed = [...record.changes, ...record.evaluations, ...record.predictions, ...record.warps];
  const rest =
    hasEnded(state) || state.state === "failed" ? state : { ...state, state: "paused" as const, message: "" };
  const events: readonly EventOfRun[] = [
    created,
    ...(prepared ? [prepared] : []),
    ...(steps.length > 0 ? [{ type: "steps" as const, run, columns: columnsOf(steps) }] : []),
    ...placed.sort((a, b) => a.step - b.step),
    ...record.checkpoints,
    ...(updateAnalysis ? [updateAnalysis] : []),
    rest,
  ];
  return events.map((event) => ({ ...event, run }));
}

/** What a list of runs shows of a record. `resumable`: whether a checkpoint lies beside it. */
export function summaryOf(record: RunRecordFile, resumable: boolean): RunSummary {
  const { created, prepared, steps, evaluations, state } = record;
  const { run, name, note, parent, place } = created;
  const [step, measured] = [steps.at(-1)?.step ?? 0, evaluations.at(-1)];
  return {
    run,
    config: prepared?.config ?? created.config,
    name,
    note,
    created: created.created,
    ...(parent && { parent }),
    ...(place && { place }),
    state: hasEnded(state) || state.state === "failed" ? state.state : "paused",
    step: Math.max(step, measured?.step ?? 0),
    metrics: measured?.metrics ?? {},
    resumable,
    ...(prepared?.inputs && { needs: prepared.inputs }),
  };
}
