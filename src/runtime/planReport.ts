/**
 * What a training step costs on WebGPU, computed without running anything: the train graph (one micro-batch) and the apply graph are
 * lowered to dispatches as the executor lowers them, and counted. Weights have their sizes and no values.
 */
import type { TaskId } from "../contracts/runConfig";
import { type AdapterChoice, type AdapterId, adapters } from "../core/adapters/registry";
import { cheaperEvaluation, type Evaluation, evaluationFlops } from "../core/adapters/spectralLinear";
import { type BackboneId, backbones } from "../core/backbones/registry";
import { type GraphPlan, type PlanLimits, planGraph } from "../core/exec/webgpu/plan";
import { type Graph, type Node, sizeOf } from "../core/graph/node";
import { matmulSizes } from "../core/graph/primitives";
import { type HeadChoice, heads } from "../core/heads/registry";
import { accounting, type GroupCount } from "../core/model/accounting";
import { blankWeights } from "../core/model/blank";
import { trainGraph } from "../core/model/graphs";
import { buildModel, type Model } from "../core/model/model";
import { applyGraph } from "../core/model/optimiser";
import { windowSizes } from "../core/ops/windowSizes";

export interface PlanRequest {
  readonly backbone: string;
  /** Side of the images in pixels; absent: the backbone's own. */
  readonly image?: number;
  readonly batch: number;
  readonly method: string;
  /** Absent: the HRNet-style decoder. */
  readonly head?: string;
  readonly tasks: readonly TaskId[];
}

/** Dispatches that belong together, and what they do. */
export interface PlanGroup {
  readonly name: string;
  readonly dispatches: number;
  readonly flops: number;
  /** Bytes of all bound regions, each counted once a dispatch. */
  readonly bytes: number;
}

export interface PlanReport {
  /** Of the train graph (one micro-batch) and the apply graph together. */
  readonly dispatches: number;
  /** Operations issued, padding and recomputation included, over `productFlops`. */
  readonly flopsRatio: number;
  /** Bytes reserved for intermediate values; the apply plan uses the train plan's slabs. */
  readonly arenaBytes: number;
  /** The most bytes of intermediate values alive at one dispatch: no placement needs less. */
  readonly liveBytes: number;
  /** Operations issued. */
  readonly flops: number;
  /** 2·M·N·K of all products of the step, unpadded, each counted once, every adapted site by its cheaper evaluation. */
  readonly productFlops: number;
  readonly parts: Readonly<Record<"train" | "apply", PlanPart>>;
  readonly evaluations: Readonly<Record<Evaluation, number>>;
  readonly byPlace: readonly PlanGroup[];
  readonly byOp: readonly PlanGroup[];
  readonly memory: PlanMemory;
  readonly model: {
    readonly backbone: string;
    readonly image: number;
    readonly batch: number;
    readonly method: string;
  };
  readonly parameters: readonly GroupCount[];
  /** Every dispatch in order, for people who look for the expensive ones. */
  readonly list: readonly string[];
}

export interface PlanPart {
  readonly dispatches: number;
  readonly flops: number;
  readonly arenaBytes: number;
  readonly liveBytes: number;
  readonly slabs: number;
}

/** Bytes. */
export interface PlanMemory {
  readonly arena: number;
  /** Parameters, gradient, moments, running statistics. */
  readonly states: number;
  /** Frozen weights, their factors, and tables. */
  readonly constants: number;
  readonly inputs: number;
}

/**
 * What every desktop adapter offers: the workgroup sizes that WebGPU guarantees, and bindings of 1 GiB (guaranteed are 128 MiB, which
 * Swin-T at batch 8 exceeds).
 */
export const plannedLimits: PlanLimits = {
  maxWorkgroupInvocations: 256,
  maxWorkgroupStorageBytes: 16384,
  maxStorageBuffers: 8,
  subgroups: false,
  cpuAdapter: false,
  maxBufferBytes: 2 ** 30,
};

function chosen<T extends object>(what: string, registry: T, id: string): keyof T {
  if (Object.hasOwn(registry, id)) return id as keyof T;
  throw new Error(`${what} is "${id}"; known: ${Object.keys(registry).join(", ")}.`);
}

