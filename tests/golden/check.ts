/**
 * Whole models against numbers of the public reference (tests/golden/model_*): stage features, logits, losses, every gradient, running
 * statistics and the logits in evaluation mode afterwards. Runs on anything that executes graphs.
 *
 * The files' gradients that come through the normals loss are not the derivative of that loss. There PyTorch's masked_select went
 * backward on logits in channels-last memory (they come from a bilinear resize) and scattered the gradient of the selected elements in
 * the order of memory, though it had gathered them in the order of the axes: right numbers at wrong pixels. `pytorchNormalsGradient`
 * repeats that to the last digit. So where a model has normals, the whole backward pass is held against the file from that upstream
 * gradient, and our own gradient of the loss, which central differences confirm, is held against the float64 evaluator.
 */
import { readFileSync } from "node:fs";
import type { Evaluation } from "../../src/core/adapters/spectralLinear";
import { type ForeignTensor, importReference, referenceNames, reorder } from "../../src/core/checkpoint/names";
import { readSafetensors } from "../../src/core/checkpoint/safetensors";
import type { Feeds } from "../../src/core/exec/executor";
import { type Graph, sizeOf } from "../../src/core/graph/node";
import { removeDeadNodes } from "../../src/core/graph/passes";
import { lossValue } from "../../src/core/losses/loss";
import {
  accumulateGradient,
  evaluateGraph,
  forwardPass,
  GRADIENT,
  inputs,
  lossSums,
  outputs,
  trainGraph,
} from "../../src/core/model/graphs";
import { buildModel, type Model, type ModelSpec } from "../../src/core/model/model";
import { decomposeSites } from "../../src/core/model/spectra";
import { PARAMETERS } from "../../src/core/nn/forward";
import { initialWeights, type Weights } from "../../src/core/nn/weights";
import type { TaskId } from "../../src/core/tasks/registry";
import { evaluate } from "../reference/evaluate";

export const goldenModels = ["model_plain", "model_ditask", "model_ditask_depth_edge"] as const;
export type GoldenModel = (typeof goldenModels)[number];

/** What a check needs of an executor; every `Executor` has it. */
export interface GoldenExecutor {
  writeState(name: string, data: Float32Array): void;
  readState(name: string): Promise<ArrayLike<number>>;
  /** Whether it is itself the float64 evaluator, so that comparing with it proves nothing. */
  readonly exact?: boolean;
  compile(
    graph: Graph,
    label?: string,
  ): Promise<{ run(feeds: Feeds): Promise<Readonly<Record<string, ArrayLike<number>>>> }>;
}

interface Entry {
  readonly name: string;
  readonly sizes: {
    readonly img: number;
    readonly embed: number;
    readonly depths: number[];
    readonly heads: number[];
    readonly window: number;
    readonly decoder: number[];
    readonly tasks: TaskId[];
    readonly outputs: Record<string, number>;
    readonly patch: number;
    readonly batch: number;
    readonly r_shared: number;
    readonly r_task: number;
    readonly mlp_ratio: number;
  };
  readonly tolerances: Record<"loss_rel" | "stage_rel_to_max" | "logits_rel_to_max" | "grad_rel_to_max", number>;
  readonly values: {
    readonly loss: Record<string, number>;
    readonly loss_weights: Record<string, number>;
    readonly eval_mode_logits_after_the_forward: Record<string, { mean: number; abs_mean: number; first: number }>;
  };
}

export interface GoldenReport {
  /** Largest error of each kind of quantity, relative as its tolerance is, and where it stood. */
  readonly worst: Readonly<Record<string, { readonly error: number; readonly at: string }>>;
  /** What misses its tolerance, in words; empty where all is well. */
  readonly failures: readonly string[];
  /** How many tensors were compared. */
  readonly compared: number;
}

export interface GoldenSetup {
  readonly entry: Entry;
  readonly model: Model;
  readonly weights: Weights;
  readonly tensors: ReadonlyMap<string, ForeignTensor>;
  readonly feeds: Feeds;
}

const folder = new URL(".", import.meta.url);

/** The model of a golden file with the file's weights and its batch. */
export function goldenSetup(name: GoldenModel, evaluation: Evaluation | "auto" = "auto"): GoldenSetup {
  const index = JSON.parse(readFileSync(new URL("index.json", folder), "utf8")) as { cases: Entry[] };
  const entry = index.cases.find((c) => c.name === name)!;
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(new URL(`${name}.safetensors`, folder))));
  const plain = new Map([...tensors].map(([key, t]) => [key, t as ForeignTensor]));
  const model = buildModel(goldenSpec(entry, name, evaluation));
  const weights = initialWeights(model.layout, 1);
  const state = new Map([...plain].filter(([key]) => key.startsWith("state.")).map(([key, t]) => [key.slice(6), t]));
  const { missing, unknown } = importReference(model, weights, state);
  const strange = unknown.filter((key) => !key.includes("qkv.lora_tasks_A."));
  if (missing.length + strange.length > 0)
    throw new Error(`${name}: missing ${missing.join(", ")}; unknown ${strange.join(", ")}.`);
  decomposeSites(model, weights);
  return { entry, model, weights, tensors: plain, feeds: goldenFeeds(entry, model, plain) };
}

