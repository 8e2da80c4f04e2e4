// node scripts/cli.mjs NAME ...: bundles the command lines with Vite (so that TypeScript and WGSL load as in the page) and runs one.
// What Vite has to say goes to stderr: stdout belongs to the command. Each state of the sources has a bundle of its own, made aside and
// moved into place, so that several commands may start at once and an edit does not pull the files from under one that runs.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensurePackages, root, vulkanEnvironment } from "./setup.mjs";

const [name] = process.argv.splice(2, 1);
ensurePackages();

/** Path, size and time of change of every file below. */
const stamps = (path) => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return [`${path} ${stat.size} ${stat.mtimeMs}`];
  return readdirSync(path)
    .sort()
    .flatMap((entry) => stamps(join(path, entry)));
};
const sources = ["src", "shaders", "vite.cli.config.ts", "package.json"].map((path) => join(root, path));
const key = createHash("sha256").update(sources.flatMap(stamps).join("\n")).digest("hex").slice(0, 16);
const bundles = join(root, "build/cli");
const bundle = join(bundles, key);

if (!existsSync(bundle)) {
  const { build, createLogger } = await import("vite");
  const toStderr = (message) => console.error(message);
  const logger = { ...createLogger("warn"), info: () => {}, warn: toStderr, warnOnce: toStderr, error: toStderr };
  mkdirSync(bundles, { recursive: true });
  removeOld();
  const aside = mkdtempSync(join(bundles, "making-"));
  const configFile = join(root, "vite.cli.config.ts");
  await build({
    root,
    configFile,
    customLogger: logger,
    logLevel: "warn",
    build: { outDir: aside, emptyOutDir: true },
  });
  try {
    renameSync(aside, bundle);
  } catch {
    // Another command was faster.
    rmSync(aside, { recursive: true, force: true });
  }
}
const program = join(bundle, `${name}.js`);
const asksForWebGpu = process.argv.some(
  (text, i) => text === "--device=webgpu" || (text === "webgpu" && process.argv[i - 1] === "--device"),
);
const env = asksForWebGpu ? vulkanEnvironment() : process.env;
if (env === process.env) await import(pathToFileURL(program).href);
// A Vulkan driver is found when a process starts.
else
  process.exit(spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: "inherit", env }).status ?? 1);

/** Bundles of a day ago and before; younger ones may be running. */
function removeOld() {
  const limit = Date.now() - 24 * 3600 * 1000;
  for (const entry of readdirSync(bundles)) {
    const path = join(bundles, entry);
    if (statSync(path).mtimeMs < limit) rmSync(path, { recursive: true, force: true });
  }
}
