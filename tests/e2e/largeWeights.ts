/** A checkpoint with the names and sizes of a released Swin-T, of random numbers: what a person downloads, without the download. */
import { writeFileSync } from "node:fs";
import { planNames } from "../../src/core/checkpoint/importPlan";
import { type StoredTensor, writeSafetensors } from "../../src/core/checkpoint/safetensors";
import { sizeOf } from "../../src/core/graph/node";
import { buildModel } from "../../src/core/model/model";

/** Writes 110 MB as safetensors. Returns the bytes. */
export function writeSwinT(path: string): number {
  const { layout } = buildModel({ backbone: "swin-t", method: { id: "full" }, tasks: [{ id: "sal" }] });
  const tensors = new Map<string, StoredTensor>();
  let state = 1;
  // A plain congruential generator: random enough for weights, and quick.
  const draw = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (0.05 * state) / 2 ** 31;
  };
  for (const { keys, fileShapes } of planNames(layout.parameters, "swin").tensors)
    for (const [i, key] of keys.entries()) {
      const shape = fileShapes[i]!;
      tensors.set(key, { dtype: "F32", shape, data: Float32Array.from({ length: sizeOf(shape) }, draw) });
    }
  const bytes = writeSafetensors(tensors);
  writeFileSync(path, bytes);
  return bytes.length;
}
