/** The golden cases of losses and metrics, channels last. */
import { readFileSync } from "node:fs";
import type { BuiltInTask } from "../../src/contracts/taskIds";
import { readSafetensors } from "../../src/core/checkpoint/safetensors";

export const TASK_GOLDEN = [
  { name: "loss_semseg", task: "semseg" },
  { name: "loss_semseg_nyud", task: "semseg" },
  { name: "loss_human_parts", task: "human_parts" },
  { name: "loss_sal", task: "sal" },
  { name: "loss_sal_255", task: "sal" },
  { name: "loss_normals", task: "normals" },
  { name: "loss_edge", task: "edge" },
  { name: "loss_depth", task: "depth" },
] as const satisfies readonly { readonly name: string; readonly task: BuiltInTask }[];

/** Data [B,H,W,C], channels last. */
export interface GoldenMap {
  readonly size: { readonly batch: number; readonly height: number; readonly width: number; readonly channels: number };
  readonly data: Float64Array;
}

export interface TaskGolden {
  readonly updates: readonly { readonly prediction: GoldenMap; readonly label: GoldenMap; readonly grad: GoldenMap }[];
  readonly loss: readonly number[];
  readonly weight: number;
  /** The reference's meters after both updates, and after the first image alone. */
  readonly metrics: Readonly<Record<string, number | readonly number[]>>;
  readonly metricsOfFirstImage: Readonly<Record<string, number | readonly number[]>>;
  readonly tolerances: { readonly loss_rel: number; readonly grad_rel_to_max: number; readonly metric_abs: number };
}

interface IndexEntry {
  readonly name: string;
  readonly tolerances: TaskGolden["tolerances"];
  readonly values: {
    readonly loss: readonly number[];
    readonly weight_in_total_loss: number;
    readonly metrics_after_two_updates: Record<string, TaskGolden["metrics"]>;
  };
}

const index = JSON.parse(readFileSync(new URL("../golden/index.json", import.meta.url), "utf8")) as {
  readonly cases: readonly IndexEntry[];
};

export function readTaskGolden(name: string): TaskGolden {
  const { tensors } = readSafetensors(
    new Uint8Array(readFileSync(new URL(`../golden/${name}.safetensors`, import.meta.url))),
  );
  const map = (key: string): GoldenMap => {
    const { shape, data } = tensors.get(key)!;
    return channelsLast(shape as [number, number, number, number], data as ArrayLike<number>);
  };
  const entry = index.cases.find((e) => e.name === name)!;
  const meters = entry.values.metrics_after_two_updates;
  return {
    updates: [0, 1].map((u) => ({ prediction: map(`pred.${u}`), label: map(`label.${u}`), grad: map(`grad.${u}`) })),
    loss: entry.values.loss,
    weight: entry.values.weight_in_total_loss,
    metrics: meters["float64_inputs"]!,
    metricsOfFirstImage: meters["first_image_alone"]!,
    tolerances: entry.tolerances,
  };
}

/** [B,C,H,W] → [B,H,W,C]. */
function channelsLast(
  [batch, channels, height, width]: readonly [number, number, number, number],
  source: ArrayLike<number>,
): GoldenMap {
  const data = new Float64Array(source.length);
  const plane = height * width;
  for (let i = 0; i < data.length; i++) {
    const sample = Math.floor(i / (channels * plane));
    const channel = Math.floor(i / plane) % channels;
    data[(sample * plane + (i % plane)) * channels + channel] = source[i]!;
  }
  return { size: { batch, height, width, channels }, data };
}
