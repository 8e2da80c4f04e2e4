/** The files of scripts/make-torch-fixtures.py and the numbers that PyTorch says they hold. */
import { readFileSync } from "node:fs";
import { openWeights } from "../../src/core/checkpoint/openWeights";
import type { WeightsFile } from "../../src/core/checkpoint/weightsFile";
import { bytesSource } from "../../src/core/io/bytes";

interface Expected {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** The numbers as 32-bit floats, as bits. */
  readonly bits: readonly number[];
}

const folder = new URL("../fixtures/torch/", import.meta.url);

export const torchFixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));

export const torchExpected = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8")) as Readonly<
  Record<"checkpoint" | "tar", Readonly<Record<string, Expected>>>
>;

export const openBytes = (name: string, bytes: Uint8Array): Promise<WeightsFile> =>
  openWeights([bytesSource(name, bytes)]);

/** The numbers of every tensor, as bits of 32-bit floats. */
export async function readBits(file: WeightsFile): Promise<Map<string, { shape: readonly number[]; bits: number[] }>> {
  const read = new Map<string, { shape: readonly number[]; bits: number[] }>();
  for (const [name, tensor] of file.tensors) {
    const numbers = await tensor.read();
    const bits = [...new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length)];
    read.set(name, { shape: tensor.shape, bits });
  }
  return read;
}
