/**
 * One row per primitive: how TensorFlow.js computes it. A tensor's shape is the collapsed one of whoever made it; each row views its
 * operands in the shape it needs (a reshape moves nothing), so ranks above TensorFlow.js's limit of 6 pass.
 */
import type * as Tf from "@tensorflow/tfjs-core";
import { type Node, type Shape, sizeOf } from "../../graph/node";
import type { ComputedName } from "../../graph/primitives";
import { collapseBroadcast, collapseReduction, collapseTranspose, collapseWindow } from "../collapse";

type Row = (inputs: readonly Tf.Tensor[], node: Node) => Tf.Tensor;
export type TfRows = { readonly [P in ComputedName]: Row };

const MAX_RANK = 6;

const attr = <T>(node: Node, name: string): T => node.attrs[name] as T;
const shapeIn = (node: Node, i = 0): Shape => node.inputs[i]!.shape;
const shapeOut = (node: Node): Shape => node.outputs[0]!.shape;

function checkRank(shape: Shape, node: Node): Shape {
  if (shape.length > MAX_RANK) {
    throw new Error(
      `${node.op.name}${node.scope ? ` at ${node.scope}` : ""} needs ${shape.length} axes even after merging; TensorFlow.js has ${MAX_RANK}. Split it into two.`,
    );
  }
  return shape;
}

/**
 * Logarithms for WebGPU. WGSL lets `log` err by 2^-21 around 1 (SwiftShader: 13 % of log(1.001)), and TensorFlow.js computes log1p there as
 * log(1 + x), which rounds x away. Around 1 the series of ln(1 + x) = 2 artanh(s), s = x / (2 + x), stands in: with |x| <= 1/2 its first
 * seven terms are right within 2e-8.
 */
function accurateLogs(tf: typeof Tf): Pick<TfRows, "log" | "log1p"> {
  const series = (x: Tf.Tensor): Tf.Tensor => {
    const s = tf.div(x, tf.add(x, 2));
    const squared = tf.mul(s, s);
    let sum = tf.fill(x.shape, 1 / 13);
    for (let k = 11; k > 0; k -= 2) sum = tf.add(tf.mul(sum, squared), 1 / k);
    return tf.mul(tf.mul(s, 2), sum);
  };
  const nearZero = (x: Tf.Tensor): Tf.Tensor => tf.lessEqual(tf.abs(x), 0.5);
  const log = (x: Tf.Tensor, less: Tf.Tensor): Tf.Tensor => tf.where(nearZero(less), series(less), tf.log(x));
  return { log: ([x]) => log(x!, tf.sub(x!, 1)), log1p: ([x]) => log(tf.add(x!, 1), x!) };
}

/** One after the other, each axis as the middle one of three: TensorFlow.js's WebGPU kernel for more than four axes does not compile. */
function padByAxis(
  tf: typeof Tf,
  x: Tf.Tensor,
  sizes: readonly number[],
  margins: readonly [number, number][],
): Tf.Tensor {
  let padded = x;
  for (const [axis, margin] of margins.entries()) {
    if (margin[0] + margin[1] === 0) continue;
    const before = sizeOf(sizes.slice(0, axis).map((d, i) => d + margins[i]![0] + margins[i]![1]));
    padded = tf.pad(tf.reshape(padded, [before, sizes[axis]!, sizeOf(sizes.slice(axis + 1))]), [
      [0, 0],
      margin,
      [0, 0],
    ]);
  }
  return padded;
}

