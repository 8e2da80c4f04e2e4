/** Edge shapes of every primitive, in the form of the op registry's cases: all executors run them. */
import type { Builder } from "../../src/core/graph/builder";
import type { Shape, Value } from "../../src/core/graph/node";
import type { ComputedName } from "../../src/core/graph/primitives";
import type { CaseData, OpCase } from "../../src/core/ops/cases";

const shapes: readonly Shape[] = [[], [1], [7], [3, 5], [2, 1, 4, 3]];

/** Pairs that broadcast: equal, scalars, rows, columns, both sides stretched, missing axes, gaps, high ranks. */
const pairs: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[5], []],
  [[], [2, 3]],
  [
    [3, 4],
    [3, 4],
  ],
  [[3, 4], [4]],
  [
    [3, 1],
    [3, 5],
  ],
  [
    [3, 1],
    [1, 5],
  ],
  [
    [2, 1, 3, 1],
    [4, 1, 5],
  ],
  [
    [2, 3, 4, 5],
    [3, 1, 5],
  ],
  [
    [2, 3, 1, 2, 1, 2, 2],
    [2, 3, 2, 2, 3, 2, 2],
  ],
];

const show = (shape: Shape): string => `[${shape.join(",")}]`;

function unary(name: ComputedName & keyof Builder, data: CaseData = "normal", wrt: readonly number[] = [0]): OpCase[] {
  return shapes.map((shape) => ({
    name: `${name} ${show(shape)}`,
    inputs: [{ shape, data }],
    build: (b, [x]) => [(b[name] as (x: Value) => Value)(x!)],
    wrt,
  }));
}

function binary(
  name: ComputedName & keyof Builder,
  data: CaseData = "normal",
  wrt: readonly number[] = [0, 1],
): OpCase[] {
  return pairs.map(([x, y]) => ({
    name: `${name} ${show(x)} ${show(y)}`,
    inputs: [{ shape: x }, { shape: y, data }],
    build: (b, [u, v]) => [(b[name] as (x: Value, y: Value) => Value)(u!, v!)],
    wrt,
  }));
}

function one(name: string, inputShapes: readonly Shape[], build: (b: Builder, ...xs: Value[]) => Value): OpCase {
  return {
    name,
    inputs: inputShapes.map((shape) => ({ shape })),
    build: (b, xs) => [build(b, ...xs)],
    wrt: inputShapes.map((_, i) => i),
  };
}

const matmulCases = [
  [[3, 4], [4, 5], "2-D"],
  [[1, 1], [1, 1], "one by one"],
  [[2, 3, 4], [2, 4, 5], "batch"],
  [[2, 3, 3, 4], [2, 3, 4, 2], "batch of two axes"],
  [[2, 3, 4], [4, 5], "batch times shared"],
  [[2, 2, 3, 4], [4, 5], "two axes times shared"],
  [[3, 4], [2, 4, 5], "shared times batch"],
] as const satisfies readonly (readonly [Shape, Shape, string])[];

const flip = (shape: Shape, transpose: boolean): Shape =>
  transpose ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;

const matmuls: OpCase[] = matmulCases.flatMap(([a, b, name]) =>
  [false, true].flatMap((ta) =>
    [false, true].map((tb) =>
      one(`matmul ${name}${ta ? ", aᵀ" : ""}${tb ? ", bᵀ" : ""}`, [flip(a, ta), flip(b, tb)], (g, x, y) =>
        g.matmul(x, y, ta, tb),
      ),
    ),
  ),
);

const distinct = { values: [3, -1, 2, 0.5, -2, 7, 1, -4, 6, 5, -3, 4] };