function goldenSpec({ sizes }: Entry, name: GoldenModel, evaluation: Evaluation | "auto"): ModelSpec {
  return {
    backbone: "swin-t",
    backboneSettings: {
      patch: sizes.patch,
      embed: sizes.embed,
      depths: sizes.depths,
      heads: sizes.heads,
      window: sizes.window,
      mlpRatio: sizes.mlp_ratio,
      dropPath: 0,
      featuresBeforeMerging: false,
    },
    imageSize: sizes.img,
    adapter:
      name === "model_plain"
        ? { id: "full" }
        : {
            id: "ditask",
            settings: {
              reading: "index",
              sharedCells: sizes.r_shared,
              taskCells: sizes.r_task,
              evaluation,
              reference: true,
            },
          },
    head: { id: "hrnet", settings: { widths: sizes.decoder } },
    tasks: sizes.tasks.map((id) => ({ id, classes: sizes.outputs[id]! })),
    losses: "reference",
  };
}

/** [B,C,S,S] → [B,S,S,C]. */
function channelsLast({ shape, data }: ForeignTensor): Float32Array {
  const [batch, channels, height, width] = shape as [number, number, number, number];
  const area = height * width;
  return Float32Array.from({ length: batch * channels * area }, (_, i) => {
    const channel = i % channels;
    const pixel = Math.floor(i / channels) % area;
    const image = Math.floor(i / channels / area);
    return data[(image * channels + channel) * area + pixel]!;
  });
}

function goldenFeeds({ sizes, values }: Entry, model: Model, tensors: GoldenSetup["tensors"]): Feeds {
  const labels = sizes.tasks.map((id) => [inputs.label(id), channelsLast(tensors.get(`label.${id}`)!)] as const);
  return {
    [inputs.image]: channelsLast(tensors.get("image")!),
    ...Object.fromEntries(labels),
    [inputs.taskWeights]: Float32Array.from(sizes.tasks, (id) => values.loss_weights[id]!),
    [inputs.accumulate]: new Float32Array([0]),
    ...(model.adapter.curves.length > 0 ? { time: new Float32Array([1]) } : {}),
  };
}

const largest = (values: ArrayLike<number>): number =>
  Array.prototype.reduce.call(
    values,
    (max: unknown, v: unknown) => Math.max(max as number, Math.abs(v as number)),
    0,
  ) as number;

/** Collects errors and what is beyond tolerance. */
class Ledger {
  readonly worst: Record<string, { error: number; at: string }> = {};
  readonly failures: string[] = [];
  compared = 0;

  /** max |value - truth| / scale, held against `tolerance`; NaN fails. */
  compare(
    kind: string,
    at: string,
    values: ArrayLike<number>,
    truth: ArrayLike<number>,
    scale: number,
    tolerance: number,
  ) {
    this.compared++;
    let error = values.length === truth.length ? 0 : Number.POSITIVE_INFINITY;
    for (let i = 0; i < truth.length; i++) {
      const gap = Math.abs(values[i]! - truth[i]!) / scale;
      if (!(gap <= error)) error = Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap;
    }
    if (error >= (this.worst[kind]?.error ?? 0)) this.worst[kind] = { error, at };
    if (!(error <= tolerance)) this.failures.push(`${kind} ${at}: ${error.toExponential(2)} > ${tolerance}`);
  }

  toMax(kind: string, at: string, values: ArrayLike<number>, truth: ArrayLike<number>, tolerance: number) {
    this.compare(kind, at, values, truth, largest(truth), tolerance);
  }
}

