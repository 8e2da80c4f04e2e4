import { readdirSync } from "node:fs";
import { defineConfig } from "vite";

/** Every file of src/cli is a command; workers of the headless runtime are entries too. */
const commands = readdirSync(new URL("./src/cli", import.meta.url)).filter((name) => name.endsWith(".ts"));
const entries = Object.fromEntries(commands.map((name) => [name.replace(/\.ts$/, ""), `src/cli/${name}`]));

export default defineConfig({
  publicDir: false,
  ssr: { noExternal: [/@tensorflow/], external: ["webgpu", "onnxruntime-node"] },
  build: {
    ssr: true,
    outDir: "build/cli",
    target: "node20",
    minify: false,
    rollupOptions: { input: entries, output: { format: "es" } },
  },
});