export function plannedModel({ backbone, image, method, head, tasks }: PlanRequest): Model {
  return buildModel({
    backbone: chosen("--backbone", backbones, backbone) as BackboneId,
    adapter: { id: chosen("--method", adapters, method) as AdapterId } as AdapterChoice,
    tasks: tasks.map((id) => ({ id })),
    losses: "masked",
    ...(head === undefined ? {} : { head: { id: chosen("--head", heads, head) } as HeadChoice }),
    ...(image === undefined ? {} : { imageSize: image }),
  });
}

export function planReport(request: PlanRequest, limits: PlanLimits = plannedLimits): PlanReport {
  const model = plannedModel(request);
  const { batch } = request;
  const graphs = {
    train: trainGraph(model, blankWeights(model), { batch }),
    apply: applyGraph(model.layout, { decay: 0.05 }),
  };
  const plans = { train: planGraph(graphs.train, limits), apply: planGraph(graphs.apply, limits) };
  const both = [plans.train, plans.apply];
  const flops = both.reduce((sum, { cost }) => sum + cost.flops, 0);
  const productFlops = stepProductFlops(model, [graphs.train, graphs.apply], batch);
  const arenaBytes = plans.train.cost.arenaBytes + extraArena(plans.train, plans.apply);
  const dispatches = both.flatMap((plan) => plan.dispatches);
  return {
    dispatches: dispatches.length,
    flopsRatio: flops / productFlops,
    arenaBytes,
    liveBytes: Math.max(...both.map(({ cost }) => cost.liveBytes)),
    flops,
    productFlops,
    parts: { train: partOf(plans.train), apply: partOf(plans.apply) },
    evaluations: evaluationsOf(model, batch),
    byPlace: grouped(dispatches, ({ node }) => placeOf(node)),
    byOp: grouped(dispatches, kernelOf),
    memory: memoryOf(both, arenaBytes),
    model: { backbone: request.backbone, image: model.imageSize, batch, method: request.method },
    parameters: accounting(model.layout).groups,
    list: dispatches.map(describeDispatch),
  };
}

/** What one step of a model holds on WebGPU at most. */
export function plannedMemory(model: Model, batch: number, limits: PlanLimits = plannedLimits): PlanMemory {
  const train = planGraph(trainGraph(model, blankWeights(model), { batch }), limits);
  const apply = planGraph(applyGraph(model.layout, { decay: 0.05 }), limits);
  return memoryOf([train, apply], train.cost.arenaBytes + extraArena(train, apply));
}

/** Slabs of the second plan that no slab of the first can stand for, and its own fixed memory. */
function extraArena(first: GraphPlan, second: GraphPlan): number {
  const free = [...first.slabs].sort((a, b) => a - b);
  let floats = 0;
  for (const need of [...second.slabs].sort((a, b) => b - a)) {
    const at = free.findIndex((size) => size >= need);
    if (at >= 0) free.splice(at, 1);
    else floats += need;
  }
  const kept = second.cost.arenaBytes - 4 * second.slabs.reduce((sum, n) => sum + n, 0);
  return 4 * floats + kept;
}

const partOf = ({ cost, slabs }: GraphPlan): PlanPart => ({ ...cost, slabs: slabs.length });

/** Operations of the products that a node stands for: a product itself, or the ones inside window attention. */
export function nodeProductFlops(node: Node): number {
  const [a, b] = node.inputs;
  switch (node.op.name) {
    case "matmul": {
      const { m, n, k, batch } = matmulSizes(a!.shape, b!.shape, node.attrs as never);
      return 2 * m * n * k * sizeOf(batch);
    }
    case "windowAttention":
    case "windowAttentionGrad": {
      const { batch, height, width, channels, tokens } = windowSizes(a!.shape, node.attrs as never);
      // Forward q kᵀ and P v; backward dv, dP, dq and dk. What a kernel computes again is no product of the step.
      const products = node.op.name === "windowAttention" ? 2 : 4;
      return products * 2 * batch * height * width * tokens * channels;
    }
    default:
      return 0;
  }
}

