import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Cross-origin isolation gives the wasm engine its threads and the page fine timers. */
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  base: "./",
  plugins: [react()],
  server: { headers },
  preview: { headers },
  worker: { format: "es" },
  build: { target: "es2022", chunkSizeWarningLimit: 1600 },
});
