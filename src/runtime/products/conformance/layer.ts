/**
 * One linear site as a method computes it: outputs of every stream, and the gradients of loss = Σ out · G by the inputs and by every
 * number that trains. Letters: S0 streams of the input, S of the output, B batch, N tokens.
 */

import { Builder } from "../../../core/graph/builder";
import { gradients } from "../../../core/graph/differentiate";
import { sizeOf } from "../../../core/graph/node";
import { svd } from "../../../core/math/svd";
import { FLOW_TIME } from "../../../core/methods/ditask";
import type { MethodDef } from "../../../core/methods/method";
import { joinSpectrum, sitePartWeights } from "../../../core/model/spectra";
import { Forward, flatGradient, PARAMETERS } from "../../../core/nn/forward";
import { ParameterStore } from "../../../core/nn/parameters";
import type { LinearSite } from "../../../core/nn/site";
import { Weights } from "../../../core/nn/weights";
import type { GoldenCase } from "./golden";
import type { Ledger } from "./ledger";
import { type GraphRunner, runOnce } from "./runner";

export const SITE = "site";

export interface LayerSetting<Settings extends object = object> {
  readonly golden: GoldenCase;
  /** What the names of inputs' results start with: "", "value.", "lora.". */
  readonly prefix: string;
  readonly method: MethodDef<Settings>;
  readonly settings: Settings;
  readonly tasks: readonly string[];
  readonly parts: number;
  /** The file's tensor with the value of a parameter of ours, named without the site: "weight", "theta.shared". */
  readonly source: (parameter: string) => string;
  /** The file's tensor with the gradient of it. */
  readonly gradientOf: (parameter: string) => string;
  readonly tolerance: number;
  /** Where a failure stood, beside the tensor's name. */
  readonly label?: string;
}

type SiteSetting = Pick<LayerSetting, "golden" | "tasks" | "parts" | "source">;

/** The layer of a file, with its weights, before any graph. */
export interface GoldenLayer {
  readonly site: LinearSite;
  readonly adapter: ReturnType<MethodDef<object>["create"]>;
  readonly weights: Weights;
  readonly linear: ReturnType<GoldenLayer["adapter"]["linear"]>;
}

const suffixes = (tasks: readonly string[]): readonly string[] => ["", ...tasks.map((task) => `.${task}`)];
const ownInputs = ({ golden, tasks }: SiteSetting): boolean => tasks.some((task) => golden.has(`x.${task}`));

function siteOf(setting: SiteSetting): LinearSite {
  const { golden, tasks, parts, source } = setting;
  const [outSize = 0, inSize = 0] = golden.tensor(source("weight")).shape;
  const streams = { shared: true, tasks };
  const { shape } = golden.tensor("x");
  return {
    name: SITE,
    label: golden.name,
    kind: "fc1",
    group: "linear",
    hasBias: golden.has(source("bias")),
    stage: 0,
    block: 0,
    inSize,
    outSize,
    parts,
    tokens: sizeOf(shape.slice(1, -1)),
    input: ownInputs(setting) ? streams : { shared: true, tasks: [] },
    output: streams,
  };
}

export function goldenLayer<Settings extends object>(setting: LayerSetting<Settings>): GoldenLayer {
  const { golden, method, settings, source } = setting;
  const site = siteOf(setting);
  const adapter = method.create(settings);
  const store = new ParameterStore((parameter) => method.trains(parameter, settings));
  const linear = adapter.linear(store, site);
  adapter.finish(store);
  const weights = new Weights(store.layout());
  for (const { name } of weights.layout.parameters) weights.set(name, golden.data(source(name.slice(SITE.length + 1))));
  for (const spectrumSite of adapter.spectrumSites) {
    const { rows, cols } = spectrumSite;
    const parts = sitePartWeights(weights, spectrumSite).map((part) => svd(part, rows, cols));
    weights.spectra.set(SITE, joinSpectrum(parts));
  }
  return { site, adapter, weights, linear };
}

