/** The second stage of deterministic sums in two stages: no float atomics, one fixed order of additions. */
import sumPartialsWgsl from "../../../shaders/sumPartials.wgsl?raw";
import { type DeviceLimits, groupsFor, type KernelCall, type ReadOperand } from "../graph/kernel";
import { sizeOf, type Value } from "../graph/node";

const shader = { name: "sumPartials", code: sumPartialsWgsl };

/** parts: [count, size of all sums] → one value, or two that lie one after the other in a part. */
export function sumPartials(
  parts: ReadOperand,
  sums: readonly [Value] | readonly [Value, Value],
  count: number,
  limits: DeviceLimits,
): KernelCall {
  const firstSize = sizeOf(sums[0].shape);
  const size = sums.reduce((n, v) => n + sizeOf(v.shape), 0);
  const columns = 32;
  const slots = limits.cpuAdapter || count < 4 ? 1 : 8;
  return {
    shader,
    entry: "main",
    overrides: { count, size, firstSize, columns, slots, threads: columns * slots },
    reads: [parts],
    writes: [sums[0], sums[1] ?? { scratch: 1 }],
    groups: groupsFor(Math.ceil(size / columns)),
    flops: count * size,
  };
}
