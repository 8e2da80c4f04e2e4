/** What a page or a command line may ask of a session. Commands act between steps; every one is answered by events. */
import type { FolderFile } from "./dataOrigin";
import type { CheckpointKind, RunId, RunRequest, StudyKind } from "./run";
import type { DeviceChoice, RunConfig } from "./runConfig";
import type { Split } from "./sample";
import type { ReferenceChoice } from "./stepComparison";

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
  /**
   * Makes a run: builds the model, compiles the plans, evaluates nothing yet; answered by "created" and "prepared". The runs at work until
   * then are paused and let go of what they hold; "start" takes them up again.
   */
  | ({ readonly type: "prepare" } & RunRequest)
  /** Counts what a configuration would train, beside whatever runs and without preparing it; answered by "counted". */
  | { readonly type: "count"; readonly config: RunConfig }
  /**
   * Several runs, each made as "prepare" makes one: those of a group take their steps in turn on the same batches, and groups follow each
   * other. Prepares the first group, tells "study"; "start" of any of its runs starts them all and goes on with the groups that follow.
   */
  | {
      readonly type: "study";
      readonly study: string;
      readonly kind: StudyKind;
      readonly groups: readonly (readonly RunRequest[])[];
    }
  /** Ends the run of a group that works, and the groups that follow are not begun. */
  | { readonly type: "end-study"; readonly study: string }
  /** Starts, or goes on. A run that is not at work is taken up from its newest checkpoint first. */
  | { readonly type: "start"; readonly run: RunId }
  /** Stops after the step in flight. */
  | { readonly type: "pause"; readonly run: RunId }
  /** One optimiser step, then paused. */
  | { readonly type: "step"; readonly run: RunId }
  /** Ends the run after the step in flight, evaluates, finishes. */
  | { readonly type: "stop"; readonly run: RunId }
  | { readonly type: "evaluate"; readonly run: RunId }
  /** A new run of the same configuration from step 0, with what is prepared already; `of` stays as it was. Answered as "prepare" is. */
  | { readonly type: "restart"; readonly run: RunId; readonly of: RunId }
  /** Changes a field that feeds the next step (effect "feed"), without preparing anything; answered by "changed". */
  | { readonly type: "change"; readonly run: RunId; readonly field: string; readonly value: unknown }
  /**
   * A new run that goes on from a checkpoint of `from`: parameters, moments, schedule and random streams where `config` differs in live
   * fields alone; else from its weights at step 0. Answered as "prepare" is.
   */
  | {
      readonly type: "branch";
      readonly run: RunId;
      readonly from: { readonly run: RunId; readonly checkpoint: CheckpointKind };
      readonly config?: RunConfig;
      readonly name?: string;
    }
  /** Tells the record of a run of the library: "created" and all that it told, without preparing anything. */
  | { readonly type: "open-run"; readonly run: RunId }
  /** Takes in a run from files: a checkpoint, a record, a run file with its metrics, or the folder of a headless run. Answered as "open-run". */
  | { readonly type: "import-run"; readonly run: RunId; readonly files: readonly FolderFile[] }
  | { readonly type: "rename-run"; readonly run: RunId; readonly name: string; readonly note: string }
  /** Ends a run that works, and deletes its record and its checkpoints; answered by "removed". */
  | { readonly type: "remove-run"; readonly run: RunId }
  /** How often checkpoints are kept from now on: every so many steps and where a run rests; 0: only there; null: never. Not in the run file, as it changes no number of the run. */
  | { readonly type: "keep"; readonly every: number | null }
  /** Takes up a run from its newest checkpoint, without starting it; answered by "prepared", "resumed" and its record, and then paused. */
  | { readonly type: "resume"; readonly run: RunId }
  /** Lists what is kept; answered by "library". `persist` asks the browser to delete nothing by itself. */
  | { readonly type: "library"; readonly persist?: true }
  /** Deletes one entry, or "all"; answered by "library". The run in progress keeps its next checkpoint anew. */
  | { readonly type: "library-remove"; readonly id: string }
  /** Measures what training did to the weights and how the tasks' gradients lie to each other; answered by an "update-analysis" event. */
  | { readonly type: "update-analysis"; readonly run: RunId }
  /** Computes golden cases on a device opened for it, beside whatever runs; answered by "diagnosis" events. */
  | { readonly type: "diagnose"; readonly device: DeviceChoice }
  /**
   * Compares every operation of one training step at batch 1 with TensorFlow.js, on devices opened for it, beside whatever runs; answered by
   * "step-comparison" events. A newer one stops an older one.
   */
  | {
      readonly type: "compare-step";
      readonly config: RunConfig;
      readonly device: DeviceChoice;
      readonly reference: ReferenceChoice;
    }
  /** Writes a run in one of the forms of Catalogue.exports: answered by an "artefact" event a file and "exported", or by "failed". */
  | { readonly type: "export"; readonly run: RunId; readonly what: string; readonly checkpoint?: CheckpointKind };

/** Data sets below this are kept without being asked for. */
export const KEPT_BYTES = 200e6;

/** Commands that act on a run: where one of them fails, the run has failed. Any other leaves it as it was. */
export const commandsOfTheRun: readonly Command["type"][] = [
  ...(["prepare", "study", "restart", "branch", "resume", "start", "step", "stop", "evaluate"] as const),
];
