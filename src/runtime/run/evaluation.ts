/** Metrics over the whole validation set, and the baselines: what a constant prediction would score there. */
import type { TaskId } from "../../contracts/runConfig";
import type { TaskMetrics } from "../../contracts/runEvent";
import type { Batch } from "../../contracts/sample";
import { type MapSize, spreadAnswer } from "../../core/metrics/metric";
import type { ModelTask } from "../../core/model/model";
import type { Batches } from "../../data/batches";
import { nextTask } from "../platform/nextTask";

export type MetricsByTask = Readonly<Partial<Record<TaskId, TaskMetrics>>>;

const mapSize = (batch: Batch, channels: number): MapSize => ({
  batch: batch.size,
  height: batch.imageSize,
  width: batch.imageSize,
  channels,
});

/** `predict` returns the logits [B,S,S,c] of each task for a batch; `onBatch` hears of each in turn. */
export async function evaluateAll(
  batches: Batches,
  modelTasks: readonly ModelTask[],
  predict: (batch: Batch) => Promise<Readonly<Record<string, Float32Array>>>,
  onBatch: (batch: Batch, logits: Readonly<Record<string, Float32Array>>, index: number) => void,
): Promise<MetricsByTask> {
  const meters = modelTasks.map(({ task }) => task.metric.create());
  let index = 0;
  for await (const batch of batches.evalBatches("val")) {
    const logits = await predict(batch);
    modelTasks.forEach(({ id, channels }, i) => {
      meters[i]!.update(logits[id]!, batch.labels[id]!, mapSize(batch, channels), batch.weight);
    });
    onBatch(batch, logits, index++);
    await nextTask();
  }
  return Object.fromEntries(modelTasks.map(({ id }, i) => [id, meters[i]!.result()]));
}

/** The majority class, the mean depth or direction, ...: learnt from the validation labels themselves, so it is the best constant. */
export async function constantScores(batches: Batches, modelTasks: readonly ModelTask[]): Promise<MetricsByTask> {
  const baselines = modelTasks.map(({ task }) => task.metric.createBaseline());
  for await (const batch of batches.evalBatches("val"))
    modelTasks.forEach(({ id, channels }, i) => {
      baselines[i]!.observe(batch.labels[id]!, mapSize(batch, channels), batch.weight);
    });
  const answers = modelTasks.map(({ channels }, i) => baselines[i]!.answer(channels));
  const meters = modelTasks.map(({ task }) => task.metric.create());
  for await (const batch of batches.evalBatches("val"))
    modelTasks.forEach(({ id, channels }, i) => {
      const size = mapSize(batch, channels);
      meters[i]!.update(spreadAnswer(answers[i]!, size), batch.labels[id]!, size, batch.weight);
    });
  return Object.fromEntries(modelTasks.map(({ id }, i) => [id, meters[i]!.result()]));
}
