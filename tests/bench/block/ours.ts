/** The block on our executors, written as our models are: with the builder, layer norm, GELU and window attention (one window). */
import type { Executor, Plan } from "../../../src/core/exec/executor";
import { Builder } from "../../../src/core/graph/builder";
import { gradients } from "../../../src/core/graph/differentiate";
import { type Graph, sizeOf, type Value } from "../../../src/core/graph/node";
import { removeDeadNodes } from "../../../src/core/graph/passes";
import { gelu } from "../../../src/core/ops/gelu";
import { layerNorm } from "../../../src/core/ops/layerNorm";
import { windowAttention } from "../../../src/core/ops/windowAttention";
import type { BlockEngine, BlockSize, Contestant } from "../contestant";
import { openExecutor, openOrtWebGpu } from "../executors";
import { median } from "../median";
import { blockData, epsilon, norm, weightShapes } from "./problem";

const gradientOf = (name: string): string => `gradient of ${name}`;

/** Inputs x and target [B,L,C]; output loss []; every weight and its gradient is a state. */
export function blockGraph(size: BlockSize): Graph {
  const { batch, tokens, width, heads } = size;
  const side = Math.sqrt(tokens);
  const b = new Builder();
  const x = b.input("x", [batch, tokens, width]);
  const shapes = weightShapes(size);
  const weights = new Map(Object.entries(shapes).map(([name, shape]) => [name, b.state(name, shape)]));
  const weight = (name: string): Value => weights.get(name)!;
  const normalised = (v: Value, name: string): Value =>
    layerNorm(b, v, weight(`${name}.weight`), weight(`${name}.bias`), epsilon);
  const linear = (v: Value, name: string): Value =>
    b.add(b.matmul(v, weight(`${name}.weight`), false, true), weight(`${name}.bias`));
  const qkv = b.reshape(linear(normalised(x, "norm1"), "qkv"), [batch, side, side, 3 * width]);
  const noBias = b.full(0, [heads, tokens, tokens]);
  const attended = windowAttention(b, qkv, noBias, { heads, window: side, shift: 0 });
  const h = b.add(x, linear(b.reshape(attended, x.shape), "proj"));
  const y = b.add(h, linear(gelu(b, linear(normalised(h, "norm2"), "fc1")), "fc2"));
  const off = b.sub(y, b.input("target", x.shape));
  const loss = b.mul(b.sum(b.mul(off, off)), 1 / sizeOf(x.shape));
  b.output("loss", loss);
  const found = gradients(b, loss, [...weights.values()]);
  for (const [i, [name, value]] of [...weights].entries()) b.update(b.state(gradientOf(name), value.shape), found[i]!);
  return removeDeadNodes(b.build());
}

async function open(engine: BlockEngine, threads: number): Promise<Executor> {
  switch (engine) {
    case "ours-webgpu":
      return openExecutor("webgpu", threads);
    case "ours-wasm":
      return openExecutor("wasm", threads);
    case "ours-native":
      return openExecutor("cpu", threads);
    case "ort-webgpu":
      return openOrtWebGpu();
    default:
      throw new Error(`${engine} is not one of our executors.`);
  }
}

export async function openOurs(engine: BlockEngine, size: BlockSize, threads: number): Promise<Contestant> {
  const executor = await open(engine, threads);
  const { x, target, weights } = blockData(size);
  for (const [name, data] of Object.entries(weights)) {
    executor.writeState(name, data);
    executor.writeState(gradientOf(name), new Float32Array(data.length));
  }
  const plan: Plan & { readonly replayMs?: number } = await executor.compile(blockGraph(size), "block");
  const replays: number[] = [];
  return {
    engine: engine === "ort-webgpu" ? "ONNX Runtime's WebGPU provider, our lowered step" : executor.description,
    step: async () => {
      const { loss } = await plan.run({ x, target });
      if (plan.replayMs !== undefined) replays.push(plan.replayMs);
      return loss![0]!;
    },
    gradientNorms: async () => {
      const norms: Record<string, number> = {};
      for (const name of Object.keys(weights)) norms[name] = norm(await executor.readState(gradientOf(name)));
      return norms;
    },
    figures: () => ({
      dispatches: plan.cost.dispatches,
      ...(replays.length > 0 ? { replayMs: median(replays) } : {}),
    }),
  };
}
