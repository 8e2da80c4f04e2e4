/** Losses: value and gradient on the device for every update, weight in the total, and the reference's meters after all updates. */

import type { BuiltInTask as TaskId } from "../../../contracts/tasks";
import { Builder } from "../../../core/graph/builder";
import { gradients } from "../../../core/graph/differentiate";
import { lossValue } from "../../../core/losses/loss";
import type { MapSize, Metric } from "../../../core/metrics/metric";
import { tasks } from "../../../core/tasks/registry";
import type { GoldenCase, GoldenTensor } from "./golden";
import type { CaseKind } from "./kind";
import type { Ledger } from "./ledger";
import { channelsLast } from "./maps";
import { type GraphRunner, runOnce } from "./runner";

/** Our names of the reference's numbers. */
const measures: Readonly<Record<string, string>> = {
  mIoU: "mIoU",
  maxF: "maxF",
  "Beta maxF": "betaMaxF",
  mean: "mean",
  rmse: "rmse",
  mean_v2: "meanV2",
  rmse_v2: "rmseV2",
  log_rmse: "logRmse",
  loss: "loss",
};

/** The list of the classes' IoU; ours are numbers "IoU.<class>". */
const CLASS_IOU = "jaccards_all_categs";

interface Update {
  readonly prediction: GoldenTensor;
  readonly label: GoldenTensor;
}

function taskOf(golden: GoldenCase): TaskId {
  const id = golden.text("sizes.task");
  const known = Object.keys(tasks) as TaskId[];
  const found = known.find((task) => task === id);
  if (!found) throw new Error(`The task of ${golden.name} is "${id}"; known: ${known.join(", ")}.`);
  return found;
}

const updateOf = (golden: GoldenCase, u: number): Update => ({
  prediction: channelsLast(golden.tensor(`pred.${u}`)),
  label: channelsLast(golden.tensor(`label.${u}`)),
});

async function checkUpdate(golden: GoldenCase, id: TaskId, u: number, runner: GraphRunner, ledger: Ledger) {
  const { prediction, label } = updateOf(golden, u);
  const b = new Builder();
  const x = b.input("x", prediction.shape);
  const sum = tasks[id].objective.loss.build(b, x, b.input("labels", label.shape), "reference");
  const loss = lossValue(b, sum);
  b.output("loss", loss);
  b.output("dx", gradients(b, loss, [x])[0]!);
  const feeds = { x: prediction.data, labels: label.data };
  const out = await runOnce(runner, b.build(), `${golden.name} update ${u}`, feeds);
  const value = [golden.numbers("values.loss")[u] ?? Number.NaN];
  ledger.relative("loss", `values.loss[${u}]`, out["loss"]!, value, golden.number("tolerances.loss_rel"));
  const truth = channelsLast(golden.tensor(`grad.${u}`)).data;
  ledger.toLargest("gradient", `grad.${u}`, out["dx"]!, truth, golden.number("tolerances.grad_rel_to_max"));
}

/** The reference squeezes a batch of one image, after which its saliency meter takes the rows for images. */
function sizeAsSeen({ shape }: GoldenTensor, id: TaskId): MapSize {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  return id === "sal" && batch === 1
    ? { batch: height, height: 1, width, channels }
    : { batch, height, width, channels };
}

function feedMeter(meter: Metric, { prediction, label }: Update, id: TaskId): void {
  const size = sizeAsSeen(prediction, id);
  const weight = new Float32Array(size.batch).fill(1);
  meter.update(Float32Array.from(prediction.data), Float32Array.from(label.data), size, weight);
}

/** The first image of an update. */
const firstImage = ({ prediction, label }: Update): Update => {
  const first = ({ shape, data }: GoldenTensor): GoldenTensor => ({
    shape: [1, ...shape.slice(1)],
    data: data.subarray(0, data.length / shape[0]!),
  });
  return { prediction: first(prediction), label: first(label) };
};

function compareMeter(golden: GoldenCase, path: string, meter: Metric, ledger: Ledger): void {
  const result = meter.result();
  const tolerance = golden.number("tolerances.metric_abs");
  for (const [key, truth] of Object.entries(golden.record(path))) {
    const at = `${path.replace(/^values\./, "")}.${key}`;
    if (key === CLASS_IOU) {
      const list = golden.numbers(`${path}.${key}`);
      const ours = list.map((_, k) => result[`IoU.${k}`] ?? Number.NaN);
      ledger.absolute("metric", at, ours, list, tolerance);
      continue;
    }
    const name = measures[key];
    if (!name) ledger.problems.push(`${at} is a number that no meter here gives.`);
    else ledger.absolute("metric", at, [result[name] ?? Number.NaN], [truth as number], tolerance);
  }
}

function checkMeters(golden: GoldenCase, id: TaskId, updates: number, ledger: Ledger): void {
  const key = Object.keys(golden.entry.values).find((name) => name.startsWith("metrics_after"));
  if (!key) return;
  const meter = tasks[id].metric.createReference;
  if (!meter) {
    ledger.problems.push(`${id} has no meter of the reference.`);
    return;
  }
  const all = meter();
  for (let u = 0; u < updates; u++) feedMeter(all, updateOf(golden, u), id);
  const first = meter();
  feedMeter(first, firstImage(updateOf(golden, 0)), id);
  for (const variant of Object.keys(golden.record(`values.${key}`)))
    compareMeter(golden, `values.${key}.${variant}`, variant === "first_image_alone" ? first : all, ledger);
}

export const lossKind: CaseKind = {
  prefix: "loss",
  check: async (golden, runner, ledger) => {
    const id = taskOf(golden);
    const updates = golden.names("pred.").length;
    for (let u = 0; u < updates; u++) await checkUpdate(golden, id, u, runner, ledger);
    const weight = golden.find("values.weight_in_total_loss");
    if (typeof weight === "number")
      ledger.absolute("weight in total", "weight_in_total_loss", [tasks[id].objective.weight], [weight], 0);
    checkMeters(golden, id, updates, ledger);
  },
};
