/** What entries of the library are called, and what may be done with them. */
import type { Catalogue, Entry } from "../../../contracts/catalogue";
import type { LibraryEntry } from "../../../contracts/runEvent";

interface Kind {
  readonly kind: LibraryEntry["kind"];
  readonly title: string;
  readonly about: string;
  /** Before one of them is deleted. */
  readonly question: string;
}

export const kinds: readonly Kind[] = [
  { kind: "run", title: "Runs", about: "the newest checkpoint of each", question: "Delete this run?" },
  { kind: "backbone", title: "Backbones", about: "weights from your own files", question: "Delete this copy?" },
  { kind: "adapter", title: "Adapters", about: "what other runs exported", question: "Delete this copy?" },
  { kind: "data", title: "Data sets", about: "copies of your own images and labels", question: "Delete this copy?" },
  {
    kind: "svd",
    title: "Decompositions",
    about: "of weights, so that the next run on them starts at once",
    question: "Delete the decompositions?",
  },
];

const labelOf = (entries: readonly Entry[], id: string): string =>
  entries.find((entry) => entry.id === id)?.label ?? id;

/** "DiTASK on Embedded Swin (64 px)"; ids stand in for what the catalogue no longer knows. */
export function entryTitle({ kind, label, run }: LibraryEntry, catalogue: Catalogue): string {
  if (run) {
    const backbone = run.backbone === "file" ? "your own weights" : labelOf(catalogue.backbones, run.backbone);
    return `${labelOf(catalogue.methods, run.method)} on ${backbone}`;
  }
  if (kind === "svd") return "Singular values and vectors";
  return label || "A run that cannot be read";
}

export function entryDetail({ kind, run, files }: LibraryEntry, catalogue: Catalogue): string {
  if (run) return run.tasks.map((task) => labelOf(catalogue.tasks, task)).join(", ");
  const count = `${files} ${files === 1 ? "file" : "files"}`;
  return kind === "svd" ? `${count}; deleted ones are computed anew when they are needed` : count;
}

export const isFinished = ({ run }: LibraryEntry): boolean => run !== undefined && run.step >= run.steps;

/** What is lost by deleting it, for the question before. */
export function lossOf(entry: LibraryEntry): string {
  if (!entry.whole) return "It cannot be opened anyway.";
  switch (entry.kind) {
    case "run":
      return "The run cannot go on afterwards. Files that were saved from it stay where they are.";
    case "svd":
      return "They are computed anew when a run needs them, which takes a while.";
    case "backbone":
    case "adapter":
    case "data":
      return "The files that it was copied from are not touched. What is open goes on, from memory; later runs need it opened again.";
    default:
      return entry.kind satisfies never;
  }
}
