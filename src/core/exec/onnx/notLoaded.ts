/** An engine of ONNX Runtime that could not be loaded, in words. */
import { DeviceError } from "../executor";

export const notLoaded = (file: string, cause: string): DeviceError =>
  new DeviceError(
    `ONNX Runtime's WebAssembly engine could not be loaded from ${file}: ${cause} Reload the page with a working connection, or in Node run npm install again; where it fails again, choose another device.`,
  );

/**
 * What ONNX Runtime's "no available backend found" means: its WebAssembly was not loaded or did not start. Undefined for any other message.
 * `paths`: where it was told to look. The engine does not try again within one page or process.
 */
export function wasmLoadFailure(message: string, paths: unknown): DeviceError | undefined {
  const cause = /no available backend found\. ERR: (?:\[wasm\] )?(.*)$/s.exec(message)?.[1];
  if (cause === undefined) return undefined;
  const file = (paths as { readonly wasm?: string } | undefined)?.wasm ?? "ort-wasm-simd-threaded.wasm";
  return notLoaded(file, cause.replace(" Build with -sASSERTIONS for more info.", ""));
}
