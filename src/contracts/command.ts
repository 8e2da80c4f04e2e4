/** What a page or a command line may ask of a session. Commands act between steps; every one is answered by events. */
import type { RunConfig } from "./runConfig";

/** A user's files, as plain data: paths relative to the dropped folder, with bytes readable on demand. */
export interface FolderFile {
  readonly path: string;
  readonly file: Blob;
}

export type Command =
  /** Reads a folder as a data set; answered by a "data" event (or "failed"), after which data.source may be "folder". */
  | { readonly type: "open-folder"; readonly name: string; readonly files: readonly FolderFile[] }
  /** Builds the model, compiles the plans, evaluates nothing yet; answered by "prepared". A run in progress is dropped. */
  | { readonly type: "prepare"; readonly config: RunConfig }
  | { readonly type: "start" }
  /** Stops after the step in flight. */
  | { readonly type: "pause" }
  /** One optimiser step, then paused. */
  | { readonly type: "step" }
  /** Ends the run after the step in flight, evaluates, finishes. */
  | { readonly type: "stop" }
  /** Back to step 0 with the same configuration: parameters, moments, data order. */
  | { readonly type: "reset" }
  | { readonly type: "evaluate" }
  /** Sends the adapter as a file: answered by an "artefact" event. */
  | { readonly type: "export"; readonly what: "adapter" | "run" | "metrics" };