export async function checkGolden(
  name: GoldenModel,
  makeExecutor: () => Promise<GoldenExecutor>,
  evaluation: Evaluation | "auto" = "auto",
): Promise<GoldenReport> {
  const setup = goldenSetup(name, evaluation);
  const { model, weights, entry, feeds } = setup;
  const executor = await makeExecutor();
  const states = initialStates(setup);
  const reset = () => {
    for (const [state, data] of states) executor.writeState(state, data);
  };
  const options = { batch: entry.sizes.batch, logits: true, features: true };
  const graph = trainGraph(model, weights, options);
  const ledger = new Ledger();
  const { tolerances } = entry;
  if (entry.sizes.tasks.includes("normals")) {
    reset();
    const seeded = await executor.compile(seededGraph(setup), `${name} seeded`);
    await seeded.run({ ...feeds, [SEED]: pytorchNormalsGradient(setup) });
    checkGradients(ledger, setup, await executor.readState(GRADIENT));
  }
  reset();
  const train = await executor.compile(graph, `${name} train`);
  checkTraining(ledger, setup, await train.run(feeds));
  const gradient = await executor.readState(GRADIENT);
  if (!entry.sizes.tasks.includes("normals")) checkGradients(ledger, setup, gradient);
  if (!executor.exact) {
    const truth = exactGradient(setup, `${name} ${evaluation}`, graph, states);
    checkParameters(ledger, setup, "own gradient", gradient, truth, tolerances.grad_rel_to_max);
  }
  for (const statistic of model.layout.statistics)
    checkStatistic(ledger, setup, statistic, await executor.readState(statistic.name));
  const inference = await executor.compile(
    evaluateGraph(model, weights, { batch: entry.sizes.batch }),
    `${name} evaluate`,
  );
  const { image, time } = feeds;
  checkEvaluation(ledger, setup, await inference.run(time ? { image: image!, time } : { image: image! }));
  return { worst: ledger.worst, failures: ledger.failures, compared: ledger.compared };
}

const exactGradients = new Map<string, ArrayLike<number>>();

/** The float64 evaluator's gradient; computed once a file, since several executors ask for it. */
function exactGradient({ feeds }: GoldenSetup, key: string, graph: Graph, states: ReadonlyMap<string, Float32Array>) {
  const known = exactGradients.get(key) ?? evaluate(graph, feeds, states).states.get(GRADIENT)!;
  exactGradients.set(key, known);
  return known;
}

/** The states before the step. The old gradient is NaN, which a first micro-batch must not let through. */
function initialStates({ model, weights }: GoldenSetup): ReadonlyMap<string, Float32Array> {
  return new Map([
    [PARAMETERS, weights.trainable],
    [GRADIENT, new Float32Array(model.layout.size).fill(Number.NaN)],
    ...weights.statistics,
  ]);
}

/** Input [B,S,S,3]: the gradient that stands in for the normals loss. */
const SEED = "seed";

/** The training graph with Σ seed · logits in place of λ · the normals loss. */
function seededGraph({ model, weights, entry }: GoldenSetup): Graph {
  const pass = forwardPass(model, weights, { batch: entry.sizes.batch }, true);
  const { b } = pass.f;
  const sums = lossSums(model, pass);
  const terms = model.tasks.map(({ id }, i) =>
    id === "normals"
      ? b.sum(b.mul(pass.logits[i]!, b.input(SEED, pass.logits[i]!.shape)))
      : b.mul(lossValue(b, sums[i]!), entry.values.loss_weights[id]!),
  );
  accumulateGradient(
    pass,
    terms.reduce((sum, term) => b.add(sum, term)),
  );
  return removeDeadNodes(b.build());
}

/**
 * d(λ · normals loss) / d logits as the file's PyTorch had it, [B,S,S,3]. With n = p / |p| and g = λ sign(n - label) / valid elements:
 * d/dp = (g - n (n·g)) / |p|, but the values of g at the valid elements, taken channel by channel, stand at the valid elements taken
 * pixel by pixel.
 */
export function pytorchNormalsGradient({ entry, tensors }: GoldenSetup): Float32Array {
  const [logits, label] = [tensors.get("logits.normals")!, tensors.get("label.normals")!];
  const p = channelsLast(logits);
  const target = channelsLast(label);
  const area = logits.shape[2]! * logits.shape[3]!;
  const n = p.map((x, i) => x / Math.hypot(...p.subarray(i - (i % 3), i - (i % 3) + 3)));
  const valid = target.reduce((count, x) => count + (x === 255 ? 0 : 1), 0);
  const selected: number[] = [];
  for (let i = 0; i < p.length; i++) {
    const pixel = i % area;
    const at = (Math.floor(i / area / 3) * area + pixel) * 3 + (Math.floor(i / area) % 3);
    if (target[at] !== 255)
      selected.push((entry.values.loss_weights["normals"]! * Math.sign(n[at]! - target[at]!)) / valid);
  }
  let next = 0;
  const g = target.map((x) => (x === 255 ? 0 : selected[next++]!));
  return p.map((_, i) => {
    const first = i - (i % 3);
    const along = [0, 1, 2].reduce((sum, c) => sum + n[first + c]! * g[first + c]!, 0);
    return (g[i]! - n[i]! * along) / Math.hypot(...p.subarray(first, first + 3));
  });
}

