/**
 * Which values need no memory and no dispatch of their own.
 *
 *  - A reshape, and a slice that is contiguous and starts at a multiple of 256 bytes, is its input's memory.
 *  - A concatenation along the outermost axis that is not 1 is memory that its parts' producers write into, where a part starts
 *    at a multiple of 256 bytes; other parts are copied. Constant parts are written once, when the plan is made.
 *  - An output that an op may write over an input (`OpDef.inPlace`), where that input dies at the op, is the input's memory.
 *
 * A family is a base value and the views of its memory. WebGPU forbids a dispatch to read and to write one buffer, so no node
 * that writes into a family may read from it; a view that would break this is not made.
 */
import { type Graph, type Node, sizeOf, type Value } from "../../graph/node";
import { partsAtOnce } from "./kernels/layout";
import { alignFloats, type InitialPart } from "./regions";
import { constantOf, contiguousOffset, finalUpdates, inPlaceOf } from "./viewRules";

interface Link {
  readonly to: Value;
  readonly offset: number;
}

/** A node that writes into a family, and what it reads while doing so. */
interface Writer {
  readonly position: number;
  readonly reads: readonly Value[];
}

export interface Place {
  readonly base: Value;
  readonly offset: number;
}

const never = Number.POSITIVE_INFINITY;

export class Views {
  private readonly links = new Map<Value, Link>();
  private readonly writers = new Map<Value, Writer[]>();
  /** Positions of the nodes that read a family; infinity for outputs and for what updates read at the end. */
  private readonly readers = new Map<Value, number[]>();
  private readonly initialParts = new Map<Value, InitialPart[]>();
  /** Nodes that cost no dispatch. */
  private readonly free = new Set<Node>();
  private readonly copied = new Map<Node, readonly number[]>();
  private readonly written = new Map<Value, number>();
  /** Base values that are written straight into a state's memory. */
  readonly homes = new Map<Value, Value>();

  constructor(private readonly graph: Graph) {
    for (const [position, node] of graph.nodes.entries()) this.visit(node, position);
    this.collectReaders();
    for (const [position, node] of graph.nodes.entries()) this.placeInPlace(node, position);
    this.placeUpdates();
  }

  /** Base value and offset of a value's memory. */
  placeOf(value: Value): Place {
    let offset = 0;
    let base = value;
    for (let link = this.links.get(base); link; link = this.links.get(base)) {
      offset += link.offset;
      base = link.to;
    }
    return { base, offset };
  }

  isFree(node: Node): boolean {
    return this.free.has(node);
  }

  /** The parts of a concatenation that have to be copied into place. */
  copiedParts(node: Node): readonly number[] {
    return this.copied.get(node) ?? [];
  }

  /** Constant parts of a base's memory; empty where it has none. */
  initialOf(base: Value): readonly InitialPart[] {
    return this.initialParts.get(base) ?? [];
  }

  /** Which input an output of this node overwrites. */
  inPlaceInput(output: Value): number | undefined {
    return this.written.get(output);
  }

  private visit(node: Node, position: number): void {
    if (node.op.kind === "leaf") return;
    const offset = this.aliasOffset(node);
    if (offset !== undefined) this.alias(node, offset);
    else if (node.op.name === "concat") this.concat(node, position);
    else for (const v of node.outputs) this.writers.set(v, [{ position, reads: node.inputs }]);
  }

  /** Where in its input's memory a node's output lies, if it is there. */
  private aliasOffset(node: Node): number | undefined {
    if (node.op.name === "reshape") return 0;
    if (node.op.name !== "slice" || sizeOf(node.outputs[0]!.shape) === 0) return undefined;
    const { starts, sizes } = node.attrs as { starts: readonly number[]; sizes: readonly number[] };
    const [input] = node.inputs as [Value];
    const offset = contiguousOffset(input.shape, starts, sizes);
    if (offset === undefined || (this.placeOf(input).offset + offset) % alignFloats !== 0) return undefined;
    return offset;
  }

  private alias(node: Node, offset: number): void {
    this.links.set(node.outputs[0]!, { to: node.inputs[0]!, offset });
    this.free.add(node);
  }

  private concat(node: Node, position: number): void {
    const [out] = node.outputs as [Value];
    const { axis } = node.attrs as { axis: number };
    const outermost = out.shape.slice(0, axis).every((d) => d === 1);
    const inner = sizeOf(out.shape.slice(axis + 1));
    const writers: Writer[] = [];
    this.writers.set(out, writers);
    const constants: { index: number; part: InitialPart }[] = [];
    const movable: { index: number; offset: number }[] = [];
    const copied: number[] = [];
    const bases = node.inputs.map((part) => this.placeOf(part).base);
    // Memory that two parts share cannot lie in two places.
    const isOnly = (index: number): boolean => bases.filter((base) => base === bases[index]).length === 1;
    let offset = 0;
    node.inputs.forEach((part, index) => {
      const floats = sizeOf(part.shape);
      const constant = constantOf(part);
      if (floats === 0) return;
      if (outermost && constant !== undefined) constants.push({ index, part: { offset, floats, data: constant } });
      else if (outermost && offset % alignFloats === 0 && isOnly(index) && this.isMovable(part))
        movable.push({ index, offset });
      else copied.push(index);
      offset += part.shape[axis]! * inner;
    });
    // One dispatch copies all parts of a short concatenation: better than several that complete what producers wrote in place.
    if (copied.length > 1 && node.inputs.length <= partsAtOnce) copied.push(...movable.splice(0).map((m) => m.index));
    for (const index of copied) writers.push({ position, reads: [node.inputs[index]!] });
    let moved = 0;
    for (const { index, offset: at } of movable) {
      if (this.join(this.placeOf(node.inputs[index]!).base, out, at)) moved++;
      else {
        copied.push(index);
        writers.push({ position, reads: [node.inputs[index]!] });
      }
    }
    // Memory of its own pays where producers write into it; a copied concatenation copies its constants too.
    if (moved > 0)
      this.initialParts.set(
        out,
        constants.map((c) => c.part),
      );
    else copied.push(...constants.map((c) => c.index));
    this.copied.set(node, copied);
    if (copied.length === 0) this.free.add(node);
  }

