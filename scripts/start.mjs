// npm start: installs what is missing, builds the page, serves it with the headers that wasm threads need, and opens it.
import { spawn } from "node:child_process";
import { ensurePackages, root } from "./setup.mjs";

ensurePackages();
const { build, preview } = await import("vite");
const args = process.argv.slice(2);
const port = Number(args[args.indexOf("--port") + 1]) || 4173;

console.error("Building the page...");
await build({ root, logLevel: "warn" });
const server = await preview({ root, preview: { port, strictPort: false } });
const url = server.resolvedUrls?.local[0] ?? `http://localhost:${port}/`;
console.log(`\n  DiTASK Studio is open at ${url}\n  Nothing you load there leaves this machine. Ctrl-C stops it.\n`);
if (!args.includes("--no-open") && !process.env.CI && hasScreen()) openBrowser(url);

function hasScreen() {
  return process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

function openBrowser(address) {
  const [command, ...rest] =
    process.platform === "darwin"
      ? ["open", address]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", address]
        : ["xdg-open", address];
  spawn(command, rest, { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}
