import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { putAdapter, readAdapterTensors, writeAdapterFile } from "../../src/core/checkpoint/adapterFile";
import { sizeOf, type Value } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";
import { type Method, unfreezeGroups } from "../../src/core/methods/method";
import { resolveSettings } from "../../src/core/methods/settings";
import type { Model } from "../../src/core/model/model";
import type { Forward } from "../../src/core/nn/forward";
import type { LinearSite, MergedLinear } from "../../src/core/nn/site";
import type { Weights } from "../../src/core/nn/weights";
import { baseOf, fresh, logitsOf, moved, type Ready, relativeGap, subjects, training } from "./subject";

/**
 * Biases that a batch norm's mean takes away again: that in front of it, and those that shift a whole feature map by a constant, which
 * are the last layer's, and a task's own where its stream leaves the backbone.
 */
function hasNoEffect(name: string, { backbone, tasks }: Model): boolean {
  if (name.endsWith("mix.bias")) return true;
  const site = backbone.sites.findLast((s) => name.startsWith(`${s.name}.`));
  if (!site || !name.endsWith("bias")) return false;
  const ownOfTask = site.output.tasks.length > 0 && tasks.some(({ id }) => name.includes(`.${id}.`));
  return site === backbone.sites.at(-1) || (site.kind === "fc2" && ownOfTask);
}

describe.each(subjects)("$title", (subject) => {
  const settings = resolveSettings(subject.def, subject.settings);
  let ready: Ready;
  let logits: Float64Array;
  beforeAll(() => {
    ready = moved(subject);
    logits = logitsOf(ready);
  });
  afterEach(() => vi.restoreAllMocks());

  it("sends gradients to all that trains, and nowhere else", () => {
    const { model, weights } = ready;
    const { parameters, size } = model.layout;
    const { gradient, loss } = training(ready);
    const trained = parameters.filter((p) => p.trainable);
    const largest = Math.max(...gradient.map(Math.abs));
    const silent = trained.filter((p) =>
      gradient.subarray(p.offset, p.offset + sizeOf(p.shape)).every((g) => Math.abs(g) < 1e-12 * largest),
    );
    const dead = new Set(model.method.dead ?? []);
    const unexpected = silent.filter(({ name }) => !hasNoEffect(name, model) && !dead.has(name));
    expect(unexpected.map(({ name }) => name)).toEqual([]);
    const inside = new Uint8Array(size);
    for (const p of trained) inside.fill(1, p.offset, p.offset + sizeOf(p.shape));
    expect(gradient.filter((g, i) => g !== 0 && inside[i] === 0).length).toBe(0);

    const draw = random(13, "direction");
    const direction = Float64Array.from(gradient, (_, i) => (inside[i] ? draw.normal() : 0));
    const lossAt = (step: number) => loss(Float64Array.from(weights.trainable, (x, i) => x + step * direction[i]!));
    const h = 1e-7;
    const slope = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0);
    expect(Math.abs((lossAt(h) - lossAt(-h)) / (2 * h) - slope) / Math.hypot(...gradient)).toBeLessThan(1e-4);
  });

  it("trains what the method says and what the run unfreezes, and nothing that it insists on freezing", () => {
    const unfreeze = subject.def.unfreeze ? unfreezeGroups(subject.def.unfreeze) : {};
    const { parameters } = ready.model.layout;
    const wrong = parameters.filter(
      (p) => p.trainable !== (!p.frozen && (unfreeze[p.group] ?? subject.def.trains(p, settings))),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
    expect(parameters.filter((p) => p.trainable && p.group === "head").length).toBeGreaterThan(0);
  });

  it("gives the same output when its layers are merged into plain weights, where they can be", (context) => {
    let mergedSites = 0;
    const create = subject.def.create.bind(subject.def);
    vi.spyOn(subject.def, "create").mockImplementation((s) => {
      const adapter = create(s);
      return withMergedLayers(adapter, ready.weights, () => mergedSites++);
    });
    const merged = fresh(subject, 7);
    for (const name of ready.weights.names) merged.weights.set(name, ready.weights.get(name));
    const output = logitsOf(merged);
    if (mergedSites === 0) context.skip("no layer of this method is one linear map");
    expect(relativeGap(output, logits)).toBeLessThan(1e-4);
  });

  it("comes back from its file bit by bit, on the same base with other random numbers", () => {
    const loaded = fresh(subject, 8);
    putAdapter(loaded.weights, readAdapterTensors(writeAdapterFile(ready.weights, {})).tensors);
    for (const name of ready.weights.names) expect(loaded.weights.get(name), name).toEqual(ready.weights.get(name));
    expect(relativeGap(logitsOf(loaded), logits)).toBe(0);
  });

  it.runIf(subject.def.startsNeutral?.(settings) ?? true)("starts as the pretrained model", () => {
    const truth = baseOf(subject.backbone).logits;
    expect(relativeGap(logitsOf(fresh(subject, 7)), truth)).toBeLessThan(1e-5);
    expect(relativeGap(logits, truth)).toBeGreaterThan(1e-3);
  });
});

/** The adapter with plain weights in place of every site that amounts to one linear map for each of its streams. */
function withMergedLayers(adapter: Method, weights: Weights, onMerged: () => void): Method {
  const linear = adapter.linear.bind(adapter);
  adapter.linear = (store, site) => {
    const layer = linear(store, site);
    return (f, x) => {
      const maps = streamsOf(site).map((stream) => adapter.merged(weights, site, stream));
      if (maps.some((map) => !map)) return layer(f, x);
      onMerged();
      const own = site.input.tasks.length > 0;
      const outputs = maps.map((map, i) => plain(f, site, map!, own ? f.b.sliceAxis(x, 0, i, 1) : x));
      return f.b.concat(outputs, 0);
    };
  };
  return adapter;
}

/** x: [S,B,L,in] → [S,B,L,out]. */
function plain({ b }: Forward, { outSize, inSize }: LinearSite, { weight, bias }: MergedLinear, x: Value): Value {
  const y = b.matmul(x, b.constant(weight, [outSize, inSize]), false, true);
  return bias ? b.add(y, b.constant(bias, [outSize])) : y;
}

const streamsOf = ({ output }: LinearSite): readonly string[] => [
  ...(output.shared ? ["shared"] : []),
  ...output.tasks,
];
