import { readdirSync } from "node:fs";
import { defineConfig } from "vite";

const names = (folder: string, pattern: RegExp): string[] =>
  readdirSync(new URL(folder, import.meta.url)).filter((name) => pattern.test(name));

/** Every file of src/cli is a command; the workers of the headless runtime are entries beside them. */
const entries = Object.fromEntries([
  ...names("./src/cli", /\.ts$/).map((name) => [name.replace(/\.ts$/, ""), `src/cli/${name}`]),
  ...["samples", "svd", "scenes"].flatMap((folder) =>
    names(`./src/runtime/workers/${folder}`, /NodeWorker\.ts$/).map((name) => [
      name.replace(/\.ts$/, ""),
      `src/runtime/workers/${folder}/${name}`,
    ]),
  ),
]);

export default defineConfig({
  publicDir: false,
  ssr: { noExternal: [/@tensorflow/], external: ["webgpu", "onnxruntime-node", "onnxruntime-web"] },
  build: {
    ssr: true,
    outDir: "build/cli",
    target: "node20",
    minify: false,
    rollupOptions: {
      input: entries,
      // All in one folder: a worker is found beside whatever file starts it.
      output: { format: "es", entryFileNames: "[name].js", chunkFileNames: "chunk-[name]-[hash].js" },
    },
  },
});
