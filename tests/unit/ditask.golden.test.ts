import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ditask } from "../../src/core/adapters/ditask";
import type { Evaluation } from "../../src/core/adapters/spectralLinear";
import { readSafetensors } from "../../src/core/checkpoint/safetensors";
import { Builder } from "../../src/core/graph/builder";
import { gradients } from "../../src/core/graph/differentiate";
import { sizeOf } from "../../src/core/graph/node";
import { svd } from "../../src/core/math/svd";
import { joinSpectrum } from "../../src/core/model/spectra";
import { Forward, PARAMETERS } from "../../src/core/nn/forward";
import { ParameterStore } from "../../src/core/nn/parameters";
import type { LinearSite } from "../../src/core/nn/site";
import { Weights } from "../../src/core/nn/weights";
import { evaluate } from "../reference/evaluate";

const folder = new URL("../golden/", import.meta.url);

interface Entry {
  readonly name: string;
  readonly sizes: { out: number; in: number; parts: number; B: number; N: number; tasks: string[] };
  readonly tolerances: { f32_rel: number };
}

const entries = (JSON.parse(readFileSync(new URL("index.json", folder), "utf8")) as { cases: Entry[] }).cases.filter(
  ({ name }) => name.startsWith("ditask_"),
);

/** One linear of the reference, as our adapter computes it: outputs and gradients by the names of the file. */
function run({ name, sizes }: Entry, reading: "value" | "index", evaluation: Evaluation) {
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(new URL(`${name}.safetensors`, folder))));
  const data = (key: string): number[] => Array.from(tensors.get(key)!.data as Float64Array);
  const streams = { shared: true, tasks: sizes.tasks };
  const suffixes = ["", ...sizes.tasks.map((task) => `.${task}`)];
  const ownInputs = tensors.has(`x.${sizes.tasks[0]}`);
  const site: LinearSite = {
    name: "site",
    label: "site",
    kind: "fc1",
    group: "linear",
    hasBias: true,
    stage: 0,
    block: 0,
    inSize: sizes.in,
    outSize: sizes.out,
    parts: sizes.parts,
    tokens: sizes.N,
    input: ownInputs ? streams : { shared: true, tasks: [] },
    output: streams,
  };
  const cells = (stream: string) => tensors.get(`theta.${stream}`)!.shape[1]! + 1;
  const adapter = ditask.create({
    ...ditask.defaults,
    reading,
    evaluation,
    sharedCells: cells("shared"),
    taskCells: Object.fromEntries(sizes.tasks.map((task) => [task, cells(task)])),
  });
  const store = new ParameterStore(({ group }) => group === "theta");
  const linear = adapter.linear(store, site);
  adapter.finish(store);
  const weights = new Weights(store.layout());
  weights.set("site.weight", data("weight"));
  weights.set("site.bias", data("bias"));
  for (const stream of ["shared", ...sizes.tasks]) weights.set(`site.theta.${stream}`, data(`theta.${stream}`));
  const { rows, cols, parts } = adapter.spectrumSites[0]!;
  const whole = weights.get("site.weight");
  const decomposed = Array.from({ length: parts }, (_, k) =>
    svd(whole.slice(k * rows * cols, (k + 1) * rows * cols), rows, cols),
  );
  weights.spectra.set("site", joinSpectrum(decomposed));

  const b = new Builder();
  const f = new Forward(b, weights, { training: true, batch: sizes.B });
  const inputs = ownInputs ? suffixes : [""];
  const x = b.input("x", [inputs.length, sizes.B, sizes.N, sizes.in]);
  const y = linear(f, x);
  const loss = b.sum(b.mul(y, b.input("G", y.shape)));
  const theta = f.trainedSlots()[0]!;
  const [dx, dTheta] = gradients(b, loss, [x, f.value(theta)]);
  b.output("y", y);
  b.output("dx", dx!);
  b.output("dTheta", dTheta!);
  const feeds = {
    x: inputs.flatMap((s) => data(`x${s}`)),
    G: suffixes.flatMap((s) => data(`G${s}`)),
    time: [1],
  };
  const { outputs } = evaluate(b.build(), feeds, new Map([[PARAMETERS, weights.trainable]]));

  const results = new Map<string, ArrayLike<number>>();
  const cut = (values: Float64Array, names: readonly string[]) => {
    const size = values.length / names.length;
    for (const [i, key] of names.entries()) results.set(key, values.subarray(i * size, (i + 1) * size));
  };
  cut(
    outputs["y"]!,
    suffixes.map((s) => `out${s}`),
  );
  cut(
    outputs["dx"]!,
    inputs.map((s) => `grad.x${s}`),
  );
  for (const p of weights.layout.parameters.filter(({ group }) => group === "theta")) {
    const start = p.offset - theta.offset;
    const key = p.name.replace("site.theta.", "grad.theta.");
    results.set(key, outputs["dTheta"]!.subarray(start, start + sizeOf(p.shape)));
  }
  return { results, data };
}

describe.each(entries)("$name", (entry) => {
  const evaluations = entry.sizes.parts === 1 ? (["factored", "merged"] as const) : (["factored"] as const);
  it.each(
    (["value", "index"] as const).flatMap((reading) => evaluations.map((evaluation) => ({ reading, evaluation }))),
  )("outputs and gradients agree with the reference: $reading-warp, $evaluation", ({ reading, evaluation }) => {
    const { results, data } = run(entry, reading, evaluation);
    expect(results.size).toBeGreaterThanOrEqual(3);
    for (const [key, values] of results) {
      const truth = data(reading === "value" ? `value.${key}` : key);
      const scale = Math.max(...truth.map(Math.abs));
      const error = Math.max(...truth.map((t, i) => Math.abs(values[i]! - t))) / scale;
      expect(error, key).toBeLessThan(entry.tolerances.f32_rel);
    }
  });
});
