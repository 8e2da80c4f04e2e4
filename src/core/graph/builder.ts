/**
 * Builds a graph node by node. The primitives have a method each; composites are functions in `core/ops` that call `apply`.
 * Equal pure nodes (same op, inputs and attributes) are made once.
 */
import {
  type Attrs,
  broadcastShapes,
  type Graph,
  type NamedValue,
  type Node,
  type OpDef,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  type Update,
  type Value,
} from "./node";
import * as p from "./primitives";

const tableIds = new WeakMap<object, number>();
let nextTable = 0;

/** Equal keys mean equal attributes; arrays of numbers by content, tables and other objects by identity. */
function attrKey(attrs: Attrs): string {
  return JSON.stringify(attrs, (_key, value: unknown) => {
    // JSON writes NaN and both infinities as null, and -0 as 0.
    if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
      return Object.is(value, -0) ? "#-0" : `#${value}`;
    if (typeof value !== "object" || value === null || Array.isArray(value) || value === attrs) return value;
    let id = tableIds.get(value);
    if (id === undefined) {
      id = nextTable++;
      tableIds.set(value, id);
    }
    return `#${id}`;
  });
}

export class Builder {
  readonly nodes: Node[] = [];
  private readonly outputs: NamedValue[] = [];
  private readonly updates: Update[] = [];
  private readonly known = new Map<string, Node>();
  private readonly scopes: string[] = [];
  private nextValue = 0;

  /** Adds a node of any op; returns its outputs. */
  apply<A extends Attrs>(op: OpDef<A>, inputs: readonly Value[], attrs: A): readonly Value[] {
    const key = `${op.name}|${inputs.map((v) => v.id).join(",")}|${attrKey(attrs)}`;
    const known = this.known.get(key);
    if (known) return known.outputs;
    const shapes = this.inferShapes(op, inputs, attrs);
    const outputs: Value[] = [];
    const node: Node = { id: this.nodes.length, op, inputs: [...inputs], attrs, outputs, scope: this.scopes.join(".") };
    for (const [index, shape] of shapes.entries()) outputs.push({ id: this.nextValue++, shape, node, index });
    this.nodes.push(node);
    this.known.set(key, node);
    return outputs;
  }

  private inferShapes<A extends Attrs>(op: OpDef<A>, inputs: readonly Value[], attrs: A): readonly Shape[] {
    try {
      return op.infer(inputs, attrs);
    } catch (error) {
      const where = this.scopes.length > 0 ? ` at ${this.scopes.join(".")}` : "";
      throw new Error(
        `${op.name}${where}, inputs ${inputs.map((v) => showShape(v.shape)).join(" ")}: ${(error as Error).message}`,
      );
    }
  }

  /** The only output of a one-output op. */
  one<A extends Attrs>(op: OpDef<A>, inputs: readonly Value[], attrs: A): Value {
    return this.apply(op, inputs, attrs)[0]!;
  }

  /** Names the nodes that `body` makes, for printing and profiling. */
  scope<T>(name: string, body: () => T): T {
    this.scopes.push(name);
    try {
      return body();
    } finally {
      this.scopes.pop();
    }
  }

  output(name: string, value: Value): void {
    if (this.outputs.some((o) => o.name === name))
      throw new Error(`Output "${name}" exists already; outputs need distinct names.`);
    this.outputs.push({ name, value });
  }

  update(target: Value, value: Value): void {
    if (target.node.op !== p.state) throw new Error(`An update's target must be a state; ${target.node.op.name} came.`);
    if (!sameShape(target.shape, value.shape)) {
      throw new Error(
        `State ${String(target.node.attrs["name"])} is ${showShape(target.shape)}, its update is ${showShape(value.shape)}.`,
      );
    }
    this.updates.push({ target, value });
  }

  build(): Graph {
    return { nodes: [...this.nodes], outputs: [...this.outputs], updates: [...this.updates] };
  }

  // Leaves
  input(name: string, shape: Shape): Value {
    return this.named(p.input, name, shape);
  }
  state(name: string, shape: Shape): Value {
    return this.named(p.state, name, shape);
  }
  private named(op: typeof p.input | typeof p.state, name: string, shape: Shape): Value {
    const other = this.nodes.find((node) => node.op === op && node.attrs["name"] === name)?.outputs[0];
    if (other && !sameShape(other.shape, shape))
      throw new Error(
        `${op.name} "${name}" is ${showShape(other.shape)} already; it was asked for as ${showShape(shape)}.`,
      );
    return other ?? this.one(op, [], { name, shape });
  }
  constant(data: Float32Array, shape: Shape, name = ""): Value {
    return this.one(p.constant, [], { data, shape, name });
  }
  full(value: number, shape: Shape = []): Value {
    return this.one(p.full, [], { value, shape });
  }

