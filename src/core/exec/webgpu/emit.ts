/** From a lowered graph to its dispatches over regions of memory; no device is needed. */

import { nodeFlops } from "../../graph/cost";
import type { DeviceLimits, KernelCall, ReadOperand, Scratch, WriteOperand } from "../../graph/kernel";
import { type Graph, type Node, showShape, sizeOf, type Value } from "../../graph/node";
import { concatCalls, copyCall, fillCall } from "./kernels/layout";
import { programCalls } from "./kernels/program";
import { sumProgramCalls } from "./kernels/reduce";
import { rowOf } from "./kernels/table";
import { isProgram } from "./program";
import { alignUp, makeRoot, type Region, type Root, type TableData } from "./regions";
import { finalUpdates } from "./viewRules";
import { Views } from "./views";

export interface Dispatch {
  readonly shader: { readonly name: string; readonly code: string };
  readonly entry: string;
  readonly overrides: Readonly<Record<string, number>>;
  readonly reads: readonly Region[];
  readonly writes: readonly Region[];
  readonly groups: readonly [number, number, number];
  readonly flops: number;
  /** The node it belongs to, for messages and the profiler. */
  readonly node: Node;
}

export interface Emission {
  readonly dispatches: readonly Dispatch[];
  readonly feeds: readonly { readonly name: string; readonly region: Region }[];
  readonly outputs: ReadonlyMap<string, Region>;
  readonly states: ReadonlyMap<string, Root>;
  /** The graph that the dispatches compute, in its order. */
  readonly lowered: Graph;
  /** Where a value of that graph lies once its node has run. */
  regionOf(value: Value): Region;
}

/** Inputs up to this size lie side by side, so that one upload brings them all. */
const smallFeed = 4096;

export function emit(graph: Graph, limits: DeviceLimits): Emission {
  return new Emitter(graph, limits).run();
}

class Emitter {
  private readonly views: Views;
  private readonly roots = new Map<Value, Root>();
  private readonly data = new Map<TableData, Root>();
  private readonly fills = new Map<string, Root>();
  private readonly states = new Map<string, Root>();
  private readonly scratch = new Map<Scratch, Root>();
  private readonly feeds: { name: string; region: Region }[] = [];
  private readonly feedRegions = new Map<Value, Region>();
  private readonly dispatches: Dispatch[] = [];

  constructor(
    private readonly graph: Graph,
    private readonly limits: DeviceLimits,
  ) {
    this.views = new Views(graph);
    this.placeFeeds();
  }

  run(): Emission {
    for (const node of this.graph.nodes) this.node(node);
    const outputs = this.finish();
    const { dispatches, feeds, states, graph: lowered } = this;
    return { dispatches, feeds, outputs, states, lowered, regionOf: (value) => this.regionOf(value) };
  }

  private placeFeeds(): void {
    const inputs = this.graph.nodes.filter((node) => node.op.name === "input").map((node) => node.outputs[0]!);
    const small = inputs.filter((v) => sizeOf(v.shape) <= smallFeed);
    const shared = makeRoot(
      { kind: "feed" },
      small.reduce((n, v) => n + alignUp(sizeOf(v.shape)), 0),
    );
    let offset = 0;
    for (const v of inputs) {
      const floats = sizeOf(v.shape);
      const region: Region =
        floats <= smallFeed
          ? { root: shared, offset, floats }
          : { root: makeRoot({ kind: "feed" }, floats), offset: 0, floats };
      if (floats <= smallFeed) offset += alignUp(floats);
      this.feedRegions.set(v, region);
      this.feeds.push({ name: String(v.node.attrs["name"]), region });
    }
  }

  private node(node: Node): void {
    if (node.op.kind === "leaf") {
      if (node.op.name === "state") this.regionOf(node.outputs[0]!);
      return;
    }
    if (this.views.isFree(node) || node.outputs.every((v) => sizeOf(v.shape) === 0)) return;
    for (const call of this.callsOf(node)) this.add(node, call);
    this.scratch.clear();
  }

  private callsOf(node: Node): readonly KernelCall[] {
    if (node.op.name === "concat") {
      const { axis } = node.attrs as { axis: number };
      return concatCalls(node.inputs, this.views.copiedParts(node), node.outputs[0]!, axis);
    }
    if (isProgram(node)) {
      return node.attrs.total ? sumProgramCalls(node) : programCalls(node, this.views.inPlaceInput(node.outputs[0]!));
    }
    const rule = node.op.kernel ?? rowOf(node.op.name);
    const calls = rule?.(node, this.limits);
    if (!calls)
      throw new Error(`${describeNode(node)}: no WGSL kernel serves it on this device, and it has no expansion.`);
    return [...this.copiesBefore(node), ...calls];
  }

  /** An op that overwrites an input reads it through its output: where they do not share memory, the input is copied there. */
  private copiesBefore(node: Node): KernelCall[] {
    return Object.entries(node.op.inPlace ?? {}).flatMap(([output, input]) => {
      const out = node.outputs[Number(output)]!;
      const shared = this.views.inPlaceInput(out) === input;
      return shared ? [] : [copyCall(node.inputs[input]!, out, sizeOf(out.shape))];
    });
  }

  private add(node: Node, call: KernelCall): void {
    const reads = call.reads.map((operand) => this.operand(operand));
    const writes = call.writes.map((operand) => this.operand(operand));
    const flops = call.flops ?? nodeFlops(node);
    const { shader, entry, overrides, groups } = call;
    const dispatch: Dispatch = { shader, entry, overrides, reads, writes, groups, flops, node };
    checkDispatch(dispatch, this.limits);
    this.dispatches.push(dispatch);
  }

