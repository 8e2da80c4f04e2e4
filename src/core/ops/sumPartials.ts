/** The second stage of deterministic sums in two stages: no float atomics, one fixed order of additions. */
import sumPartialsWgsl from "../../../shaders/sumPartials.wgsl?raw";
import { type DeviceLimits, groupsFor, type KernelCall, type ReadOperand, type WriteOperand } from "../graph/kernel";

const shader = { name: "sumPartials", code: sumPartialsWgsl };

/** parts: [count, size] → sums: [size]. */
export function sumPartials(
  parts: ReadOperand,
  sums: WriteOperand,
  count: number,
  size: number,
  limits: DeviceLimits,
): KernelCall {
  const columns = 32;
  const slots = limits.cpuAdapter || count < 4 ? 1 : 8;
  return {
    shader,
    entry: "main",
    overrides: { count, size, columns, slots, threads: columns * slots },
    reads: [parts],
    writes: [sums],
    groups: groupsFor(Math.ceil(size / columns)),
    flops: count * size,
  };
}
