/** Report on an opened weights file: what it is, and which of its tensors a model uses; shown before anything is replaced. */

/** Names of one kind, with the sentence that says what became of them. */
export interface NamedGroup {
  readonly what: string;
  readonly names: readonly string[];
}

export interface ImportReport {
  /** Parameters of the model that the file fills. */
  readonly matched: number;
  /** Parameters of the model that the file does not have. */
  readonly missing: readonly string[];
  /** Tensors of the file that the model has no place for, and that are of no known kind. */
  readonly unexpected: readonly string[];
  /** Tensors of the file that are known and not needed: classifiers, decoders, the final norm. */
  readonly setAside: readonly NamedGroup[];
  /** Tensors that are made anew and never loaded: masks, index tables, counters. */
  readonly buffers: number;
  /** Parameters whose numbers were laid out anew, joined, resized or folded. */
  readonly converted: readonly NamedGroup[];
  /** Parameters whose shapes in the file do not fit; shapes as text: "[96,3,4,4]". */
  readonly mismatched: readonly { readonly name: string; readonly found: string; readonly wanted: string }[];
}

/** The architecture that a file's names and shapes amount to. */
export interface RecognisedWeights {
  /** "Swin-T" */
  readonly label: string;
  readonly family: string;
  /** Whose names the file has: "timm 0.8 and later". */
  readonly naming: string;
  /** What stood before every name: "module.backbone."; empty: nothing. */
  readonly prefix: string;
  /** "embed" → "96", "depths" → "2, 2, 6, 2". */
  readonly settings: Readonly<Record<string, string>>;
  /** Side of the images that it was made for, in pixels. */
  readonly imageSize: number;
  /** What the shapes leave open and habit decided, in sentences; empty: nothing. */
  readonly assumed: readonly string[];
  /** What else a user should know, in sentences. */
  readonly notes: readonly string[];
}
