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

/** Among which runs a name has to tell one: those of its method, inside of a study or outside of all. */
const scopeOf = ({ recipe, place }: Named): string => `${recipe.method.id} ${place?.study ?? ""}`;

/** Runs that differ in nothing are counted: "DiTASK (2)". */
export function runNames({ methods }: Catalogue, runs: readonly Named[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const ordered = runs.toSorted((a, b) => a.created - b.created);
  for (const scope of new Set(ordered.map(scopeOf))) {
    const own = ordered.filter((run) => scopeOf(run) === scope && run.name === "");
    const automatic = automaticNames(
      own.map(({ recipe }) => recipe),
      methods,
    );
    for (const [i, { id }] of own.entries()) names.set(id, automatic[i]!);
  }
  for (const { id, name } of ordered) if (name !== "") names.set(id, name);
  return names;
}
