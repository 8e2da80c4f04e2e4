/** The golden optimiser run: the tensors that have gradients, as one flat vector; the others are frozen there. */
import { readFileSync } from "node:fs";
import { readSafetensors } from "../../src/core/checkpoint/safetensors";
import { adamwDefaults } from "../../src/core/optim/adamw";
import { decaysInReference, groupTable } from "../../src/core/optim/groups";
import { referenceSchedule } from "../../src/core/optim/schedule";

interface IndexEntry {
  readonly name: string;
  readonly sizes: Readonly<Record<string, number>>;
  readonly tolerances: { readonly f64_abs: number; readonly f32_abs: number; readonly lr_rel: number };
  readonly values: {
    readonly groups: readonly { readonly weight_decay: number; readonly names: readonly string[] }[];
    readonly grad_norm_before_clipping: readonly number[];
  };
}

const file = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../golden/${name}`, import.meta.url)));

export const largest = (x: Float64Array | Float32Array): number => {
  let most = 0;
  for (const v of x) most = Math.max(most, Math.abs(v));
  return most;
};

export function readOptimGolden() {
  const { tensors } = readSafetensors(file("optim_adamw.safetensors"));
  const index = JSON.parse(Buffer.from(file("index.json")).toString("utf8")) as {
    readonly cases: readonly IndexEntry[];
  };
  const { sizes, tolerances, values } = index.cases.find((e) => e.name === "optim_adamw")!;
  const tensor = (key: string): Float64Array => Float64Array.from(tensors.get(key)!.data as Float64Array);
  const names = [...tensors.keys()].filter((k) => k.startsWith("grad.0.")).map((k) => k.slice("grad.0.".length));
  const offsets = new Map<string, number>();
  let size = 0;
  for (const name of names) {
    offsets.set(name, size);
    size += tensor(`param.0.${name}`).length;
  }
  const flat = (prefix: string): Float64Array => {
    const all = new Float64Array(size);
    for (const name of names) all.set(tensor(`${prefix}.${name}`), offsets.get(name)!);
    return all;
  };
  const slices = names.map((name) => ({
    offset: offsets.get(name)!,
    size: tensor(`param.0.${name}`).length,
    rate: "all" as const,
    decayed: decaysInReference(name, tensors.get(`param.0.${name}`)!.shape),
  }));
  const schedules = (shape: "cosine" | "linear", warmupPrefix: boolean) =>
    referenceSchedule({
      steps: sizes["epochs"]! * sizes["iters_per_epoch"]!,
      warmupSteps: sizes["warmup_epochs"]! * sizes["iters_per_epoch"]!,
      warmupStart: sizes["warmup_lr"]! / sizes["base_lr"]!,
      finalFraction: sizes["min_lr"]! / sizes["base_lr"]!,
      shape,
      warmupPrefix,
    });
  return {
    size,
    offsets,
    tolerances,
    groups: values.groups,
    norms: values.grad_norm_before_clipping,
    peak: { all: sizes["base_lr"]! },
    settings: {
      ...adamwDefaults,
      table: groupTable(size, slices, sizes["weight_decay"]!),
      clipNorm: sizes["clip_grad"]!,
    },
    schedules,
    /** The schedule of the three steps. */
    schedule: schedules("cosine", false),
    tensor,
    parameters: (step: number) => flat(`param.${step}`),
    gradient: (step: number) => flat(`grad.${step}`),
  };
}
