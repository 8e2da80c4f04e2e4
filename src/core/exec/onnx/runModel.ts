/** Runs an ONNX file once, as another program would: to check what is handed out. */
import type { Ort } from "./executor";
import { hasOrtNative, loadOrtNative } from "./loadOrtNative";
import { loadOrtWasm } from "./loadOrtWasm";

export interface OnnxInput {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** `isNode`: takes the native engine where it is installed. */
export async function runOnnxModel(
  bytes: Uint8Array,
  feeds: Readonly<Record<string, OnnxInput>>,
  isNode: boolean,
): Promise<Readonly<Record<string, Float32Array>>> {
  const native = isNode && (await hasOrtNative());
  const ort: Ort = native ? await loadOrtNative() : await loadOrtWasm();
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: [native ? "cpu" : "wasm"],
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  });
  try {
    const tensors = Object.entries(feeds).map(
      ([name, { shape, data }]) => [name, new ort.Tensor("float32", data, shape)] as const,
    );
    const found = await session.run(Object.fromEntries(tensors));
    return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, data as Float32Array]));
  } finally {
    await session.release();
  }
}
