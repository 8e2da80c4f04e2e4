// npm run naga-check: the shaders compile in a second WebGPU implementation too. Plans the presets, Swin-T and every case of the op registry,
// and makes each distinct compute pipeline in Deno, whose WebGPU is wgpu with the WGSL compiler naga. Needs Deno on the PATH or named by
// DENO (npm i deno brings one), and a Vulkan driver, software or not; VK_ICD_FILENAMES chooses between several.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensurePackages, root } from "./setup.mjs";

const deno = process.env.DENO || "deno";
if (spawnSync(deno, ["--version"], { stdio: "ignore" }).status !== 0) {
  console.error(
    `"${deno} --version" does not run. Install Deno (for example: npm install --prefix DIR deno) and name it:\n` +
      "  DENO=DIR/node_modules/.bin/deno npm run naga-check",
  );
  process.exit(2);
}
ensurePackages();
const { runnerImport } = await import("vite");
const { module } = await runnerImport("./scripts/plannedShaders.ts", { root, configFile: false });
const folder = mkdtempSync(join(tmpdir(), "ditask-naga-"));
try {
  const file = join(folder, "pipelines.json");
  writeFileSync(file, JSON.stringify(module.plannedPipelines()));
  const script = join(root, "scripts/nagaCompile.mjs");
  const flags = ["run", "--no-config", "--no-lock", "--allow-read", "--allow-env", "--unstable-webgpu"];
  const { status } = spawnSync(deno, [...flags, script, file], {
    stdio: "inherit",
    env: { XDG_RUNTIME_DIR: tmpdir(), ...process.env },
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
