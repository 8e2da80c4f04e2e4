// npm run bench -- ...: bundles tests/bench with Vite and runs it, in a process of its own, which finds WebGPU (see vulkanEnvironment).
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensurePackages, root, vulkanEnvironment } from "./setup.mjs";

ensurePackages();

const { build, createLogger } = await import("vite");
const toStderr = (message) => console.error(message);
const logger = { ...createLogger("warn"), info: () => {}, warn: toStderr, warnOnce: toStderr, error: toStderr };
await build({ root, configFile: join(root, "tests/bench/vite.config.ts"), customLogger: logger, logLevel: "warn" });

const { status } = spawnSync(process.execPath, [join(root, "build/bench/main.js"), ...process.argv.slice(2)], {
  cwd: process.cwd(),
  stdio: "inherit",
  env: { ...vulkanEnvironment(), BENCH_TORCH_SCRIPT: join(root, "tests/bench/block/eagerPytorch.py") },
});
process.exit(status ?? 1);
