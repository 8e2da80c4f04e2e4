/** Names of the listed runs: their own, or what tells them apart. */
import type { Catalogue } from "../../contracts/catalogue";
import type { StudyPlace } from "../../contracts/run";
import type { RunConfig } from "../../contracts/runConfig";
import { automaticNames } from "../../contracts/runNames";

interface Named {
  readonly id: string;
  readonly recipe: RunConfig;
  readonly name: string;
  readonly created: number;
  readonly place?: StudyPlace;
}

/** Runs of a study are told from each other, the others from each other; those that differ in nothing are counted: "DiTASK (2)". */
export function runNames({ methods }: Catalogue, runs: readonly Named[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const ordered = runs.toSorted((a, b) => a.created - b.created);
  for (const study of new Set(ordered.map(({ place }) => place?.study))) {
    const own = ordered.filter(({ place, name }) => place?.study === study && name === "");
    const automatic = automaticNames(
      own.map(({ recipe }) => recipe),
      methods,
    );
    for (const [i, { id }] of own.entries()) names.set(id, automatic[i]!);
  }
  for (const { id, name } of ordered) if (name !== "") names.set(id, name);
  return names;
}
