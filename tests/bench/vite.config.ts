/** Bundles the bench for Node. Peers stay packages, loaded as their users load them; our engines are bundled as in the commands. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  publicDir: false,
  ssr: {
    noExternal: [/@tensorflow\/tfjs-(core|backend-cpu|backend-webgl)/],
    external: [
      "webgpu",
      "onnxruntime-node",
      "onnxruntime-web",
      "@jax-js/jax",
      "@tensorflow/tfjs",
      "@tensorflow/tfjs-backend-webgpu",
      "@tensorflow/tfjs-backend-wasm",
    ],
  },
  build: {
    ssr: true,
    outDir: here("../../build/bench"),
    target: "node20",
    minify: false,
    rollupOptions: {
      input: {
        main: here("main.ts"),
        worker: here("worker.ts"),
        sampleNodeWorker: here("../../src/runtime/session/node/sampleNodeWorker.ts"),
      },
      output: { format: "es", entryFileNames: "[name].js", chunkFileNames: "chunk-[name]-[hash].js" },
    },
  },
});
