/** The micro checkpoints of tests/fixtures, as a file's reader lists them. */
import { readFileSync } from "node:fs";
import type { BackboneDef } from "../../src/core/backbones/backbone";
import { readSafetensors } from "../../src/core/checkpoint/safetensors";
import type { Shape } from "../../src/core/graph/node";
import { buildModel, type Model, type ModelSpec } from "../../src/core/model/model";

export interface Held {
  readonly shape: Shape;
  readonly dtype?: string;
  readonly data: Float32Array;
  read(): Promise<Float32Array>;
}

export const held = (shape: Shape, data: Float32Array): Held => ({ shape, data, read: async () => data.slice() });

export function fixture(name: string): Map<string, Held> {
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(`tests/fixtures/checkpoints/${name}.safetensors`)));
  return new Map(
    [...tensors].map(([key, { shape, data }]) => [
      key,
      held(shape, Float32Array.from(data as ArrayLike<number>, Number)),
    ]),
  );
}

/** A model on a backbone of a file, with nothing added to it. */
export const plainModel = (backbone: BackboneDef<object>, changes: Partial<ModelSpec> = {}): Model =>
  buildModel({ backbone, method: { id: "full" }, tasks: [{ id: "depth" }], ...changes });
