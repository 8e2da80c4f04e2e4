/** What a page or a command line may ask of a session. Commands act between steps; every one is answered by events. */
import type { FolderFile } from "./dataOrigin";
import type { DeviceChoice, RunConfig } from "./runConfig";
import type { Split } from "./sample";

export type Command =
  /** Reads a folder as a data set; answered by a "data" event (or "failed"), after which data.source may be "folder". */
  | { readonly type: "open-folder"; readonly name: string; readonly files: readonly FolderFile[] }
  /**
   * Reads files of weights (one, or the shards of a set with their index): the architecture is recognised and compared, no number read.
   * Answered by a "weights" event (or "failed", which leaves what was open), after which backbone may be "file". An exported adapter (its
   * files, or a zip of them) is read and compared with the backbones that are there: answered by an "adapter" event, after which a
   * configuration may name it.
   */
  | { readonly type: "open-weights"; readonly files: readonly FolderFile[] }
  /**
   * Looks through the opened folder as this configuration reads it; it is opened anew where its layout, split or labelEncodings are others. Answered
   * by "surveying" as it goes, a "data" event where it was opened anew, and a "survey" event. A newer one stops an older one.
   */
  | { readonly type: "survey"; readonly config: RunConfig }
  /** Small pictures of samples of a data source, `side` pixels high at most; answered by "thumbnails" events, a few samples each. */
  | {
      readonly type: "thumbnails";
      readonly config: RunConfig;
      readonly split: Split;
      /** Places in the split, before any selection. */
      readonly indices: readonly number[];
      readonly side: number;
    }
  /** `count` random changes of a training image as a run of this configuration would make them; answered by "augmented". */
  | {
      readonly type: "augment-preview";
      readonly config: RunConfig;
      /** Its id, or its place among the images that the run takes, counted round where there are fewer. */
      readonly image: string | number;
      readonly count: number;
    }
  /** What of the data a run of this configuration would use; answered by "subset". Reads labels where classes decide. */
  | { readonly type: "count-subset"; readonly config: RunConfig }
  /**
   * Copies the opened data set, weights or adapter into the library; answered by "keeping" as it goes and "library". `ifSmall`: data alone, where it is
   * not there, takes less than KEPT_BYTES and leaves ample room; a log line says what came of it.
   */
  | { readonly type: "library-keep"; readonly what: "data" | "weights" | "adapter"; readonly ifSmall?: true }
  /** Opens a data set, weights or an adapter of the library; answered as "open-folder" and "open-weights" are. */
  | { readonly type: "library-open"; readonly id: string }
  /** Decomposes the weights that a run of this configuration would adapt, beside whatever runs; answered by "decomposing". */
  | { readonly type: "decompose"; readonly config: RunConfig }
  /** Builds the model, compiles the plans, evaluates nothing yet; answered by "prepared". A run in progress is dropped. */
  | { readonly type: "prepare"; readonly config: RunConfig }
  /** Counts what a configuration would train, beside whatever runs and without preparing it; answered by "counted". */
  | { readonly type: "count"; readonly config: RunConfig }
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
  /** How often checkpoints are kept from now on: every so many steps and where the run rests; 0: only there; null: never. Not in the run file, as it changes no number of the run. */
  | { readonly type: "keep"; readonly every: number | null }
  /**
   * Goes on with a run of the library, or with one that came as a checkpoint file; answered by "prepared", "resumed" and the run's steps and
   * evaluations so far, and then paused.
   */
  | { readonly type: "resume"; readonly from: { readonly run: string } | { readonly bytes: Uint8Array } }
  /** Lists what is kept; answered by "library". `persist` asks the browser to delete nothing by itself. */
  | { readonly type: "library"; readonly persist?: true }
  /** Deletes one entry, or "all"; answered by "library". The run in progress keeps its next checkpoint anew. */
  | { readonly type: "library-remove"; readonly id: string }
  /** Measures what training did to the weights and how the tasks' gradients lie to each other; answered by an "update-analysis" event. */
  | { readonly type: "update-analysis" }
  /** Computes golden cases on a device opened for it, beside whatever runs; answered by "diagnosis" events. */
  | { readonly type: "diagnose"; readonly device: DeviceChoice }
  /** Writes the run in one of the forms of Catalogue.exports: answered by an "artefact" event a file and "exported", or by "failed". */
  | { readonly type: "export"; readonly what: string }
  /**
   * Prepares several methods side by side on the same data, seed and budget; answered by "race-prepared". `contestants` are ids of
   * Catalogue.contestants, 1 to RACE_LIMIT of them; each replaces `config.method` by its own. A run or a race in progress is dropped.
   */
  | { readonly type: "race-prepare"; readonly config: RunConfig; readonly contestants: readonly string[] }
  /** Starts or goes on: one step of each in turn, all on the same batch. */
  | { readonly type: "race-start" }
  /** Stops when all contestants have done the step in flight. */
  | { readonly type: "race-pause" }
  /** Ends the race after the step in flight, evaluates all, finishes. */
  | { readonly type: "race-stop" };

/** Data sets below this are kept without being asked for. */
export const KEPT_BYTES = 200e6;

/** Most contestants of one race: each keeps its own graphs, weights and moments in memory. */
export const RACE_LIMIT = 6;

/** Commands that act on the run or the race: where one of them fails, that has failed. Any other leaves it as it was. */
export const commandsOfTheRun: readonly Command["type"][] = [
  ...(["prepare", "resume", "start", "step", "stop", "reset", "evaluate"] as const),
  ...(["race-prepare", "race-start", "race-stop"] as const),
];
