/** The block on jax-js, as its documentation teaches: one jitted function of the value and all gradients. */
import type { BlockSize, Contestant } from "../contestant";
import { offerWebGpuToLibraries, versionOf } from "../executors";
import { blockData, norm, transposed, weightShapes } from "./problem";

type Jax = typeof import("@jax-js/jax");
type Array_ = InstanceType<Jax["Array"]>;
type Weights = Readonly<Record<string, Array_>>;

export async function openJax(device: "webgpu" | "wasm", size: BlockSize): Promise<Contestant> {
  if (device === "webgpu") offerWebGpuToLibraries();
  const jax: Jax = await import("@jax-js/jax");
  const available = await jax.init(device);
  if (!available.includes(device)) throw new Error(`jax-js has no ${device} device here.`);
  jax.defaultDevice(device);
  const { numpy: np, nn } = jax;
  const { batch, tokens, width, heads } = size;
  const headSize = width / heads;
  const layerNorm = (w: Weights, v: Array_, name: string): Array_ =>
    nn.standardize(v, -1).mul(w[`${name}.weight`]!.ref).add(w[`${name}.bias`]!.ref);
  const linear = (w: Weights, v: Array_, name: string): Array_ =>
    np.matmul(v, w[`${name}.weight`]!.ref).add(w[`${name}.bias`]!.ref);
  const lossOf = (w: Weights, x: Array_, target: Array_): Array_ => {
    const qkv = linear(w, layerNorm(w, x.ref, "norm1"), "qkv");
    // nn.dotProductAttention parses its einsum by iterator helpers, which Node 20 lacks; these are its products.
    const [q, k, v] = np
      .split(qkv, 3, -1)
      .map((part) => part.reshape([batch, tokens, heads, headSize]).transpose([0, 2, 1, 3]));
    const scores = nn.softmax(np.matmul(q!, k!.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(headSize)), -1);
    const attended = np.matmul(scores, v!).transpose([0, 2, 1, 3]).reshape([batch, tokens, width]);
    const h = x.add(linear(w, attended, "proj"));
    const hidden = nn.gelu(linear(w, layerNorm(w, h.ref, "norm2"), "fc1"), { approximate: false });
    const off = h.add(linear(w, hidden, "fc2")).sub(target);
    for (const weight of Object.values(w)) weight.dispose();
    return off.ref.mul(off).mean();
  };
  const valueAndGrad = jax.jit(jax.valueAndGrad(lossOf));
  const data = blockData(size);
  const image = [batch, tokens, width];
  const x = np.array(data.x).reshape(image);
  const target = np.array(data.target).reshape(image);
  const weights: Weights = Object.fromEntries(
    Object.entries(weightShapes(size)).map(([name, shape]) => {
      const values = data.weights[name]!;
      if (shape.length === 1) return [name, np.array(values)];
      return [name, np.array(transposed(values, shape)).reshape([shape[1]!, shape[0]!])];
    }),
  );
  const owned = (): Weights => Object.fromEntries(Object.entries(weights).map(([name, array]) => [name, array.ref]));
  let last: Weights = {};
  return {
    engine: `jax-js ${versionOf("@jax-js/jax")}, ${device}, jit`,
    step: async () => {
      const [loss, gradients] = valueAndGrad(owned(), x.ref, target.ref) as unknown as [Array_, Weights];
      for (const old of Object.values(last)) old.dispose();
      last = gradients;
      await jax.blockUntilReady(gradients as never);
      return (await loss.data())[0]!;
    },
    gradientNorms: async () => {
      const norms: Record<string, number> = {};
      for (const [name, array] of Object.entries(last)) norms[name] = norm(await array.ref.data());
      return norms;
    },
  };
}
