/** One linear site under one method, with random weights: what it gives, its gradient, and what its merged weights give. */

import { Builder } from "../../src/core/graph/builder";
import { gradients } from "../../src/core/graph/differentiate";
import { random } from "../../src/core/math/random";
import { svd } from "../../src/core/math/svd";
import type { MethodDef } from "../../src/core/methods/method";
import { methods } from "../../src/core/methods/registry";
import { resolveSettings } from "../../src/core/methods/settings";
import { joinSpectrum } from "../../src/core/model/spectra";
import { Forward, flatGradient, PARAMETERS } from "../../src/core/nn/forward";
import { ParameterStore } from "../../src/core/nn/parameters";
import { type LinearSite, type SiteKind, siteKinds, streamCount } from "../../src/core/nn/site";
import { initialWeights } from "../../src/core/nn/weights";
import { evaluate } from "../reference/evaluate";

const TASKS = ["semseg", "sal"];
const shared = { shared: true, tasks: [] };

/** A small site of each kind as the last block of a stage has it; tasks see it only where the method has streams for them. */
export function siteOf(kind: SiteKind, taskStreams: boolean): LinearSite {
  const streams = taskStreams ? { shared: true, tasks: TASKS } : shared;
  const common = { name: "site", label: "stage 1, block 2", kind, stage: 0, block: 1, tokens: 3, parts: 1 } as const;
  const linear = { ...common, group: "linear", hasBias: true } as const;
  switch (kind) {
    case "qkv":
      return { ...linear, parts: 3, inSize: 4, outSize: 12, input: shared, output: shared };
    case "proj":
      return { ...linear, inSize: 4, outSize: 4, input: shared, output: streams };
    case "fc1":
      return { ...linear, inSize: 4, outSize: 8, input: streams, output: streams };
    case "fc2":
      return { ...linear, inSize: 8, outSize: 4, input: streams, output: streams };
    case "reduction":
      return {
        ...common,
        group: "patch_merging",
        hasBias: false,
        inSize: 8,
        outSize: 4,
        input: shared,
        output: shared,
      };
    default:
      return kind satisfies never;
  }
}

/** Task streams and factors small enough for these sites, where a method has such settings. */
const small = {
  streams: "both",
  rank: 2,
  rankShared: 2,
  rankTask: 2,
  reduction: 2,
  products: 2,
  sharedCells: 5,
  taskCells: 4,
};

/** Every method of the registry that adapts sites, with each kind of site that it offers. */
export const siteCases = Object.entries(methods).flatMap(([id, entry]) => {
  const def = entry as MethodDef<object>;
  const known = new Set<string>(def.settings.map(({ key }) => key));
  const settings = Object.fromEntries(Object.entries(small).filter(([key]) => known.has(key)));
  const sites = def.settings.find(({ key }) => key === "sites");
  const offered = sites?.kind === "choices" ? sites.choices.map((choice) => choice.id) : [];
  const kinds = siteKinds.filter((kind) => offered.includes(kind));
  return kinds.map((kind) => ({ id, def, kind, settings: { ...settings, sites: [kind] } }));
});

const BATCH = 2;

/** `disturb` moves every adapter parameter by a normal number of that deviation from its start. */
export function siteBench<S extends object>(def: MethodDef<S>, given: Partial<S>, kind: SiteKind, disturb: number) {
  const settings = resolveSettings(def, given);
  const adapter = def.create(settings);
  const site = siteOf(kind, adapter.taskStreams);
  const store = new ParameterStore((p) => def.trains(p, settings));
  const linear = adapter.linear(store, site);
  adapter.finish(store);
  const weights = initialWeights(store.layout(), 3);
  const draw = random(5, "numbers");
  const { parameters } = weights.layout;
  for (const p of parameters) {
    const scale = p.group === "theta" || p.group === "method" ? disturb : 1;
    const values = weights.get(p.name);
    for (let i = 0; i < values.length; i++) values[i]! += scale * draw.normal();
  }
  for (const { site: name, weight, parts, rows, cols } of adapter.spectrumSites) {
    const part = (k: number) => weights.get(weight).slice(k * rows * cols, (k + 1) * rows * cols);
    weights.spectra.set(name, joinSpectrum(Array.from({ length: parts }, (_, k) => svd(part(k), rows, cols))));
  }
  // Patch merging meets every stream of its stage on the leading axis.
  const inputs = kind === "reduction" ? 3 : streamCount(site.input);
  const shape = [inputs, BATCH, site.tokens, site.inSize];
  const x = Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => draw.normal());

  const b = new Builder();
  const f = new Forward(b, weights, { training: true, batch: BATCH });
  const y = linear(f, b.input("x", shape));
  const G = Float32Array.from({ length: y.shape.reduce((n, d) => n * d, 1) }, () => draw.normal());
  const loss = b.sum(b.mul(y, b.constant(G, y.shape)));
  b.output("y", y);
  b.output("loss", loss);
  const slots = f.trainedSlots();
  const found = gradients(
    b,
    loss,
    slots.map((slot) => f.value(slot)),
  );
  b.output("gradient", flatGradient(f, new Map(slots.map((slot, i) => [slot, found[i]!]))));
  const graph = b.build();
  const feeds = { x, ...(adapter.curves.length > 0 ? { time: Float32Array.of(1) } : {}) };
  const run = (flat: ArrayLike<number> = weights.trainable) =>
    evaluate(graph, feeds, new Map([[PARAMETERS, flat]])).outputs;

  /** y by the merged weights, stream by stream; undefined where the method has none. */
  const mergedOutput = (): Float64Array | undefined => {
    const streams = [...(site.output.shared ? ["shared"] : []), ...site.output.tasks];
    const names = kind === "reduction" ? Array.from({ length: inputs }, () => "shared") : streams;
    const rows = BATCH * site.tokens;
    const out = new Float64Array(names.length * rows * site.outSize);
    for (const [s, name] of names.entries()) {
      const merged = adapter.merged(weights, site, name);
      if (!merged) return undefined;
      const source = inputs === 1 ? 0 : s;
      for (let r = 0; r < rows; r++)
        for (let o = 0; o < site.outSize; o++) {
          let sum = merged.bias?.[o] ?? 0;
          for (let i = 0; i < site.inSize; i++)
            sum += x[(source * rows + r) * site.inSize + i]! * merged.weight[o * site.inSize + i]!;
          out[(s * rows + r) * site.outSize + o] = sum;
        }
    }
    return out;
  };
  return { adapter, site, weights, parameters, x, graph, feeds, run, mergedOutput };
}

/** Largest difference, relative to the largest entry. */
export function gap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`Lengths ${a.length} and ${b.length} differ.`);
  let [worst, scale] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
    scale = Math.max(scale, Math.abs(a[i]!));
  }
  return worst / scale;
}
