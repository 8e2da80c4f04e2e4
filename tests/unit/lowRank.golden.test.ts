/** Linear layers of the MTLoRA repository on given data: outputs and gradients, in float64, all that the files hold. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readSafetensors } from "../../src/core/checkpoint/safetensors";
import { Builder } from "../../src/core/graph/builder";
import { gradients } from "../../src/core/graph/differentiate";
import { sizeOf } from "../../src/core/graph/node";
import { full } from "../../src/core/methods/full";
import { lora } from "../../src/core/methods/lora";
import type { Method } from "../../src/core/methods/method";
import { mtlora } from "../../src/core/methods/mtlora";
import { Forward, PARAMETERS } from "../../src/core/nn/forward";
import { ParameterStore } from "../../src/core/nn/parameters";
import { type LinearSite, sharedOnly } from "../../src/core/nn/site";
import { Weights } from "../../src/core/nn/weights";
import { evaluate } from "../reference/evaluate";

const folder = new URL("../golden/", import.meta.url);

interface Entry {
  readonly name: string;
  readonly sizes: Record<"out" | "in" | "r_shared" | "scale" | "lora_alpha" | "B" | "N", number> & {
    readonly r_task: Readonly<Record<string, number>>;
  };
  readonly tolerances: { readonly f64_rel: number };
}

const entries = (JSON.parse(readFileSync(new URL("index.json", folder), "utf8")) as { cases: Entry[] }).cases.filter(
  ({ name }) => name.startsWith("mtlora_"),
);

const read = ({ name }: Entry) => {
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(new URL(`${name}.safetensors`, folder))));
  return new Map([...tensors].map(([key, { data }]) => [key, Array.from(data as Float64Array)] as const));
};

/** Outputs and gradients of one layer, by the names that they have in a file: out, out.<task>, grad.x, grad.<parameter>, ... */
function run(
  { sizes }: Entry,
  data: ReadonlyMap<string, readonly number[]>,
  adapter: Method,
  tasks: readonly string[],
  parameter: (ours: string) => { readonly value: string; readonly gradient: string },
): ReadonlyMap<string, ArrayLike<number>> {
  const suffixes = ["", ...tasks.map((task) => `.${task}`)];
  const inputs = suffixes.filter((s) => data.has(`x${s}`));
  const output = { shared: true, tasks };
  const site: LinearSite = {
    ...{ name: "site", label: "site", kind: "fc1", group: "linear", hasBias: true },
    ...{ stage: 0, block: 0, inSize: sizes.in, outSize: sizes.out, parts: 1, tokens: sizes.N },
    ...{ input: inputs.length > 1 ? output : sharedOnly, output },
  };
  const store = new ParameterStore(() => true);
  const linear = adapter.linear(store, site);
  adapter.finish(store);
  const weights = new Weights(store.layout());
  for (const name of weights.names) weights.set(name, data.get(parameter(name).value)!);

  const b = new Builder();
  const f = new Forward(b, weights, { training: true, batch: sizes.B });
  const x = b.input("x", [inputs.length, sizes.B, sizes.N, sizes.in]);
  const y = linear(f, x);
  const loss = b.sum(b.mul(y, b.input("G", y.shape)));
  const slots = f.trainedSlots();
  const found = gradients(b, loss, [x, ...slots.map((slot) => f.value(slot))]);
  b.output("out", y);
  b.output("grad.x", found[0]!);
  for (const [i, slot] of slots.entries()) b.output(slot.name, found[i + 1]!);
  const feeds = { x: inputs.flatMap((s) => data.get(`x${s}`)!), G: suffixes.flatMap((s) => data.get(`G${s}`)!) };
  const { outputs } = evaluate(b.build(), feeds, new Map([[PARAMETERS, weights.trainable]]));

  const results = new Map<string, ArrayLike<number>>();
  const cut = (name: string, parts: readonly string[]) => {
    const size = outputs[name]!.length / parts.length;
    for (const [i, s] of parts.entries()) results.set(`${name}${s}`, outputs[name]!.subarray(i * size, (i + 1) * size));
  };
  cut("out", suffixes);
  cut("grad.x", inputs);
  for (const p of weights.layout.parameters.filter(({ trainable }) => trainable)) {
    const slot = slots.find(({ index }) => index === p.slot)!;
    const start = p.offset - slot.offset;
    results.set(parameter(p.name).gradient, outputs[slot.name]!.subarray(start, start + sizeOf(p.shape)));
  }
  return results;
}

describe.each(entries)("$name", (entry) => {
  const data = read(entry);
  const { r_shared: rankShared, r_task: rankTask, scale, lora_alpha: alpha } = entry.sizes;

  /** Every output and gradient that the file has under `prefix`. */
  const check = (prefix: string, results: ReadonlyMap<string, ArrayLike<number>>) => {
    const wanted = [...data.keys()].filter((key) => key.startsWith(`${prefix}out`) || key.startsWith(`${prefix}grad.`));
    expect(wanted.length).toBeGreaterThan(3);
    for (const key of wanted) {
      const [truth, values] = [data.get(key)!, results.get(key.slice(prefix.length))!];
      expect(values?.length, key).toBe(truth.length);
      const error = Math.max(...truth.map((t, i) => Math.abs(values[i]! - t))) / Math.max(...truth.map(Math.abs));
      expect(error, key).toBeLessThan(entry.tolerances.f64_rel);
    }
  };

  it("MTLoRA's outputs and gradients agree with the reference, tasks' own inputs and unequal ranks among them", () => {
    const adapter = mtlora.create({ ...mtlora.defaults, rankShared, rankTask, scale, reference: true });
    const foreign = (ours: string) => ours.replace("site.", /(weight|bias)$/.test(ours) ? "linear." : "");
    const names = (ours: string) => ({ value: `param.${foreign(ours)}`, gradient: `grad.${foreign(ours)}` });
    check("", run(entry, data, adapter, Object.keys(rankTask), names));
  });

  it("LoRA's agree", () => {
    const adapter = lora.create({ ...lora.defaults, rank: rankShared, alpha });
    const foreign = (ours: string) => ours.replace("site.", /(weight|bias)$/.test(ours) ? "linear." : "");
    const names = (ours: string) => ({ value: `lora.param.${foreign(ours)}`, gradient: `grad.${foreign(ours)}` });
    check("lora.", run(entry, data, adapter, [], names));
  });

  it("a plain layer's agree", () => {
    const names = (ours: string) => ({
      value: ours.replace("site.", "param.linear."),
      gradient: ours.replace("site.", "grad."),
    });
    check("linear.", run(entry, data, full.create({}), [], names));
  });
});
