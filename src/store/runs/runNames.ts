/** What runs are called: their own name, or the method and what tells it from the other runs of that method. */
import type { Catalogue } from "../../contracts/catalogue";
import type { StudyPlace } from "../../contracts/run";
import type { RunConfig } from "../../contracts/runConfig";
import { methodOf } from "../setup/methodSettings";
import { differingFields, type Field, fieldText } from "../setup/recipeDiff";

interface Named {
  readonly id: string;
  readonly config: RunConfig;
  readonly name: string;
  readonly created: number;
  readonly place?: StudyPlace;
}

/** Short forms of fields that are named often, with the place of the value; those that come first are named first. */
const short: Readonly<Record<string, (value: string) => string>> = {
  "method.settings.rank": (value) => ` r=${value}`,
  "method.settings.alpha": (value) => ` α=${value}`,
  "method.settings.reading": (value) => `, ${value.toLowerCase()}`,
  tasks: (value) => (value.includes(", ") ? `, ${value.split(", ").length} tasks` : `, ${value} alone`),
  "training.learningRate.method": (value) => `, lr ${value}`,
  "training.seed": (value) => `, seed ${value}`,
  backbone: (value) => ` on ${value === "file" ? "own weights" : value}`,
  "data.source": (value) => ` on ${value}`,
  "training.steps": (value) => `, ${value} steps`,
  "training.batchSize": (value) => `, batch ${value}`,
  "training.learningRate.backbone": (value) => `, backbone lr ${value}`,
  "training.learningRate.decoders": (value) => `, decoder lr ${value}`,
};
const order = Object.keys(short);

/** A name may be this long although a shorter one would do. */
const USUAL_FIELDS = 2;

/**
 * "LoRA r=8, lr 0.003"; "DiTASK, seed 2". Runs of a study are told from each other, the others from each other; those that differ in nothing are
 * counted: "DiTASK (2)".
 */
export function runNames(catalogue: Catalogue, runs: readonly Named[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Map<string, number>();
  const chosen = new Map<string, readonly Field[]>();
  for (const run of runs.toSorted((a, b) => a.created - b.created)) {
    const key = scopeOf(run);
    const fields =
      chosen.get(key) ??
      tellingFields(
        catalogue,
        runs.filter((other) => scopeOf(other) === key),
      );
    chosen.set(key, fields);
    const base = run.name || automaticName(catalogue, run.config, fields);
    const times = (taken.get(base) ?? 0) + 1;
    taken.set(base, times);
    names.set(run.id, times === 1 || run.name ? base : `${base} (${times})`);
  }
  return names;
}

/** Among which runs a name has to tell one. */
const scopeOf = ({ config, place }: Named): string => `${config.method.id} ${place?.study ?? ""}`;

const rank = ({ path }: Field): number => {
  const place = order.indexOf(path);
  if (place >= 0) return place;
  return path.startsWith("method.settings.") ? -1 : order.length;
};

/** The first fields that differ, and further ones only where they tell runs apart that the first leave alike. */
function tellingFields(catalogue: Catalogue, runs: readonly Named[]): readonly Field[] {
  const configs = runs.map(({ config }) => config);
  const differing = differingFields(catalogue, configs).toSorted((a, b) => rank(a) - rank(b));
  let groups: readonly (readonly RunConfig[])[] = [configs];
  return differing.filter((field, i) => {
    const split = groups.flatMap((group) => splitBy(catalogue, group, field));
    const tells = split.length > groups.length;
    groups = split;
    return tells || (i < USUAL_FIELDS && rank(field) < order.length);
  });
}

function splitBy(
  catalogue: Catalogue,
  group: readonly RunConfig[],
  { path }: Field,
): readonly (readonly RunConfig[])[] {
  const byText = new Map<string, RunConfig[]>();
  for (const config of group) {
    const text = fieldText(catalogue, config, path);
    byText.set(text, [...(byText.get(text) ?? []), config]);
  }
  return [...byText.values()];
}

function automaticName(catalogue: Catalogue, config: RunConfig, fields: readonly Field[]): string {
  const parts = fields
    .toSorted((a, b) => rank(a) - rank(b))
    .map(({ path, label }) => {
      const value = fieldText(catalogue, config, path);
      return short[path]?.(value) ?? `, ${label.toLowerCase()} ${value}`;
    });
  return `${methodOf(catalogue, config)?.label ?? config.method.id}${parts.join("")}`;
}
