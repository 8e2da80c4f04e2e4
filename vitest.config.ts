import { dirname } from "node:path";
import { defineConfig } from "vitest/config";
import { findChromium } from "./scripts/setup.mjs";

/** WebGPU without a GPU: Dawn on the SwiftShader that comes with Chromium, unless the caller names another Vulkan driver. */
const icd = process.env["VK_ICD_FILENAMES"] ?? findChromium()?.icd ?? "";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    server: { deps: { inline: [/@tensorflow/] } },
    env: {
      VK_ICD_FILENAMES: icd,
      // Chromium brings a Vulkan loader beside its driver file; many machines have no other.
      LD_LIBRARY_PATH: [process.env["LD_LIBRARY_PATH"], icd && dirname(icd)].filter(Boolean).join(":"),
      XDG_RUNTIME_DIR: process.env["XDG_RUNTIME_DIR"] ?? "/tmp",
    },
  },
});
