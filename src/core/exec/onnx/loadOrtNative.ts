/** Loads ONNX Runtime's native engine, an optional package of the headless commands. */
import type { Ort } from "./executor";

async function importOrt(): Promise<Ort> {
  // Named indirectly, so that no page build follows it.
  const name = "onnxruntime-node";
  const ort: Ort | { default: Ort } = await import(/* @vite-ignore */ name);
  // Node puts the exports of a CommonJS package under `default` where it cannot name them.
  return "InferenceSession" in ort ? ort : ort.default;
}

export const hasOrtNative = (): Promise<boolean> =>
  importOrt().then(
    () => true,
    () => false,
  );

export async function loadOrtNative(): Promise<Ort> {
  try {
    return await importOrt();
  } catch (error) {
    throw new Error(
      `The native engine needs the optional package onnxruntime-node: run npm install onnxruntime-node, or choose --device wasm. (${(error as Error).message})`,
    );
  }
}