export const primitiveCases: { readonly [P in ComputedName]: readonly OpCase[] } = {
  neg: unary("neg"),
  abs: unary("abs"),
  sign: [
    ...unary("sign"),
    {
      name: "sign of zeros",
      inputs: [{ shape: [3], data: { values: [0, -2, 3] } }],
      build: (b, [x]) => [b.sign(x!)],
      wrt: [],
    },
  ],
  exp: unary("exp"),
  log: [
    ...unary("log", "positive"),
    {
      name: "log near one",
      inputs: [{ shape: [8], data: { values: [0.5, 0.75, 0.999, 0.99999, 1, 1.00001, 1.001, 1.5] } }],
      build: (b, [x]) => [b.mul(b.log(x!), 1e4)],
      wrt: [0],
    },
  ],
  log1p: [
    ...unary("log1p", "positive"),
    {
      name: "log1p near zero",
      inputs: [{ shape: [4], data: { values: [1e-7, -1e-7, 1e-4, 0] } }],
      build: (b, [x]) => [b.mul(b.log1p(x!), 1e4)],
      wrt: [],
    },
  ],
  sqrt: unary("sqrt", "positive"),
  reciprocal: unary("reciprocal", "positive"),
  erf: [
    ...unary("erf"),
    {
      name: "erf, tails",
      inputs: [{ shape: [5], data: { values: [-5, -2, 0, 2, 5] } }],
      build: (b, [x]) => [b.erf(x!)],
      wrt: [0],
    },
  ],
  tanh: unary("tanh"),
  sigmoid: [
    ...unary("sigmoid"),
    {
      name: "sigmoid, tails",
      inputs: [{ shape: [5], data: { values: [-40, -9, 0, 9, 40] } }],
      build: (b, [x]) => [b.sigmoid(x!)],
      wrt: [0],
    },
  ],
  relu: unary("relu"),
  add: binary("add"),
  sub: binary("sub"),
  mul: binary("mul"),
  div: binary("div", "positive"),
  maximum: binary("maximum"),
  minimum: binary("minimum"),
  greater: binary("greater"),
  equal: [
    ...binary("equal"),
    {
      name: "equal, some",
      inputs: [{ shape: [4], data: { values: [1, 255, 0, 2] } }],
      build: (b, [x]) => [b.equal(x!, 255), b.mul(x!, b.equal(x!, 1))],
      wrt: [],
    },
  ],
  select: [
    {
      name: "select by a comparison",
      inputs: [{ shape: [3, 4] }, { shape: [4] }, { shape: [3, 1] }],
      build: (b, [x, y, z]) => [b.select(b.greater(x!, 0), y!, z!)],
      wrt: [1, 2],
    },
    {
      name: "select by numbers other than 0 and 1",
      inputs: [{ shape: [4], data: { values: [0, 255, -3, 0] } }, { shape: [4] }],
      build: (b, [c, x]) => [b.select(c!, x!, 5)],
      wrt: [1],
    },
    {
      name: "select keeps NaN of the branch not taken away",
      inputs: [{ shape: [4], data: { values: [-1, 4, -9, 1] } }],
      build: (b, [x]) => [b.select(b.greater(x!, 0), b.log(x!), 0)],
      wrt: [],
    },
  ],
  reshape: [
    one("reshape [2,6] → [3,4]", [[2, 6]], (b, x) => b.reshape(x, [3, 4])),
    one("reshape [] → [1,1]", [[]], (b, x) => b.reshape(x, [1, 1])),
    one("reshape with -1", [[2, 3, 4]], (b, x) => b.reshape(x, [-1, 4])),
  ],
  transpose: [
    one("transpose 2-D", [[3, 5]], (b, x) => b.transpose(x, [1, 0])),
    one("transpose, cyclic", [[2, 3, 4]], (b, x) => b.transpose(x, [1, 2, 0])),
    one("transpose of windows", [[2, 2, 3, 2, 3, 2]], (b, x) => b.transpose(x, [0, 1, 3, 2, 4, 5])),
    one("transpose of rank 7", [[2, 1, 2, 3, 2, 1, 2]], (b, x) => b.transpose(x, [6, 2, 4, 0, 3, 5, 1])),
  ],
  broadcastTo: [
    one("broadcastTo from a scalar", [[]], (b, x) => b.broadcastTo(x, [2, 3])),
    one("broadcastTo, middle axes", [[2, 1, 3]], (b, x) => b.broadcastTo(x, [2, 2, 4, 3])),
    one("broadcastTo of rank 8", [[2, 3, 1, 1, 2, 1, 2, 2]], (b, x) => b.broadcastTo(x, [2, 3, 2, 2, 2, 3, 2, 2])),
  ],
  slice: [
    one("slice of a vector", [[9]], (b, x) => b.sliceAxis(x, 0, 2, 5)),
    one("slice, several axes", [[4, 5, 3]], (b, x) => b.slice(x, [1, 0, 2], [2, 4, 1])),
    one("slice of rank 7", [[2, 2, 3, 2, 2, 2, 3]], (b, x) => b.slice(x, [0, 1, 1, 0, 0, 0, 1], [2, 1, 2, 2, 1, 2, 2])),
  ],
  pad: [
    one("pad of a vector", [[3]], (b, x) => b.pad(x, [2], [1])),
    one("pad, several axes", [[2, 3, 2]], (b, x) => b.pad(x, [1, 0, 0], [0, 2, 1])),
    one("pad of rank 7", [[2, 1, 2, 2, 1, 2, 2]], (b, x) => b.pad(x, [1, 0, 0, 1, 0, 0, 1], [0, 0, 1, 0, 0, 2, 0])),
  ],
  concat: [
    one("concat of vectors", [[2], [3]], (b, x, y) => b.concat([x, y], 0)),
    one(
      "concat in the middle",
      [
        [2, 1, 3],
        [2, 4, 3],
        [2, 2, 3],
      ],
      (b, ...xs) => b.concat(xs, 1),
    ),
    one("concat of one value twice", [[2, 3]], (b, x) => b.concat([x, x], 1)),
    one(
      "stack",
      [
        [2, 3],
        [2, 3],
      ],
      (b, x, y) => b.stack([x, y]),
    ),
  ],
  gather: [
    one("gather with repeats", [[4, 3]], (b, x) => b.gather(x, Int32Array.of(2, 0, 2, 3, 3, 1))),
    one("gather of a vector", [[5]], (b, x) => b.gather(x, Int32Array.of(4, 4))),
    one("gather of high rank", [[3, 2, 1, 2]], (b, x) => b.gather(x, Int32Array.of(1))),
  ],
  scatterAdd: [
    one("scatterAdd with repeats and gaps", [[6, 3]], (b, x) => b.scatterAdd(x, Int32Array.of(2, 0, 2, 3, 2, 0), 5)),
    one("scatterAdd of a vector", [[3]], (b, x) => b.scatterAdd(x, Int32Array.of(1, 1, 0), 2)),
  ],
  reduceSum: [
    one("sum of all", [[3, 4]], (b, x) => b.sum(x)),
    one("sum, first axis", [[3, 4]], (b, x) => b.sum(x, [0])),
    one("sum, last axis, kept", [[3, 4]], (b, x) => b.sum(x, [1], true)),
    one("sum, outer and inner", [[2, 3, 4]], (b, x) => b.sum(x, [0, 2])),
    one("sum, middle axes", [[2, 3, 4, 5]], (b, x) => b.sum(x, [2, 1], true)),
    one("mean of rank 7", [[2, 1, 2, 3, 2, 1, 2]], (b, x) => b.mean(x, [0, 2, 4, 6])),
  ],
  reduceMax: [
    {
      name: "max, last axis",
      inputs: [{ shape: [3, 4], data: distinct }],
      build: (b, [x]) => [b.max(x!, [1])],
      wrt: [0],
    },
    {
      name: "max, first axis, kept",
      inputs: [{ shape: [2, 6], data: distinct }],
      build: (b, [x]) => [b.max(x!, [0], true)],
      wrt: [0],
    },
    {
      name: "max of all",
      inputs: [{ shape: [2, 2, 3], data: distinct }],
      build: (b, [x]) => [b.max(x!, [0, 1, 2])],
      wrt: [0],
    },
  ],
  softmax: [
    one("softmax [1]", [[1]], (b, x) => b.softmax(x)),
    one("softmax [7]", [[7]], (b, x) => b.softmax(x)),
    one("softmax [2,3,5]", [[2, 3, 5]], (b, x) => b.softmax(x)),
    {
      name: "softmax of large numbers",
      inputs: [{ shape: [3], data: { values: [1000, 1001, 999] } }],
      build: (b, [x]) => [b.softmax(x!)],
      wrt: [0],
    },
  ],
  matmul: matmuls,
};