/** Outputs "y" [S,B,N,out], "dx" [S0,B,N,in] and the flat "gradient" of loss = Σ y G. */
function layerGraph({ site, weights, linear }: GoldenLayer, batch: number, inputs: number) {
  const b = new Builder();
  const f = new Forward(b, weights, { training: true, batch });
  const x = b.input("x", [inputs, batch, site.tokens, site.inSize]);
  const y = linear(f, x);
  const loss = b.sum(b.mul(y, b.input("G", y.shape)));
  const slots = f.trainedSlots();
  const [dx, ...found] = gradients(b, loss, [x, ...slots.map((slot) => f.value(slot))]);
  const known = slots.flatMap((slot, i) => (found[i] ? [[slot, found[i]] as const] : []));
  b.output("y", y);
  b.output("dx", dx!);
  if (known.length > 0) b.output("gradient", flatGradient(f, new Map(known)));
  return b.build();
}

const cut = (values: ArrayLike<number>, start: number, size: number): number[] =>
  Array.prototype.slice.call(values, start, start + size) as number[];

/** Runs the layer and compares outputs, input gradients and parameter gradients; every gradient of the file must be one of ours. */
export async function checkLayer<Settings extends object>(
  setting: LayerSetting<Settings>,
  layer: GoldenLayer,
  runner: GraphRunner,
  ledger: Ledger,
): Promise<void> {
  const { golden, prefix, tasks } = setting;
  const streams = suffixes(tasks);
  const inputs = layer.site.input.tasks.length > 0 ? streams : [""];
  const dataOf = (tensor: string): Float64Array => golden.data(golden.has(tensor) ? tensor : "x");
  const graph = layerGraph(layer, golden.tensor("x").shape[0]!, inputs.length);
  const wantsTime = graph.nodes.some((node) => node.attrs["name"] === FLOW_TIME);
  await runner.releaseStates();
  if (layer.weights.trainable.length > 0) runner.writeState(PARAMETERS, layer.weights.trainable);
  const out = await runOnce(runner, graph, `${golden.name} ${prefix}${setting.label ?? ""}`, {
    x: inputs.flatMap((stream) => [...dataOf(`x${stream}`)]),
    G: streams.flatMap((stream) => [...golden.data(`G${stream}`)]),
    ...(wantsTime ? { [FLOW_TIME]: [1] } : {}),
  });
  const at = (name: string): string => (setting.label ? `${name} (${setting.label})` : name);
  const compare = (kind: string, tensor: string, values: ArrayLike<number>): void =>
    ledger.toLargest(`${prefix}${kind}`, at(prefix + tensor), values, golden.data(prefix + tensor), setting.tolerance);
  const size = golden.data(`${prefix}out`).length;
  for (const [i, stream] of streams.entries()) compare("out", `out${stream}`, cut(out["y"]!, i * size, size));
  for (const [tensor, values] of inputGradients(golden, inputs, out["dx"]!)) compare("grad x", tensor, values);
  for (const p of layer.weights.layout.parameters.filter((p) => p.trainable)) {
    const values = out["gradient"]
      ? cut(out["gradient"], p.offset, sizeOf(p.shape))
      : new Array(sizeOf(p.shape)).fill(0);
    compare("grad", setting.gradientOf(p.name.slice(SITE.length + 1)), values);
  }
  checkNothingLeft(setting, layer, inputs, ledger);
}

/** Streams without an input of their own read the shared one, so their gradients add up there. */
function inputGradients(
  golden: GoldenCase,
  inputs: readonly string[],
  dx: ArrayLike<number>,
): ReadonlyMap<string, ArrayLike<number>> {
  const size = golden.data("x").length;
  const sums = new Map<string, Float64Array>();
  for (const [i, stream] of inputs.entries()) {
    const own = `grad.x${golden.has(`x${stream}`) ? stream : ""}`;
    const sum = sums.get(own) ?? new Float64Array(size);
    for (let k = 0; k < size; k++) sum[k]! += dx[i * size + k]!;
    sums.set(own, sum);
  }
  return sums;
}

function checkNothingLeft<Settings extends object>(
  { golden, prefix, gradientOf }: LayerSetting<Settings>,
  { weights }: GoldenLayer,
  inputs: readonly string[],
  ledger: Ledger,
): void {
  const ours = new Set([
    ...inputs.map((stream) => `${prefix}grad.x${stream}`),
    ...weights.layout.parameters.map(({ name }) => prefix + gradientOf(name.slice(SITE.length + 1))),
  ]);
  const left = golden.names(`${prefix}grad.`).filter((name) => !ours.has(name));
  if (left.length > 0) ledger.problems.push(`Gradients of the file without a counterpart here: ${left.join(", ")}.`);
}
