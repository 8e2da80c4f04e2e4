/**
 * The backbone with what the method learned merged into its weights, as safetensors under the names of the original release: one file for
 * the shared stream, and one a task where tasks part. A task's file has the task's own weights in the last block of each stage; the stage's
 * other blocks, and what the next stage starts from, are the shared file's. Decoders are in a file of their own.
 */
import { exportWeights } from "../../../core/checkpoint/exportWeights";
import { planNames } from "../../../core/checkpoint/importPlan";
import { type StoredTensor, writeSafetensors } from "../../../core/checkpoint/safetensors";
import type { Shape } from "../../../core/graph/node";
import { mergedModel } from "../../../core/model/frozen";
import { evaluateGraph, inputs, outputs } from "../../../core/model/graphs";
import { originalNaming } from "../../run/prepare/naming";
import type { PreparedRun } from "../../run/prepare/preparedRun";
import { BINARY, type ExportedFile, type Exporter } from "./export";
import { checkSame } from "./firstImage";

const stored = (tensors: ReadonlyMap<string, { readonly shape: Shape; readonly data: Float32Array }>) =>
  new Map([...tensors].map(([name, { shape, data }]): [string, StoredTensor] => [name, { dtype: "F32", shape, data }]));

/** Runs the merged model on the run's own executor. @throws where it does not give the run's outputs. */
async function checkMerged(run: PreparedRun): Promise<number> {
  const { model, weights, executor, batches } = run.parts;
  const merged = mergedModel(model, weights);
  const batch = await batches.evalBatch("val", 0);
  const wanted = await run.predict(batch);
  const plan = await executor.compile(evaluateGraph(merged.model, merged.weights, { batch: batch.size }), "merged");
  try {
    const found = await plan.run({ [inputs.image]: batch.image });
    const byTask = Object.fromEntries(model.tasks.map(({ id }) => [id, found[outputs.logits(id)]!]));
    return checkSame("The merged model", wanted, byTask);
  } finally {
    plan.dispose();
  }
}

function decoderFile({ parts: { weights } }: PreparedRun, metadata: Record<string, string>): ExportedFile {
  const names = weights.names.filter((name) => !name.startsWith("backbone."));
  const tensors = new Map(names.map((name) => [name, { shape: weights.shape(name), data: weights.get(name) }]));
  return { path: "merged/decoders.safetensors", mime: BINARY, bytes: writeSafetensors(stored(tensors), metadata) };
}

export const merged: Exporter = {
  label: "Merged weights",
  help: "Plain backbone weights under their original names, with the method merged in: shared, and one file a task where tasks part. Checked against the run first.",
  files: async ({ run }) => {
    await run.readBack();
    const { model, weights } = run.parts;
    const difference = await checkMerged(run);
    const plan = planNames(model.layout.parameters, originalNaming(model));
    const streams = ["shared", ...(model.method.taskStreams ? model.tasks.map(({ id }) => id) : [])];
    const metadata = (stream: string) => ({ format: "pt", stream, largest_difference: difference.toExponential(2) });
    const files = streams.map(
      (stream): ExportedFile => ({
        path: `merged/${stream}.safetensors`,
        mime: BINARY,
        bytes: writeSafetensors(stored(exportWeights(model, weights, plan, stream)), metadata(stream)),
      }),
    );
    return [...files, decoderFile(run, metadata("decoders"))];
  },
};
