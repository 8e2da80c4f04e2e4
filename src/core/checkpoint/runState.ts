/**
 * A run between two steps as one file: everything that its next step depends on and cannot be worked out again.
 *
 * In the file: parameters, both moments, running statistics, the number of steps done, the configuration, what the run belongs to (hash of
 * the starting weights, numbers of images) and what was told so far. Not in it, because it follows from (configuration, step): the learning
 * rate, the order of the data and its augmentation, and every random number, which is a function of (seed, stream, position); and the
 * gradient, which a step begins anew.
 */
import type { ByteSource } from "../../contracts/byteSource";
import { parseRunConfig, type RunConfig } from "../../contracts/runConfig";
import type { RunEvent } from "../../contracts/runEvent";
import { decodeUtf8, encodeUtf8 } from "../math/text";
import type { StoredTensor } from "./safetensors";
import { headerLength, LENGTH_BYTES } from "./safetensorsHeader";
import { readSealed, writeSealed } from "./sealed";

export type HistoryEvent = Extract<RunEvent, { type: "step" | "evaluation" }>;

export interface RunState {
  readonly config: RunConfig;
  readonly baseHash: string;
  /** The executor that computed it, as it describes itself: only the same one goes on bit for bit. */
  readonly device: string;
  /** Data and weights of the user's own that the run cannot go on without: for people, and by content. null: built in. Absent in old files. */
  readonly needs?: { readonly data: Belonging | null; readonly weights: Belonging | null };
  /** Samples in use. */
  readonly images: { readonly train: number; readonly val: number };
  /** Optimiser steps done. */
  readonly step: number;
  /** Grows by one with every checkpoint of a run: the largest is the newest. */
  readonly sequence: number;
  /** By the executor's names. */
  readonly states: ReadonlyMap<string, Float32Array>;
  /** In the order of their steps. */
  readonly history: readonly HistoryEvent[];
}

export interface Belonging {
  readonly label: string;
  /** Of a data set the fingerprint, of weights the SHA-256. */
  readonly identity: string;
}

/** What a checkpoint's header says of its run. */
export interface CheckpointSummary {
  readonly config: RunConfig;
  readonly step: number;
  readonly needs?: RunState["needs"] & {};
}

const FORMAT = "ditask-checkpoint";
const VERSION = "1";
const STATE = "state.";
const HISTORY = "history";

/** JSON has no word for these three; as texts they stand where numbers are expected, and nothing else in an event is called so. */
const oddNumbers = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);
const writeHistory = (history: readonly HistoryEvent[]): Uint8Array =>
  encodeUtf8(
    JSON.stringify(history, (_key, value: unknown) =>
      typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
    ),
  );

export function writeRunState(state: RunState): Uint8Array {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, data] of state.states) tensors.set(STATE + name, { dtype: "F32", shape: [data.length], data });
  const history = writeHistory(state.history);
  tensors.set(HISTORY, { dtype: "U8", shape: [history.length], data: history });
  const { config, baseHash, device, needs, images, step, sequence } = state;
  return writeSealed(tensors, {
    format: FORMAT,
    version: VERSION,
    run: JSON.stringify({ config, baseHash, device, needs, images, step, sequence }),
  });
}

/** @throws where the file is damaged, of another kind or version, or does not say what it must. */
export function readRunState(bytes: Uint8Array): RunState {
  const { tensors, metadata } = readSealed(bytes);
  if (metadata["format"] !== FORMAT || metadata["version"] !== VERSION)
    throw new Error(
      `The file is "${metadata["format"]}" of version ${metadata["version"]}; expected "${FORMAT}" of version ${VERSION}.`,
    );
  const history = tensors.get(HISTORY)?.data;
  if (!(history instanceof Uint8Array)) throw new Error(`The checkpoint lacks its "${HISTORY}"; use an older one.`);
  const states = new Map<string, Float32Array>();
  for (const [name, { data }] of tensors)
    if (name.startsWith(STATE) && data instanceof Float32Array) states.set(name.slice(STATE.length), data);
  return { ...parseRun(metadata["run"] ?? ""), states, history: parseHistory(decodeHistory(history)) };
}

/** Of the newest steps that a file of this beginning holds; undefined where it is no checkpoint. The seal is not checked. */
export function summariseRunState(head: Uint8Array): CheckpointSummary | undefined {
  try {
    const length = Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true));
    const header: unknown = JSON.parse(decodeUtf8(head.subarray(8, 8 + length)));
    const { config, step, needs } = parseRun((header as { __metadata__: { run: string } }).__metadata__.run);
    return { config, step, ...(needs && { needs }) };
  } catch {
    return undefined;
  }
}

/** The same of a file that is read in pieces: as much of it as its header is long. Undefined also where the file has gone. */
export async function readRunSummary(file: ByteSource): Promise<CheckpointSummary | undefined> {
  try {
    const start = await file.read(0, Math.min(LENGTH_BYTES, file.size));
    return summariseRunState(await file.read(0, LENGTH_BYTES + headerLength(start, file.size)));
  } catch {
    return undefined;
  }
}

function parseJson(text: string, reviver?: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch (cause) {
    throw new Error("The checkpoint holds text that is not JSON; it was written by another program.", { cause });
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function parseRun(text: string): Omit<RunState, "states" | "history"> {
  const run = parseJson(text) as Partial<RunState> | null;
  const { baseHash, device, images, step, sequence } = run ?? {};
  if (typeof baseHash !== "string" || typeof device !== "string")
    throw new Error("The checkpoint does not say which weights and which device it belongs to.");
  for (const [name, value] of Object.entries({ step, sequence, train: images?.train, val: images?.val }))
    if (!isCount(value))
      throw new Error(`The checkpoint's "${name}" is ${JSON.stringify(value)}; expected a whole number from 0.`);
  const needs = parseNeeds(run?.needs);
  const config = parseRunConfig(run!.config);
  return { config, baseHash, device, images: images!, step: step!, sequence: sequence!, ...(needs && { needs }) };
}

function parseNeeds(needs: RunState["needs"]): RunState["needs"] {
  if (needs === undefined) return undefined;
  const isGood = (one: Belonging | null | undefined): boolean =>
    one === null || (typeof one?.label === "string" && typeof one.identity === "string");
  if (isGood(needs?.data) && isGood(needs?.weights)) return { data: needs.data, weights: needs.weights };
  throw new Error("The checkpoint does not say which data and which weights its run needs.");
}

function decodeHistory(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw new Error("The checkpoint's history is no UTF-8 text; it was written by another program.", { cause });
  }
}

function parseHistory(text: string): readonly HistoryEvent[] {
  const history = parseJson(text, (_key, value) => oddNumbers.get(value as string) ?? value);
  const isEvent = (event: unknown): event is HistoryEvent => {
    const { type, step } = (event ?? {}) as Partial<HistoryEvent>;
    return (type === "step" || type === "evaluation") && isCount(step);
  };
  if (Array.isArray(history) && history.every(isEvent)) return history;
  throw new Error("The checkpoint's history is not a list of steps and evaluations.");
}
