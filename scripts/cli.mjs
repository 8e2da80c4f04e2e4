// node scripts/cli.mjs NAME ...: bundles the command lines with Vite (so that TypeScript and WGSL load as in the page) and runs one.
// What Vite has to say goes to stderr: stdout belongs to the command.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensurePackages, root } from "./setup.mjs";

const [name] = process.argv.splice(2, 1);
ensurePackages();

const newest = (path) =>
  statSync(path).isDirectory()
    ? Math.max(0, ...readdirSync(path).map((entry) => newest(join(path, entry))))
    : statSync(path).mtimeMs;
const bundle = join(root, "build/cli", `${name}.js`);
const sources = ["src", "shaders", "vite.cli.config.ts", "package.json"].map((path) => join(root, path));
if (!existsSync(bundle) || statSync(bundle).mtimeMs < Math.max(...sources.map(newest))) {
  const { build, createLogger } = await import("vite");
  const toStderr = (message) => console.error(message);
  const logger = { ...createLogger("warn"), info: () => {}, warn: toStderr, warnOnce: toStderr, error: toStderr };
  await build({ root, configFile: join(root, "vite.cli.config.ts"), customLogger: logger, logLevel: "warn" });
}
await import(pathToFileURL(bundle).href);
