/** What entries of the library are called, and what may be done with them. Runs that can be read have a view of their own. */
import type { Catalogue, Entry } from "../../../contracts/catalogue";
import type { RunConfig } from "../../../contracts/runConfig";
import type { LibraryEntry } from "../../../contracts/runEvent";

interface Kind {
  readonly kind: LibraryEntry["kind"];
  readonly title: string;
  readonly about: string;
  /** Before one of them is deleted. */
  readonly question: string;
}

export const kinds: readonly Kind[] = [
  { kind: "run", title: "Incomplete runs", about: "their writing was cut short", question: "Delete this run?" },
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
export function recipeTitle({ backbone, method }: RunConfig, catalogue: Catalogue): string {
  const start = backbone === "file" ? "your own weights" : labelOf(catalogue.backbones, backbone);
  return `${labelOf(catalogue.methods, method.id)} on ${start}`;
}

export const entryTitle = ({ kind, label }: LibraryEntry): string =>
  kind === "svd" ? "Singular values and vectors" : label || "A run that cannot be read";

export function entryDetail({ kind, files }: LibraryEntry): string {
  const count = `${files} ${files === 1 ? "file" : "files"}`;
  return kind === "svd" ? `${count}; deleted ones are computed anew when they are needed` : count;
}

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