  // Elementwise
  neg = (x: Value): Value => this.one(p.neg, [x], {});
  abs = (x: Value): Value => this.one(p.abs, [x], {});
  sign = (x: Value): Value => this.one(p.sign, [x], {});
  exp = (x: Value): Value => this.one(p.exp, [x], {});
  log = (x: Value): Value => this.one(p.log, [x], {});
  log1p = (x: Value): Value => this.one(p.log1p, [x], {});
  sqrt = (x: Value): Value => this.one(p.sqrt, [x], {});
  reciprocal = (x: Value): Value => this.one(p.reciprocal, [x], {});
  erf = (x: Value): Value => this.one(p.erf, [x], {});
  tanh = (x: Value): Value => this.one(p.tanh, [x], {});
  sigmoid = (x: Value): Value => this.one(p.sigmoid, [x], {});
  relu = (x: Value): Value => this.one(p.relu, [x], {});
  add = (x: Value, y: Value | number): Value => this.binary(p.add, x, y);
  sub = (x: Value, y: Value | number): Value => this.binary(p.sub, x, y);
  mul = (x: Value, y: Value | number): Value => this.binary(p.mul, x, y);
  div = (x: Value, y: Value | number): Value => this.binary(p.div, x, y);
  maximum = (x: Value, y: Value | number): Value => this.binary(p.maximum, x, y);
  minimum = (x: Value, y: Value | number): Value => this.binary(p.minimum, x, y);
  /** 1 where x > y, else 0; no gradient. */
  greater = (x: Value, y: Value | number): Value => this.binary(p.greater, x, y);
  /** 1 where x = y, else 0; no gradient. */
  equal = (x: Value, y: Value | number): Value => this.binary(p.equal, x, y);
  /** a where condition ≠ 0, else b; all broadcast. The branch not taken may hold NaN. */
  select = (condition: Value, a: Value | number, b: Value | number): Value =>
    this.one(p.select, [condition, this.lift(a), this.lift(b)], {});

  private lift = (y: Value | number): Value => (typeof y === "number" ? this.full(y) : y);
  private binary = (op: OpDef, x: Value, y: Value | number): Value => this.one(op, [x, this.lift(y)], {});

  // Shape
  reshape(x: Value, shape: Shape): Value {
    const known = shape.reduce((n, d) => (d === -1 ? n : n * d), 1);
    const full = shape.map((d) => (d === -1 ? sizeOf(x.shape) / Math.max(known, 1) : d));
    return sameShape(full, x.shape) ? x : this.one(p.reshape, [x], { shape: full });
  }
  transpose(x: Value, perm: readonly number[]): Value {
    return perm.length === x.shape.length && perm.every((axis, i) => axis === i)
      ? x
      : this.one(p.transpose, [x], { perm });
  }
  broadcastTo(x: Value, shape: Shape): Value {
    return sameShape(shape, x.shape) ? x : this.one(p.broadcastTo, [x], { shape });
  }
  slice(x: Value, starts: readonly number[], sizes: readonly number[]): Value {
    return sameShape(sizes, x.shape) ? x : this.one(p.slice, [x], { starts, sizes });
  }
  /** The part [start, start + size) of one axis. */
  sliceAxis(x: Value, axis: number, start: number, size: number): Value {
    return this.slice(
      x,
      x.shape.map((_, i) => (i === axis ? start : 0)),
      x.shape.map((d, i) => (i === axis ? size : d)),
    );
  }
  pad(x: Value, before: readonly number[], after: readonly number[]): Value {
    return [...before, ...after].every((n) => n === 0) ? x : this.one(p.pad, [x], { before, after });
  }
  concat(parts: readonly Value[], axis: number): Value {
    return parts.length === 1 ? parts[0]! : this.one(p.concat, parts, { axis });
  }
  stack(parts: readonly Value[]): Value {
    return this.concat(
      parts.map((v) => this.reshape(v, [1, ...v.shape])),
      0,
    );
  }
  /** rows[i] = x[indices[i]] along axis 0. */
  gather(x: Value, indices: Int32Array): Value {
    return this.one(p.gather, [x], { indices });
  }
  /** out[indices[i]] += x[i] along axis 0, out has `size` rows: the transpose of gather. */
  scatterAdd(x: Value, indices: Int32Array, size: number): Value {
    return this.one(p.scatterAdd, [x], { indices, size });
  }

  // Reductions and products
  sum(x: Value, axes: readonly number[] = x.shape.map((_, i) => i), keepDims = false): Value {
    return axes.length === 0 ? x : this.one(p.reduceSum, [x], { axes, keepDims });
  }
  max(x: Value, axes: readonly number[], keepDims = false): Value {
    return this.one(p.reduceMax, [x], { axes, keepDims });
  }
  mean(x: Value, axes: readonly number[] = x.shape.map((_, i) => i), keepDims = false): Value {
    return this.mul(this.sum(x, axes, keepDims), 1 / axes.reduce((n, axis) => n * x.shape[axis]!, 1));
  }
  softmax(x: Value): Value {
    return this.one(p.softmax, [x], {});
  }
  /** a·b over the last two axes, either side transposed; leading axes are equal, or one side has none. */
  matmul(a: Value, b: Value, transposeA = false, transposeB = false): Value {
    return this.one(p.matmul, [a, b], { transposeA, transposeB });
  }
  /** Sums what broadcasting stretched, so that the result has `shape`. */
  sumTo(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    broadcastShapes(x.shape, shape);
    const extra = x.shape.length - shape.length;
    const axes = x.shape.flatMap((d, i) => (i < extra || (shape[i - extra] === 1 && d !== 1) ? [i] : []));
    return this.reshape(this.sum(x, axes, true), shape);
  }
}