  /** Whole memory of a computed value that is no view and has no constant parts. */
  private isMovable(part: Value): boolean {
    const { base, offset } = this.placeOf(part);
    const computed = base.node.op.kind !== "leaf";
    return computed && offset === 0 && sizeOf(base.shape) === sizeOf(part.shape) && this.initialOf(base).length === 0;
  }

  /** Makes the family of `base` part of the family of `into`; false, and nothing done, where a writer would read its own family. */
  private join(base: Value, into: Value, offset: number): boolean {
    if (base === into || this.links.has(base)) return false;
    this.links.set(base, { to: into, offset });
    const all = [...this.writers.get(into)!, ...(this.writers.get(base) ?? [])];
    if (all.some((w) => w.reads.some((v) => this.placeOf(v).base === into))) {
      this.links.delete(base);
      return false;
    }
    this.writers.set(into, all);
    return true;
  }

  private collectReaders(): void {
    const read = (v: Value, position: number): void => {
      const { base } = this.placeOf(v);
      const list = this.readers.get(base) ?? [];
      list.push(position);
      this.readers.set(base, list);
    };
    this.graph.nodes.forEach((node, position) => {
      if (node.op.name === "concat") for (const index of this.copiedParts(node)) read(node.inputs[index]!, position);
      else if (!this.isFree(node)) for (const v of node.inputs) read(v, position);
    });
    for (const { value } of this.graph.outputs) read(value, never);
    for (const { target, value } of this.graph.updates) if (value !== target) read(value, never);
  }

  private lastRead(base: Value, except?: number): number {
    let last = -1;
    for (const position of this.readers.get(base) ?? []) if (position !== except) last = Math.max(last, position);
    return last;
  }

  /** The state that must hold `value` after the run, if an update says so; the last one where several do. */
  private updatesOf(value: Value): Value[] {
    return finalUpdates(this.graph)
      .filter((u) => {
        const { base, offset } = this.placeOf(u.value);
        return base === value && offset === 0 && sizeOf(u.value.shape) === sizeOf(value.shape);
      })
      .map((u) => u.target);
  }

  private placeInPlace(node: Node, position: number): void {
    for (const [output, input] of Object.entries(inPlaceOf(node))) {
      const out = node.outputs[Number(output)]!;
      const { base, offset } = this.placeOf(node.inputs[input]!);
      const others = node.inputs.filter((_, i) => i !== input);
      const whole = offset === 0 && sizeOf(base.shape) === sizeOf(out.shape);
      const alone = whole && !this.links.has(out) && others.every((v) => this.placeOf(v).base !== base);
      if (!alone) continue;
      if (base.node.op.name === "state") {
        const dead = this.lastRead(base, position) < position;
        if (dead && this.updatesOf(out).includes(base) && ![...this.homes.values()].includes(base)) {
          this.homes.set(out, base);
          this.written.set(out, input);
        }
      } else if (base.node.op.kind !== "leaf" && this.lastRead(base, position) < position && !this.homes.has(base)) {
        this.overwrite(out, base, input, others, position);
      }
    }
  }

  private overwrite(out: Value, base: Value, input: number, others: readonly Value[], position: number): void {
    if (this.initialOf(base).length > 0) return;
    const readsOwn = others.some((v) => this.placeOf(v).base === base);
    if (readsOwn || this.updatesOf(out).length > 0) return;
    this.links.set(out, { to: base, offset: 0 });
    this.written.set(out, input);
    this.writers.set(base, [...(this.writers.get(base) ?? []), { position, reads: others }]);
    this.readers.set(base, [...(this.readers.get(base) ?? []), ...(this.readers.get(out) ?? [])]);
  }

  /** Values that only replace a state are computed into the state's memory, where nothing reads the old numbers from then on. */
  private placeUpdates(): void {
    for (const { target, value } of finalUpdates(this.graph)) {
      const { base, offset } = this.placeOf(value);
      const whole = offset === 0 && sizeOf(base.shape) === sizeOf(target.shape);
      const computed = base.node.op.kind !== "leaf" && this.initialOf(base).length === 0;
      if (!whole || !computed || this.homes.has(base) || [...this.homes.values()].includes(target)) continue;
      const first = Math.min(...(this.writers.get(base) ?? []).map((w) => w.position));
      if (this.lastRead(target) < first) this.homes.set(base, target);
    }
  }
}
