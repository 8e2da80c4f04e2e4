/** The WGSL row of every primitive: a missing one does not compile. */
import type { KernelRule } from "../../../graph/kernel";
import type { ComputedName } from "../../../graph/primitives";
import { matmulKernel } from "../matmul";
import { binaryKernel, selectKernel, unaryKernel } from "./elementwise";
import {
  broadcastKernel,
  concatKernel,
  gatherKernel,
  padKernel,
  reshapeKernel,
  scatterAddKernel,
  sliceKernel,
  transposeKernel,
} from "./layout";
import { reduceMaxKernel, reduceSumKernel, softmaxKernel } from "./reduce";

// biome-ignore lint/suspicious/noExplicitAny: rules of every attribute type stand in one table; each rule is typed where it is written.
type AnyRule = KernelRule<any>;

const rows: { readonly [P in ComputedName]: AnyRule } = {
  neg: unaryKernel,
  abs: unaryKernel,
  sign: unaryKernel,
  exp: unaryKernel,
  log: unaryKernel,
  log1p: unaryKernel,
  sqrt: unaryKernel,
  reciprocal: unaryKernel,
  erf: unaryKernel,
  tanh: unaryKernel,
  sigmoid: unaryKernel,
  relu: unaryKernel,
  add: binaryKernel,
  sub: binaryKernel,
  mul: binaryKernel,
  div: binaryKernel,
  maximum: binaryKernel,
  minimum: binaryKernel,
  greater: binaryKernel,
  equal: binaryKernel,
  select: selectKernel,
  reshape: reshapeKernel,
  transpose: transposeKernel,
  broadcastTo: broadcastKernel,
  slice: sliceKernel,
  pad: padKernel,
  concat: concatKernel,
  gather: gatherKernel,
  scatterAdd: scatterAddKernel,
  reduceSum: reduceSumKernel,
  reduceMax: reduceMaxKernel,
  softmax: softmaxKernel,
  matmul: matmulKernel,
};

export const rowOf = (name: string): AnyRule | undefined => (rows as Readonly<Record<string, AnyRule>>)[name];
