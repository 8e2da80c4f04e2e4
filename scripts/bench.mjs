// npm run bench -- ...: bundles tests/bench with Vite and runs it. Without a hardware adapter it runs on the SwiftShader of a Chromium,
// whose Vulkan loader has to be known before the process starts; so the bench is a process of its own.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { ensurePackages, findChromium, root } from "./setup.mjs";

ensurePackages();

const icd = findChromium()?.icd ?? null;
const withSwiftShader = {
  ...process.env,
  VK_ICD_FILENAMES: icd ?? "",
  LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, icd && dirname(icd)].filter(Boolean).join(":"),
  XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? "/tmp",
};

/** Whether Dawn finds an adapter as the machine is. */
function hasAdapter() {
  const probe =
    'import("webgpu").then(async ({ create }) => process.exit((await create([]).requestAdapter()) ? 0 : 1), () => process.exit(1))';
  return spawnSync(process.execPath, ["-e", probe], { cwd: root, stdio: "ignore", timeout: 60_000 }).status === 0;
}

const { build, createLogger } = await import("vite");
const toStderr = (message) => console.error(message);
const logger = { ...createLogger("warn"), info: () => {}, warn: toStderr, warnOnce: toStderr, error: toStderr };
await build({ root, configFile: join(root, "tests/bench/vite.config.ts"), customLogger: logger, logLevel: "warn" });

const env = icd === null || hasAdapter() ? process.env : withSwiftShader;
const { status } = spawnSync(process.execPath, [join(root, "build/bench/main.js"), ...process.argv.slice(2)], {
  cwd: process.cwd(),
  stdio: "inherit",
  env: { ...env, BENCH_TORCH_SCRIPT: join(root, "tests/bench/block/eagerPytorch.py") },
});
process.exit(status ?? 1);
