import { readFileSync } from "node:fs";

export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Reads all float tensors of tests/golden/NAME.safetensors as float64. */
export function readGolden(name: string): Record<string, GoldenTensor> {
  const bytes = readFileSync(new URL(`../golden/${name}.safetensors`, import.meta.url));
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + headerLength)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors: Record<string, GoldenTensor> = {};
  for (const [key, entry] of Object.entries(header)) {
    if (entry.dtype !== "F64" && entry.dtype !== "F32") {
      continue;
    }
    const [from, to] = entry.data_offsets;
    const raw = Uint8Array.from(bytes.subarray(8 + headerLength + from, 8 + headerLength + to)).buffer;
    const data = entry.dtype === "F64" ? new Float64Array(raw) : Float64Array.from(new Float32Array(raw));
    tensors[key] = { shape: entry.shape, data };
  }
  return tensors;
}

export const CPAB_CASES = [
  ...[2, 4, 5, 16, 32, 64].flatMap((cells) => [
    { name: `cpab_nc${cells}_zb`, cells, boundary: "zero" as const },
    { name: `cpab_nc${cells}_free`, cells, boundary: "free" as const },
  ]),
  { name: "cpab_nc128_zb", cells: 128, boundary: "zero" as const },
];
