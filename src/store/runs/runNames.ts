/** What runs are called: their own name, or the method and what tells it from the other runs of that method. */
import type { Catalogue } from "../../contracts/catalogue";
import type { RunConfig } from "../../contracts/runConfig";
import { methodOf } from "../setup/methodSettings";
import { differingFields, type Field, fieldText } from "../setup/recipeDiff";

interface Named {
  readonly id: string;
  readonly config: RunConfig;
  readonly name: string;
  readonly created: number;
}

/** Short forms of fields that are named often, with the place of the value. */
const short: Readonly<Record<string, (value: string) => string>> = {
  "method.settings.rank": (value) => ` r=${value}`,
  "method.settings.alpha": (value) => ` α=${value}`,
  "training.learningRate.method": (value) => `, lr ${value}`,
  "training.learningRate.backbone": (value) => `, backbone lr ${value}`,
  "training.learningRate.decoders": (value) => `, decoder lr ${value}`,
  "training.seed": (value) => `, seed ${value}`,
  "training.steps": (value) => `, ${value} steps`,
  "training.batchSize": (value) => `, batch ${value}`,
  backbone: (value) => ` on ${value}`,
  tasks: (value) => `, ${value}`,
};

/** "LoRA r=8, lr 0.003"; "DiTASK, seed 2". Runs that differ in nothing are counted: "DiTASK (2)". */
export function runNames(catalogue: Catalogue, runs: readonly Named[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Map<string, number>();
  const differing = new Map<string, readonly Field[]>();
  const fieldsOf = (method: string): readonly Field[] => {
    const ofMethod = runs.map(({ config }) => config).filter((config) => config.method.id === method);
    const fields = differing.get(method) ?? differingFields(catalogue, ofMethod);
    differing.set(method, fields);
    return fields;
  };
  for (const run of runs.toSorted((a, b) => a.created - b.created)) {
    const base = run.name || automaticName(catalogue, run.config, fieldsOf(run.config.method.id));
    const times = (taken.get(base) ?? 0) + 1;
    taken.set(base, times);
    names.set(run.id, times === 1 || run.name ? base : `${base} (${times})`);
  }
  return names;
}

function automaticName(catalogue: Catalogue, config: RunConfig, differing: readonly Field[]): string {
  const parts = differing.map(({ path, label }) => {
    const value = fieldText(catalogue, config, path);
    return short[path]?.(value) ?? `, ${label.toLowerCase()} ${value}`;
  });
  return `${methodOf(catalogue, config)?.label ?? config.method.id}${parts.join("")}`;
}
