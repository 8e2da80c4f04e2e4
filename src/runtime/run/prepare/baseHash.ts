/** Which pretrained backbone an adapter belongs to, by content: the same for every method, task and seed on it. */
import { exportWeights } from "../../../core/checkpoint/exportWeights";
import { planNames } from "../../../core/checkpoint/importPlan";
import { joined } from "../../../core/io/bytes";
import { sha256 } from "../../../core/math/hash";
import { encodeUtf8 } from "../../../core/math/text";
import type { Model } from "../../../core/model/model";
import { Weights } from "../../../core/nn/weights";
import { originalNaming } from "./naming";
import type { PreparedRun } from "./preparedRun";

/** SHA-256 over each name and its float32 numbers in the original release's layout, in the order of the names. */
export function hashOfBackbone(model: Model, weights: Weights): string {
  const tensors = [...exportWeights(model, weights, planNames(model.layout.parameters, originalNaming(model)))];
  const ordered = tensors.sort(([a], [b]) => (a < b ? -1 : 1));
  const chunks = ordered.flatMap(([name, { data }]) => [
    encodeUtf8(name),
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
  return sha256(joined(chunks));
}

/** The hash of the backbone that a run started from, whatever it has trained since. */
export function pretrainedHash(run: PreparedRun): string {
  const { model } = run.parts;
  const before = new Weights(model.layout);
  for (const { name } of model.layout.parameters) before.set(name, run.startingWeight(name));
  return hashOfBackbone(model, before);
}
