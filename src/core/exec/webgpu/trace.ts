/** A run of a WebGPU plan node by node: the same dispatches over the same shared memory, with a readback after each node. */
import type { NodeValues } from "../executor";
import { type BoundDispatch, type PlanBuffers, recordPass } from "./bound";
import type { GraphPlan } from "./plan";
import { type ReadPart, Staging } from "./staging";
import type { Surface } from "./surface";

export interface TracedPlan {
  readonly surface: Surface;
  readonly plan: GraphPlan;
  readonly buffers: PlanBuffers;
  readonly bound: readonly BoundDispatch[];
}

const floatsOf = (parts: readonly (ReadPart | undefined)[]): number =>
  parts.reduce((sum, part) => sum + (part?.floats ?? 0), 0);

/** `upload` writes the inputs. */
export async function* traceNodes(traced: TracedPlan, upload: () => void): AsyncGenerator<NodeValues> {
  const { plan, buffers, bound, surface } = traced;
  const nodes = plan.lowered.nodes.filter((node) => node.op.kind !== "leaf");
  const parts = nodes.map((node) => node.outputs.map((v) => buffers.partOf(plan.regionOf(v))));
  const staging = new Staging(surface.memory, Math.max(...parts.map(floatsOf), 1));
  try {
    surface.check();
    upload();
    let next = 0;
    for (const [i, node] of nodes.entries()) {
      const from = next;
      while (bound[next]?.of.node === node) next++;
      yield { node, outputs: await runAndRead(traced, staging, from, next, parts[i]!) };
    }
    // What is left copies values into the states that they update.
    await runAndRead(traced, staging, next, bound.length, []);
  } finally {
    staging.release();
  }
}

async function runAndRead(
  { surface, bound }: TracedPlan,
  staging: Staging,
  from: number,
  to: number,
  parts: readonly (ReadPart | undefined)[],
): Promise<(Float32Array | undefined)[]> {
  const encoder = surface.device.createCommandEncoder();
  if (to > from) recordPass(encoder, bound, from, to);
  const present = parts.filter((part) => part !== undefined);
  const recorded = staging.record(encoder, present);
  surface.device.queue.submit([encoder.finish()]);
  const arrays = await surface.guard(staging.read(recorded));
  return parts.map((part) => part && arrays.shift());
}
