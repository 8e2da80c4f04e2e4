/** The golden optimiser run: the tensors that have gradients, as one flat vector; the others are frozen there. */
import { readFileSync } from "node:fs";
import { readSafetensors } from "../../src/core/checkpoint/safetensors";
import { optimiserInputs } from "../../src/core/optim/adamw";
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
  // The reference decays what is neither a vector nor a bias: group 0 there, group 1 here is not decayed.
  const groupOf = new Int32Array(size);
  for (const name of names) {
    const { shape, data } = tensors.get(`param.0.${name}`)!;
    const start = offsets.get(name)!;
    groupOf.fill(shape.length === 1 || name.endsWith(".bias") ? 1 : 0, start, start + data.length);
  }
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
    peak: sizes["base_lr"]!,
    settings: { groupOf, decay: [sizes["weight_decay"]!, 0] },
    /** What step `step` is fed, in float64. */
    feeds: (step: number): Record<string, Float64Array> => ({
      [optimiserInputs.learningRates]: new Float64Array(2).fill(sizes["base_lr"]! * schedules("cosine", false)(step)),
      [optimiserInputs.biasCorrections]: Float64Array.of(1 - 0.9 ** (step + 1), 1 - 0.999 ** (step + 1)),
      [optimiserInputs.gradientScale]: Float64Array.of(1),
      [optimiserInputs.clipNorm]: Float64Array.of(sizes["clip_grad"]!),
    }),
    schedules,
    tensor,
    parameters: (step: number) => flat(`param.${step}`),
    gradient: (step: number) => flat(`grad.${step}`),
  };
}
