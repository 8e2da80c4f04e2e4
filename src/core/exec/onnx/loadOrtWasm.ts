/**
 * Loads ONNX Runtime's wasm engine (14 MB, only when it is asked for). Threads need SharedArrayBuffer: a page has it when it is
 * cross-origin isolated, Node always.
 */
import { loadPart } from "../../../contracts/loadPart";
import type { Ort } from "./executor";
import { notLoaded } from "./notLoaded";

const ORT = "ONNX Runtime";

const scope = globalThis as { crossOriginIsolated?: boolean; process?: { versions?: { node?: string } } };

/** True in a page and its workers. */
const inBrowser = (): boolean => scope.process?.versions?.node === undefined;

/** The package's build for Node, whose threads start there; named indirectly so that no page build follows it. */
async function importForNode(): Promise<Ort> {
  const name = "onnxruntime-web";
  return import(/* @vite-ignore */ name).catch((error: Error) => {
    throw notLoaded("its script", error.message);
  });
}

/**
 * `threads`: threads of one operation, as many as wanted; one is used where memory cannot be shared. The engine keeps the number of
 * its first session.
 */
export async function loadOrtWasm({ threads = 1 }: { readonly threads?: number } = {}): Promise<Ort> {
  const ort = inBrowser() ? await loadPart(ORT, () => import("onnxruntime-web/wasm")) : await importForNode();
  ort.env.wasm.numThreads = inBrowser() && !scope.crossOriginIsolated ? 1 : threads;
  ort.env.logLevel = "error";
  if (inBrowser()) {
    const [wasm, mjs] = await Promise.all([
      loadPart(ORT, () => import("onnxruntime-web/ort-wasm-simd-threaded.wasm?url")),
      loadPart(ORT, () => import("onnxruntime-web/ort-wasm-simd-threaded.mjs?url")),
    ]);
    ort.env.wasm.wasmPaths = { wasm: wasm.default, mjs: mjs.default };
  }
  return ort;
}