  private operand(operand: ReadOperand | WriteOperand): Region {
    if ("scratch" in operand) {
      const known = this.scratch.get(operand);
      const root = known ?? makeRoot({ kind: "arena" }, Math.max(4, operand.scratch));
      this.scratch.set(operand, root);
      return { root, offset: 0, floats: operand.scratch };
    }
    if ("table" in operand) return this.dataRegion(operand.table);
    return this.regionOf(operand);
  }

  private dataRegion(data: TableData): Region {
    const root = this.data.get(data) ?? makeRoot({ kind: "data", data }, data.length);
    this.data.set(data, root);
    return { root, offset: 0, floats: data.length };
  }

  private regionOf(value: Value): Region {
    const { base, offset } = this.views.placeOf(value);
    const feed = this.feedRegions.get(base);
    const floats = sizeOf(value.shape);
    if (feed) return { root: feed.root, offset: feed.offset + offset, floats };
    return { root: this.rootOf(base), offset, floats };
  }

  private rootOf(base: Value): Root {
    const known = this.roots.get(base);
    if (known) return known;
    const root = this.makeRootOf(base);
    this.roots.set(base, root);
    return root;
  }

  private makeRootOf(base: Value): Root {
    const floats = sizeOf(base.shape);
    const home = this.views.homes.get(base);
    if (home) return this.rootOf(home);
    const attrs = base.node.attrs as { name: string; data: Float32Array; value: number };
    switch (base.node.op.name) {
      case "state": {
        const root = makeRoot({ kind: "state", name: attrs.name }, floats);
        this.states.set(attrs.name, root);
        return root;
      }
      case "constant":
        return this.dataRegion(attrs.data).root;
      case "full": {
        const key = `${attrs.value} ${floats}`;
        const root = this.fills.get(key) ?? makeRoot({ kind: "fill", value: attrs.value }, floats);
        this.fills.set(key, root);
        return root;
      }
    }
    const initial = this.views.initialOf(base);
    return makeRoot(initial.length > 0 ? { kind: "kept", initial } : { kind: "arena" }, Math.max(4, floats));
  }

  /** Outputs and update values that are old states are saved first; then states that no kernel has written are. */
  private finish(): Map<string, Region> {
    const updates = finalUpdates(this.graph).filter((u) => u.value !== u.target);
    const targets = new Set(updates.map((u) => this.rootOf(this.views.placeOf(u.target).base)));
    const save = (value: Value): Region => {
      const region = this.regionOf(value);
      const { base } = this.views.placeOf(value);
      if (base.node.op.name !== "state" || !targets.has(region.root)) return region;
      const saved = { root: makeRoot({ kind: "arena" }, Math.max(4, region.floats)), offset: 0, floats: region.floats };
      this.copy(value, region, saved);
      return saved;
    };
    const outputs = new Map(this.graph.outputs.map(({ name, value }) => [name, save(value)]));
    const copies = updates
      .filter((u) => this.views.homes.get(this.views.placeOf(u.value).base) !== u.target)
      .map((u) => ({ update: u, from: u.value.node.op.name === "full" ? undefined : save(u.value) }));
    for (const { update, from } of copies) {
      const to = this.regionOf(update.target);
      if (from) this.copy(update.value, from, to);
      else this.fill(update.value, to);
    }
    return outputs;
  }

  private copy(value: Value, from: Region, to: Region): void {
    if (from.floats > 0) this.addRaw(value, copyCall(value, value, from.floats), [from], [to]);
  }

  private fill(value: Value, to: Region): void {
    const { value: number } = value.node.attrs as { value: number };
    if (to.floats > 0) this.addRaw(value, fillCall(value, to.floats, number), [], [to]);
  }

  private addRaw(value: Value, call: KernelCall, reads: Region[], writes: Region[]): void {
    const { shader, entry, overrides, groups } = call;
    this.dispatches.push({ shader, entry, overrides, groups, reads, writes, flops: 0, node: value.node });
  }
}

export function describeNode(node: Node): string {
  const inputs = node.inputs.map((v) => showShape(v.shape)).join(" ");
  const outputs = node.outputs.map((v) => showShape(v.shape)).join(" ");
  return `${node.op.name}${node.scope ? ` at ${node.scope}` : ""}, inputs ${inputs || "none"}, outputs ${outputs}`;
}

function checkDispatch({ reads, writes, groups, shader, entry, node }: Dispatch, limits: DeviceLimits): void {
  const where = `${describeNode(node)}, shader ${shader.name}.wgsl, entry ${entry}`;
  const bindings = reads.length + writes.length;
  if (bindings > limits.maxStorageBuffers)
    throw new Error(`${where}: binds ${bindings} buffers; the device allows ${limits.maxStorageBuffers}.`);
  if (groups.some((n) => n < 1 || n > 65535 || !Number.isInteger(n)))
    throw new Error(
      `${where}: dispatches ${groups.join(" x ")} workgroups; each number must be an integer in 1..65535.`,
    );
  const both = writes.find((w) => reads.some((r) => r.root === w.root));
  if (both)
    throw new Error(
      `${where}: reads and writes the same memory (${both.floats} floats), which WebGPU forbids in one dispatch.`,
    );
}
