/** What leaves a run: each export is a file of this folder that turns a run into named files, and one line of the registry. */
import type { ExecutorHost } from "../../../core/exec/registry";
import type { Rasterise } from "../../platform/rasterise";
import type { RunRecord } from "../../run/artefacts";
import type { PreparedRun } from "../../run/prepare/preparedRun";

export interface ExportedFile {
  /** With folders: "merged/shared.safetensors". */
  readonly path: string;
  readonly mime: string;
  readonly bytes: Uint8Array;
}

export interface ExportContext {
  readonly run: PreparedRun;
  readonly record: RunRecord;
  readonly executorHost: ExecutorHost;
  /** Absent: charts are drawings alone. */
  readonly rasterise?: Rasterise;
}

/** An export; its id is its key in the registry. */
export interface Exporter {
  readonly label: string;
  /** One or two sentences, shown behind "?". */
  readonly help: string;
  /** @throws where the run cannot be written so; the message says why and what can. No training step may be in flight. */
  files(context: ExportContext): Promise<readonly ExportedFile[]>;
}

export const BINARY = "application/octet-stream";

export const textFile = (path: string, mime: string, text: string): ExportedFile => ({
  path,
  mime,
  bytes: new TextEncoder().encode(text),
});

export const jsonFile = (path: string, value: unknown): ExportedFile =>
  textFile(path, "application/json", `${JSON.stringify(value, null, 2)}\n`);
