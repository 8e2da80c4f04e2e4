/**
 * Linear layers under DiTASK: the index-warp of the released code under plain names, the value-warp under "value.". The decomposition is
 * compared by its singular values and by the product U diag(S) Vᵀ, since the signs of its vectors are free.
 */

import { Builder } from "../../../core/graph/builder";
import type { WarpPlan, WarpReading } from "../../../core/math/spectrumWarp";
import { svd } from "../../../core/math/svd";
import { type DitaskSettings, ditask, FLOW_TIME } from "../../../core/methods/ditask";
import type { Evaluation } from "../../../core/methods/spectralLinear";
import { sitePartWeights } from "../../../core/model/spectra";
import { spectrumWarp } from "../../../core/ops/spectrumWarp";
import type { GoldenCase } from "./golden";
import type { CaseKind } from "./kind";
import { checkLayer, type GoldenLayer, goldenLayer, type LayerSetting, SITE } from "./layer";
import type { Ledger } from "./ledger";
import { type GraphRunner, runOnce } from "./runner";

const prefixes: Readonly<Record<WarpReading, string>> = { index: "", value: "value." };

function settingOf(golden: GoldenCase, reading: WarpReading, evaluation: Evaluation): LayerSetting<DitaskSettings> {
  const tasks = golden.texts("sizes.tasks");
  const hasShared = golden.has("theta.shared");
  const cells = (stream: string): number => golden.data(`theta.${stream}`).length + 1;
  const settings: DitaskSettings = {
    ...ditask.defaults,
    reading,
    evaluation,
    streams: !hasShared ? "task" : tasks.length === 0 ? "shared" : "both",
    sharedCells: hasShared ? cells("shared") : 2,
    taskCells: Object.fromEntries(tasks.map((task) => [task, cells(task)])),
  };
  return {
    golden,
    prefix: prefixes[reading],
    method: ditask,
    settings,
    tasks,
    parts: golden.names("S.").length || golden.number("sizes.parts"),
    source: (parameter) => parameter,
    gradientOf: (parameter) => `grad.${parameter}`,
    tolerance: golden.number("tolerances.f32_rel"),
    label: evaluation,
  };
}

/** In float64: W = U diag(S) Vᵀ, part by part. */
function checkDecomposition(golden: GoldenCase, { adapter, weights }: GoldenLayer, ledger: Ledger): void {
  const [spectrumSite] = adapter.spectrumSites;
  if (!spectrumSite || !golden.has("S.0")) return;
  const { rows, cols } = spectrumSite;
  const p = Math.min(rows, cols);
  const tolerance = golden.number(`tolerances.${golden.isDouble("S.0") ? "f64_rel" : "f32_rel"}`);
  const product = (u: Float64Array, s: Float64Array, w: Float64Array): Float64Array =>
    Float64Array.from({ length: rows * cols }, (_, i) => {
      const [row, column] = [Math.floor(i / cols), i % cols];
      let sum = 0;
      for (let k = 0; k < p; k++) sum += u[row * p + k]! * s[k]! * w[column * p + k]!;
      return sum;
    });
  for (const [i, part] of sitePartWeights(weights, spectrumSite).entries()) {
    const { u, s, v } = svd(part, rows, cols);
    ledger.toLargest("float64 singular values", `S.${i}`, s, golden.data(`S.${i}`), tolerance);
    const truth = product(golden.data(`U.${i}`), golden.data(`S.${i}`), golden.data(`V.${i}`));
    ledger.toLargest("float64 U diag(S) Vt", `U.${i}`, product(u, s, v), truth, tolerance);
  }
}

/** The warped singular values of all streams and parts, by the device's warp. */
async function checkSpectra(
  { golden, prefix, settings: { reading } }: LayerSetting<DitaskSettings>,
  { adapter, weights }: GoldenLayer,
  runner: GraphRunner,
  ledger: Ledger,
): Promise<void> {
  const { curves } = adapter;
  const { s } = weights.spectra.get(SITE)!;
  const streams = [...new Set(curves.map(({ stream }) => stream))];
  const thetas = streams.map((stream) => golden.data(`theta.${stream}`));
  const offsets = new Map(
    streams.map((stream, i) => [stream, thetas.slice(0, i).reduce((n, theta) => n + theta.length, 0)]),
  );
  const plan: WarpPlan = {
    rows: curves.map(({ stream, cells, offset, count }) => ({
      thetaOffset: offsets.get(stream)!,
      cells,
      pointOffset: offset,
      pointCount: count,
    })),
    boundary: "zero",
    reading,
    sigma: Float32Array.from(curves.flatMap(({ part, count }) => [...s.subarray(part * count, (part + 1) * count)])),
    thetaLength: thetas.reduce((n, theta) => n + theta.length, 0),
  };
  const b = new Builder();
  b.output("sigma", spectrumWarp(b, b.input("theta", [plan.thetaLength]), b.input(FLOW_TIME, []), plan));
  const feeds = { theta: thetas.flatMap((theta) => [...theta]), [FLOW_TIME]: [1] };
  const { sigma } = await runOnce(runner, b.build(), `${golden.name} ${prefix}spectra`, feeds);
  for (const { stream, part, offset, count } of curves) {
    const name = `${prefix}S_warped.${stream}.${part}`;
    const values = Array.prototype.slice.call(sigma, offset, offset + count) as number[];
    ledger.toLargest(`${prefix}S_warped`, name, values, golden.data(name), golden.number("tolerances.f32_rel"));
  }
}

async function checkReading(golden: GoldenCase, reading: WarpReading, runner: GraphRunner, ledger: Ledger) {
  const factored = settingOf(golden, reading, "factored");
  const layer = goldenLayer(factored);
  if (reading === "index") checkDecomposition(golden, layer, ledger);
  if (golden.names(`${prefixes[reading]}S_warped.`).length > 0) await checkSpectra(factored, layer, runner, ledger);
  await checkLayer(factored, layer, runner, ledger);
  const merged = settingOf(golden, reading, "merged");
  // A layer in several parts that several streams leave is evaluated factor by factor always.
  if (merged.parts === 1 || merged.tasks.length === 0) await checkLayer(merged, goldenLayer(merged), runner, ledger);
}

export const ditaskKind: CaseKind = {
  prefix: "ditask",
  check: async (golden, runner, ledger) => {
    const readings = (["index", "value"] as const).filter((reading) => golden.has(`${prefixes[reading]}out`));
    if (readings.length === 0) throw new Error(`The tensor "out" is missing from ${golden.entry.file}.`);
    for (const reading of readings) await checkReading(golden, reading, runner, ledger);
  },
};
