/** How the sums of the losses and of the gradient's norm run on WebGPU: many threads leave partial sums, one workgroup adds them. */
import lossTotals from "../../../shaders/lossTotals.wgsl?raw";
import { groupsFor, type KernelCall, type ReadOperand, type Shader, type WriteOperand } from "../graph/kernel";

const totals = { name: "lossTotals", code: lossTotals };

/** More threads only lengthen the second stage. */
const MOST_THREADS = 16384;
const LANES = 64;

interface SumStage {
  /** Its entry `partialSums` leaves [terms, threads] numbers; threads is an override. */
  readonly shader: Shader;
  readonly overrides: Readonly<Record<string, number>>;
  readonly reads: readonly ReadOperand[];
  /** Pixels or elements that are summed over. */
  readonly items: number;
  readonly terms: number;
  readonly flops: number;
}

interface TotalStage {
  readonly entry: "oneTotal" | "twoTotals" | "balancedTotals";
  readonly overrides?: Readonly<Record<string, number>>;
  readonly writes: readonly WriteOperand[];
}

/** Both stages. The number of threads depends on the size alone, so the order of additions is the same on every device. */
export function sumInTwoStages(first: SumStage, second: TotalStage): readonly KernelCall[] {
  const threads = Math.min(MOST_THREADS, LANES * Math.ceil(first.items / LANES));
  const parts = { scratch: Math.max(1, first.terms * threads) };
  return [
    {
      shader: first.shader,
      entry: "partialSums",
      overrides: { ...first.overrides, threads },
      reads: first.reads,
      writes: [parts],
      groups: groupsFor(threads / LANES),
      flops: first.flops,
    },
    {
      shader: totals,
      entry: second.entry,
      overrides: { ...second.overrides, count: threads },
      reads: [parts],
      writes: second.writes,
      groups: [1, 1, 1],
      flops: first.terms * threads,
    },
  ];
}

/** The entry `gradient` of a loss shader: one thread a pixel or element. */
export const gradientCall = (
  shader: Shader,
  overrides: Readonly<Record<string, number>>,
  reads: readonly ReadOperand[],
  writes: readonly WriteOperand[],
  items: number,
): KernelCall => ({
  shader,
  entry: "gradient",
  overrides,
  reads,
  writes,
  groups: groupsFor(Math.ceil(items / LANES)),
});