/** All products of the step, every adapted site by its cheaper evaluation whatever the graph chose. */
function stepProductFlops(model: Model, graphs: readonly Graph[], batch: number): number {
  const built = graphs.reduce((sum, { nodes }) => nodes.reduce((n, node) => n + nodeProductFlops(node), sum), 0);
  return adaptedSites(model).reduce((sum, site) => {
    const flops = evaluationFlops(site, { batch, training: true });
    const chosenFlops = flops[cheaperEvaluation(site, { batch, training: true })];
    return sum + Math.min(flops.factored, flops.merged) - chosenFlops;
  }, built);
}

function adaptedSites({ backbone, adapter }: Model) {
  const names = new Set(adapter.spectrumSites.map(({ site }) => site));
  return backbone.sites.filter(({ name }) => names.has(name));
}

function evaluationsOf(model: Model, batch: number): Record<Evaluation, number> {
  const counts = { factored: 0, merged: 0 };
  for (const site of adaptedSites(model)) counts[cheaperEvaluation(site, { batch, training: true })]++;
  return counts;
}

type Dispatch = GraphPlan["dispatches"][number];

/** "backbone.stage0.block1'" → "stage0, backward". What is added up between scopes, and the apply graph, have none. */
function placeOf({ scope }: Node): string {
  if (scope === "") return "optimiser and sums";
  const place = scope
    .replaceAll("'", "")
    .replace(/^backbone\.?/, "")
    .split(".");
  const name = place[0] === "head" || place[0] === "loss" ? place[0] : place.slice(0, 1).join(".");
  return `${name || "backbone"}, ${scope.includes("'") ? "backward" : "forward"}`;
}

/** The op, and what the dispatch does for it where that is not the op's main work. */
function kernelOf({ node, shader }: Dispatch): string {
  const { name } = node.op;
  if (/^(reduce|sumPartials|matmulReduce|sum of )/.test(shader.name) && name !== "reduceSum")
    return name === "elementwise" ? "elementwise, summed" : `${name}, sum of parts`;
  return name;
}

const bytesOf = ({ reads, writes }: Dispatch): number =>
  [...reads, ...writes].reduce((sum, r) => sum + 4 * r.floats, 0);

function grouped(dispatches: readonly Dispatch[], nameOf: (dispatch: Dispatch) => string): PlanGroup[] {
  const groups = new Map<string, { name: string; dispatches: number; flops: number; bytes: number }>();
  for (const dispatch of dispatches) {
    const name = nameOf(dispatch);
    const group = groups.get(name) ?? { name, dispatches: 0, flops: 0, bytes: 0 };
    groups.set(name, group);
    group.dispatches++;
    group.flops += dispatch.flops;
    group.bytes += bytesOf(dispatch);
  }
  return [...groups.values()].sort((a, b) => b.dispatches - a.dispatches);
}

function memoryOf(plans: readonly GraphPlan[], arena: number): PlanMemory {
  const roots = new Set(
    plans.flatMap(({ dispatches, feeds }) => [
      ...dispatches.flatMap(({ reads, writes }) => [...reads, ...writes].map(({ root }) => root)),
      ...feeds.map(({ region }) => region.root),
    ]),
  );
  const counted = new Set<string | object>();
  const memory = { arena, states: 0, constants: 0, inputs: 0 };
  for (const root of roots) {
    const { of } = root;
    // Plans share states by name and data by array.
    const key = of.kind === "state" ? of.name : of.kind === "data" ? of.data : root;
    if (counted.has(key)) continue;
    counted.add(key);
    if (of.kind === "state") memory.states += 4 * root.floats;
    if (of.kind === "data" || of.kind === "fill") memory.constants += 4 * root.floats;
    if (of.kind === "feed") memory.inputs += 4 * root.floats;
  }
  return memory;
}

function describeDispatch({ node, shader, entry, groups, flops, reads, writes }: Dispatch): string {
  const shapes = (values: readonly { readonly shape: readonly number[] }[]): string =>
    values.map((v) => `[${v.shape.join(",")}]`).join(" ");
  const regions = `${reads.length} reads, ${writes.length} writes`;
  return `${node.scope || "-"}  ${node.op.name}  ${shader.name.slice(0, 60)}:${entry}  ${shapes(node.inputs)} -> ${shapes(node.outputs)}  ${groups.join("x")}  ${(flops / 1e6).toFixed(1)} MFLOP  ${regions}`;
}