export function tfRows(tf: typeof Tf, backend: "cpu" | "webgl" | "webgpu"): TfRows {
  const view = (x: Tf.Tensor, shape: Shape): Tf.Tensor => tf.reshape(x, [...shape]);

  const unary =
    (f: (x: Tf.Tensor) => Tf.Tensor): Row =>
    ([x]) =>
      f(x!);

  const broadcasting =
    (f: (...xs: Tf.Tensor[]) => Tf.Tensor): Row =>
    (inputs, node) => {
      const { operands } = collapseBroadcast(
        node.inputs.map((v) => v.shape),
        shapeOut(node),
      );
      return f(...inputs.map((x, i) => view(x, checkRank(operands[i]!, node))));
    };

  const reduction =
    (f: (x: Tf.Tensor, axes: number[]) => Tf.Tensor): Row =>
    ([x], node) => {
      const { shape, axes } = collapseReduction(shapeIn(node), attr(node, "axes"));
      return axes.length === 0 ? x! : f(view(x!, checkRank(shape, node)), axes);
    };

  /** x as [rows, ...], row i being x[i] of the original. */
  const asRows = (x: Tf.Tensor, shape: Shape): Tf.Tensor => view(x, [shape[0]!, sizeOf(shape.slice(1))]);
  const asFloat = (x: Tf.Tensor): Tf.Tensor => tf.cast(x, "float32");

  return {
    neg: unary(tf.neg),
    abs: unary(tf.abs),
    sign: unary(tf.sign),
    exp: unary(tf.exp),
    ...(backend === "webgpu" ? accurateLogs(tf) : { log: unary(tf.log), log1p: unary(tf.log1p) }),
    sqrt: unary(tf.sqrt),
    reciprocal: unary(tf.reciprocal),
    erf: unary(tf.erf),
    tanh: unary(tf.tanh),
    sigmoid: unary(tf.sigmoid),
    relu: unary(tf.relu),
    add: broadcasting((x, y) => tf.add(x!, y!)),
    sub: broadcasting((x, y) => tf.sub(x!, y!)),
    mul: broadcasting((x, y) => tf.mul(x!, y!)),
    div: broadcasting((x, y) => tf.div(x!, y!)),
    maximum: broadcasting((x, y) => tf.maximum(x!, y!)),
    minimum: broadcasting((x, y) => tf.minimum(x!, y!)),
    greater: broadcasting((x, y) => asFloat(tf.greater(x!, y!))),
    equal: broadcasting((x, y) => asFloat(tf.equal(x!, y!))),
    select: broadcasting((c, x, y) => tf.where(tf.notEqual(c!, 0), x!, y!)),
    reshape: ([x]) => x!,
    transpose: ([x], node) => {
      const { shape, perm } = collapseTranspose(shapeIn(node), attr(node, "perm"));
      return tf.transpose(view(x!, checkRank(shape, node)), [...perm]);
    },
    broadcastTo: ([x], node) => {
      const { operands, out } = collapseBroadcast([shapeIn(node)], shapeOut(node));
      return tf.broadcastTo(view(x!, operands[0]!), [...checkRank(out, node)] as Tf.ShapeMap[Tf.Rank]);
    },
    slice: ([x], node) => {
      const { shape, starts, sizes } = collapseWindow(shapeIn(node), attr(node, "starts"), attr(node, "sizes"));
      return tf.slice(view(x!, checkRank(shape, node)), starts, sizes);
    },
    pad: ([x], node) => {
      const { shape, starts, sizes } = collapseWindow(shapeOut(node), attr(node, "before"), shapeIn(node));
      const margins = starts.map((start, i): [number, number] => [start, shape[i]! - start - sizes[i]!]);
      return sizes.length > 4 ? padByAxis(tf, x!, sizes, margins) : tf.pad(view(x!, sizes), margins);
    },
    concat: (parts, node) => {
      const axis = attr<number>(node, "axis");
      const flat = parts.map((x, i) => {
        const shape = shapeIn(node, i);
        return view(x, [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))]);
      });
      return tf.concat(flat, 1);
    },
    gather: ([x], node) =>
      tf.gather(asRows(x!, shapeIn(node)), tf.tensor1d(attr<Int32Array>(node, "indices"), "int32")),
    // tf.unsortedSegmentSum reads all rows once per segment; scatterND reads them once, and adds where indices repeat.
    scatterAdd: ([x], node) => {
      const indices = attr<Int32Array>(node, "indices");
      const rows = asRows(x!, shapeIn(node));
      return tf.scatterND(tf.tensor2d(indices, [indices.length, 1], "int32"), rows, [
        attr<number>(node, "size"),
        rows.shape[1]!,
      ]);
    },
    reduceSum: reduction((x, axes) => tf.sum(x, axes)),
    reduceMax: reduction((x, axes) => tf.max(x, axes)),
    softmax: ([x], node) => tf.softmax(view(x!, [-1, shapeOut(node).at(-1)!])),
    matmul: ([x, y], node) => {
      const flat = (shape: Shape): Shape => (shape.length === 2 ? shape : [-1, ...shape.slice(-2)]);
      const [transposeA, transposeB] = [attr<boolean>(node, "transposeA"), attr<boolean>(node, "transposeB")];
      return tf.matMul(view(x!, flat(shapeIn(node, 0))), view(y!, flat(shapeIn(node, 1))), transposeA, transposeB);
    },
  };
}
