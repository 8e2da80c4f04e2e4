/** Reports that compute nothing: a check of the device with one failing case, and the update analysis of a run. */
import type { CaseReport } from "../../src/contracts/conformance";
import type { SiteInfo } from "../../src/contracts/runEvent";
import type { OpComparison, StepComparison } from "../../src/contracts/stepComparison";
import type { UpdateAnalysis } from "../../src/contracts/updateAnalysis";
import { noise } from "./fakeNumbers";

const quantity = (name: string, error: number, tolerance: number, at: string) => ({
  name,
  error,
  tolerance,
  at,
  compared: 4,
  passed: error <= tolerance,
});

const report = (name: string, quantities: CaseReport["quantities"], notes: readonly string[] = []): CaseReport => ({
  name,
  quantities,
  problems: [],
  notes,
  passed: quantities.every(({ passed }) => passed),
  milliseconds: 38,
});

export const fakeCases: readonly CaseReport[] = [
  report("cpab_nc5_zb", [quantity("phi", 2.1e-7, 1e-5, "phi"), quantity("gradient", 8e-7, 1e-4, "grad.theta")]),
  report("ditask_qkv", [quantity("output", 3.3e-6, 1e-4, "out.semseg"), quantity("gradient", 4.1e-5, 1e-3, "grad.x")]),
  report("mtlora_square", [quantity("output", 2.2e-3, 1e-4, "out.normals")]),
  report(
    "loss_normals",
    [quantity("loss", 1.2e-7, 1e-5, "loss"), quantity("metric", 0, 1e-6, "mean")],
    ["Compared with the reference's own backward pass of masked_select."],
  ),
  {
    ...report("optim_adamw", []),
    problems: ["tensor step3.weight is missing in optim_adamw.safetensors"],
    passed: false,
  },
];

const operation = (op: string, error: number, tolerance: number, name: string): OpComparison => ({
  op,
  compared: 12,
  failed: error <= tolerance ? 0 : 1,
  worst: {
    op,
    name,
    shape: [1, 64, 8],
    plan: "train",
    error,
    difference: 3 * error,
    tolerance,
    passed: error <= tolerance,
  },
});

const fakeOperations = [
  operation("layerNorm", 4.2e-3, 2e-5, "backbone.stage0.block1"),
  operation("matmul", 4.4e-7, 2e-5, "backbone.stage0.block0'"),
  operation("transpose", 0, 0, "backbone.stage1.block0"),
];

/** A comparison of which `done` of its three nodes are done. */
export const fakeComparison = (done: number): StepComparison => ({
  device: "WebGPU on a scripted device",
  reference: "TensorFlow.js, cpu",
  message: done === 0 ? "Compiling the training step" : "",
  total: 3,
  done,
  finished: done === 3,
  ops: fakeOperations.slice(0, done),
  worst: fakeOperations.slice(0, done).map(({ worst }) => worst),
});

/** Numbers by site and stream as training might leave them; the more tasks, the more of their gradients disagree. */
export function fakeEvidence(step: number, tasks: readonly string[], sites: readonly SiteInfo[]): UpdateAnalysis {
  const random = noise(11);
  const cosine = (i: number, j: number): number =>
    i === j ? 1 : Number((0.5 - 0.22 * (i + j) + 0.2 * random()).toFixed(3));
  const matrix = tasks.map((_, i) => tasks.map((_, j) => cosine(Math.min(i, j), Math.max(i, j))));
  return {
    step,
    tasks,
    updates: sites.flatMap(({ name, part, shape, rows }) =>
      rows.map(({ stream }) => {
        const fullRank = Math.min(...shape);
        return {
          site: name,
          part,
          stream,
          shape,
          rank: fullRank - 1,
          fullRank,
          effectiveRank: fullRank * (0.6 + 0.3 * random()),
          spectralNormChange: 0.02 * random(),
          frobeniusNormChange: 0.11 * random() + 0.02,
          relativeUpdate: 0.12 + 0.1 * random(),
          leading: Math.ceil(fullRank / 3),
          leftAngle: 0,
          rightAngle: 0,
        };
      }),
    ),
    unmerged: [],
    cosines: [
      {
        place: "all",
        matrix: matrix.map((row, i) => row.map((value, j) => (i < j ? value : i === j ? 1 : matrix[j]![i]!))),
      },
      { place: "layers.0", matrix: tasks.map((_, i) => tasks.map((_, j) => (i === j ? 1 : 0.4))) },
      {
        place: "layers.3",
        matrix: tasks.map((_, i) => tasks.map((_, j) => (i === j ? 1 : i + j === 3 ? null : -0.3))),
      },
    ],
  };
}