/** Parameter by parameter, values of two flat vectors. */
function checkParameters(
  ledger: Ledger,
  { model }: GoldenSetup,
  kind: string,
  values: ArrayLike<number>,
  truth: ArrayLike<number>,
  tolerance: number,
) {
  const scale = largest(truth);
  for (const p of model.layout.parameters.filter((p) => p.trainable)) {
    const cut = (flat: ArrayLike<number>) =>
      Array.prototype.slice.call(flat, p.offset, p.offset + sizeOf(p.shape)) as number[];
    if (largest(cut(truth)) < 1e-9) ledger.compare(`zero ${kind}`, p.name, cut(values), cut(truth), scale, 1e-5);
    else ledger.toMax(kind, p.name, cut(values), cut(truth), tolerance);
  }
}

function checkTraining(
  ledger: Ledger,
  { entry, model, tensors }: GoldenSetup,
  out: Readonly<Record<string, ArrayLike<number>>>,
) {
  const { tolerances, values, sizes } = entry;
  for (const [stage, feature] of model.backbone.features.entries()) {
    const check = (streams: readonly string[], values: ArrayLike<number>) => {
      const size = values.length / streams.length;
      for (const [i, stream] of streams.entries()) {
        const own = Array.prototype.slice.call(values, i * size, (i + 1) * size) as number[];
        const truth = tensors.get(`stage.${stage}.${stream}`)!.data;
        ledger.toMax("feature", `${stage}.${stream}`, own, truth, tolerances.stage_rel_to_max);
      }
    };
    if (feature.streams.shared) check(["shared"], out[outputs.sharedFeature(stage)]!);
    if (feature.streams.tasks.length > 0) check(feature.streams.tasks, out[outputs.taskFeatures(stage)]!);
  }
  for (const id of sizes.tasks) {
    const truth = channelsLast(tensors.get(`logits.${id}`)!);
    ledger.toMax("logits", id, out[outputs.logits(id)]!, truth, tolerances.logits_rel_to_max);
    ledger.toMax("loss", id, out[outputs.loss(id)]!, [values.loss[id]!], tolerances.loss_rel);
  }
  ledger.toMax("loss", "total", out[outputs.total]!, [values.loss["total"]!], tolerances.loss_rel);
}

/** Every trained parameter: against its gradient in the file, or zero where the file has none because nothing reaches it. */
function checkGradients(ledger: Ledger, { entry, model, weights, tensors }: GoldenSetup, flat: ArrayLike<number>) {
  const names = referenceNames(model, weights);
  const scale = Math.max(...[...tensors].filter(([key]) => key.startsWith("grad.")).map(([, t]) => largest(t.data)));
  const left = new Set([...tensors.keys()].filter((key) => key.startsWith("grad.")));
  for (const p of model.layout.parameters.filter((p) => p.trainable)) {
    const { name, order } = names.get(p.name)!;
    const size = sizeOf(p.shape);
    const values = Array.prototype.slice.call(flat, p.offset, p.offset + size) as number[];
    const found = tensors.get(`grad.${name}`);
    left.delete(`grad.${name}`);
    const truth = found ? reorder(found.data, order) : new Float32Array(size);
    if (largest(truth) < 1e-9) ledger.compare("zero gradient", name, values, truth, scale, 1e-5);
    else ledger.toMax("gradient", name, values, truth, entry.tolerances.grad_rel_to_max);
  }
  if (left.size > 0) ledger.failures.push(`gradients of the file without a parameter: ${[...left].join(", ")}`);
}

function checkStatistic(
  ledger: Ledger,
  { model, weights, entry, tensors }: GoldenSetup,
  { parts }: { readonly parts: readonly string[] },
  whole: ArrayLike<number>,
) {
  const names = referenceNames(model, weights);
  const size = whole.length / parts.length;
  for (const [i, part] of parts.entries()) {
    const { name } = names.get(part)!;
    const values = Array.prototype.slice.call(whole, i * size, (i + 1) * size) as number[];
    ledger.toMax("statistic", name, values, tensors.get(`after.${name}`)!.data, entry.tolerances.logits_rel_to_max);
  }
}

/** The file holds mean, mean magnitude and first value of these logits; errors are relative to the largest logit. */
function checkEvaluation(
  ledger: Ledger,
  { entry, model }: GoldenSetup,
  out: Readonly<Record<string, ArrayLike<number>>>,
) {
  const area = entry.sizes.batch * entry.sizes.img ** 2;
  for (const { id, channels } of model.tasks) {
    const logits = Array.from(out[outputs.logits(id)]!);
    const mean = (f: (x: number) => number): number => logits.reduce((sum, x) => sum + f(x), 0) / (area * channels);
    const truth = entry.values.eval_mode_logits_after_the_forward[id]!;
    ledger.compare(
      "evaluation logits",
      id,
      [mean((x) => x), mean(Math.abs), logits[0]!],
      [truth.mean, truth.abs_mean, truth.first],
      largest(logits),
      entry.tolerances.logits_rel_to_max,
    );
  }
}
