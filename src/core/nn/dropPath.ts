/**
 * Drop path (stochastic depth): a residual branch is left out sample by sample, stream by stream. Masks are drawn outside of the
 * graph and come as one input [M] for all branches, each number 0 or 1 / (1 - rate).
 */
import type { Value } from "../graph/node";
import type { Random } from "../math/random";
import { dropPath as dropPathOp } from "../ops/dropPath";
import type { Forward } from "./forward";

export const DROP_PATH = "dropPath";

export interface DropPathPlan {
  /** One entry a branch: its rate and how many streams it has. */
  readonly branches: readonly { readonly rate: number; readonly streams: number }[];
}

/** M: how many masks a step with `batch` samples needs. */
export const maskCount = (plan: DropPathPlan, batch: number): number =>
  plan.branches.reduce((n, branch) => n + branch.streams * batch, 0);

/** The input's values for one step. */
export function dropPathMasks(plan: DropPathPlan, batch: number, draw: Random): Float32Array {
  const masks = new Float32Array(maskCount(plan, batch));
  let i = 0;
  for (const { rate, streams } of plan.branches)
    for (const end = i + streams * batch; i < end; i++) masks[i] = draw.uniform() < rate ? 0 : 1 / (1 - rate);
  return masks;
}

/** Collects branches while a model is built. A branch with rate 0 costs nothing. */
export class DropPaths {
  private readonly branches: { rate: number; streams: number }[] = [];

  plan(): DropPathPlan {
    return { branches: this.branches };
  }

  /** Returns the layer: x: [S,B,L,C], a residual branch, with masked samples left out while training. */
  branch(rate: number, streams: number): (f: Forward, x: Value) => Value {
    if (rate === 0) return (_f, x) => x;
    const before = this.branches.reduce((n, branch) => n + branch.streams, 0);
    this.branches.push({ rate, streams });
    return (f, x) => {
      if (!f.options.training) return x;
      const { batch } = f.options;
      const masks = f.b.input(DROP_PATH, [maskCount(this.plan(), batch)]);
      const mask = f.b.sliceAxis(masks, 0, before * batch, streams * batch);
      const merged = f.b.reshape(x, [streams * batch, ...x.shape.slice(2)]);
      return f.b.reshape(dropPathOp(f.b, merged, mask), x.shape);
    };
  }
}
