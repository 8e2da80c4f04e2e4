/** The block on stock TensorFlow.js, as its documentation teaches: ops under `variableGrads`, the backend chosen by name. */
import { createRequire } from "node:module";
import type * as Tf from "@tensorflow/tfjs";
import type { BlockSize, Contestant } from "../contestant";
import { offerWebGpuToLibraries } from "../executors";
import { blockData, epsilon, norm, transposed, weightShapes } from "./problem";

type Weights = Readonly<Record<string, Tf.Variable>>;

const require = createRequire(import.meta.url);

/** Loading the package registers the backend. */
const backends = {
  webgpu: (): unknown => require("@tensorflow/tfjs-backend-webgpu"),
  wasm: (): unknown => require("@tensorflow/tfjs-backend-wasm"),
};

async function load(backend: "webgpu" | "wasm"): Promise<typeof Tf> {
  if (backend === "webgpu") offerWebGpuToLibraries();
  const tf = require("@tensorflow/tfjs") as typeof Tf;
  backends[backend]();
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js could not start its ${backend} backend here.`);
  await tf.ready();
  return tf;
}

function forward(tf: typeof Tf, { batch, tokens, width, heads }: BlockSize, w: Weights, x: Tf.Tensor): Tf.Tensor {
  const rows = batch * tokens;
  const headSize = width / heads;
  const layerNorm = (v: Tf.Tensor, name: string): Tf.Tensor => {
    const { mean, variance } = tf.moments(v, -1, true);
    return v
      .sub(mean)
      .mul(tf.rsqrt(variance.add(epsilon)))
      .mul(w[`${name}.weight`]!)
      .add(w[`${name}.bias`]!);
  };
  // The derivative of a 3-D by 2-D product is not there, hence two dimensions throughout.
  const linear = (v: Tf.Tensor, name: string): Tf.Tensor =>
    tf.matMul(v.reshape([rows, -1]), w[`${name}.weight`]! as Tf.Tensor2D).add(w[`${name}.bias`]!);
  const gelu = (v: Tf.Tensor): Tf.Tensor => v.mul(0.5).mul(tf.erf(v.mul(Math.SQRT1_2)).add(1));
  const qkv = linear(layerNorm(x, "norm1"), "qkv")
    .reshape([batch, tokens, 3, heads, headSize])
    .transpose([2, 0, 3, 1, 4]);
  const [q, k, v] = tf.unstack(qkv) as [Tf.Tensor, Tf.Tensor, Tf.Tensor];
  const scores = tf.softmax(tf.matMul(q, k, false, true).mul(1 / Math.sqrt(headSize)));
  const attended = tf.matMul(scores, v).transpose([0, 2, 1, 3]).reshape([rows, width]);
  const h = x.add(linear(attended, "proj"));
  return h.add(linear(gelu(linear(layerNorm(h, "norm2"), "fc1")), "fc2"));
}

export async function openTfjs(backend: "webgpu" | "wasm", size: BlockSize): Promise<Contestant> {
  const tf = await load(backend);
  const data = blockData(size);
  const rows = [size.batch * size.tokens, size.width] as [number, number];
  const x = tf.tensor(data.x, rows);
  const target = tf.tensor(data.target, rows);
  const weights: Weights = Object.fromEntries(
    Object.entries(weightShapes(size)).map(([name, shape]) => {
      const values = data.weights[name]!;
      const isMatrix = shape.length === 2;
      const tensor = isMatrix
        ? tf.tensor(transposed(values, shape), [shape[1]!, shape[0]!])
        : tf.tensor(values, [...shape]);
      return [name, tf.variable(tensor, true, name)];
    }),
  );
  let last: Tf.NamedTensorMap = {};
  return {
    engine: `TensorFlow.js ${tf.version.tfjs}, ${backend}, tape`,
    step: async () => {
      const { value, grads } = tf.variableGrads(
        () => tf.mean(tf.squaredDifference(forward(tf, size, weights, x), target)) as Tf.Scalar,
        Object.values(weights),
      );
      tf.dispose(last);
      last = grads;
      const [loss] = await value.data();
      value.dispose();
      return loss!;
    },
    gradientNorms: async () => {
      const norms: Record<string, number> = {};
      for (const [name, tensor] of Object.entries(last)) norms[name] = norm(await tensor.data());
      return norms;
    },
  };
}
