/** Which pretrained backbone an adapter belongs to, by content: the same for every method, task and seed on it. */
import { exportWeights } from "../../core/checkpoint/exportWeights";
import { planNames } from "../../core/checkpoint/importPlan";
import { sha256 } from "../../core/math/hash";
import { encodeUtf8 } from "../../core/math/text";
import { Weights } from "../../core/nn/weights";
import type { PreparedRun } from "../prepare/preparedRun";
import { originalNaming } from "./naming";

/** SHA-256 over each name and its float32 numbers in the original release's layout, in the order of the names, before the first step. */
export function pretrainedHash(run: PreparedRun): string {
  const { model } = run.parts;
  const before = new Weights(model.layout);
  for (const { name } of model.layout.parameters) before.set(name, run.startingWeight(name));
  const tensors = [...exportWeights(model, before, planNames(model.layout.parameters, originalNaming(model)))];
  const ordered = tensors.sort(([a], [b]) => (a < b ? -1 : 1));
  const chunks = ordered.flatMap(([name, { data }]) => [
    encodeUtf8(name),
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
  const whole = new Uint8Array(chunks.reduce((n, chunk) => n + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return sha256(whole);
}
