// What the two commands of the README need before they can do their work: the packages, and for the tests a Chromium.
// Plain Node, because it runs before anything is installed.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

const fail = (message) => {
  console.error(`\n${message}\n`);
  process.exit(1);
};

/** Node 20.19 is what Vite asks for. */
export function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(
      `DiTASK Studio needs Node 20.19 or newer; this is ${process.version}. Install it from https://nodejs.org and run the command again.`,
    );
  }
}

/** Installs the packages of package-lock.json, unless they are there already. */
export function ensurePackages() {
  checkNode();
  const lock = join(root, "package-lock.json");
  const mark = join(root, "node_modules/.package-lock.json");
  if (existsSync(mark) && statSync(mark).mtimeMs >= statSync(lock).mtimeMs) return;
  if (existsSync(mark) && sameVersions(lock, mark)) return;
  console.error("Installing packages (once, a minute or two)...");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  // Not `npm ci`: it refuses a lock file that lacks the packages of other platforms, which a registry may not offer.
  const done = spawnSync(npm, ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (done.status !== 0)
    fail(
      "npm install did not finish. The lines above say why; most often the network is away. Then run the command again.",
    );
}

function sameVersions(lock, mark) {
  const wanted = JSON.parse(readFileSync(lock, "utf8")).packages;
  const installed = JSON.parse(readFileSync(mark, "utf8")).packages;
  return Object.entries(wanted).every(
    ([name, entry]) => name === "" || entry.optional || entry.devOptional || entry.version === installed[name]?.version,
  );
}

const candidates = () => {
  const fixed = [
    process.env.CHROME_PATH,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
  ];
  return [...fixed, ...playwrightBrowsers()].filter((path) => path && existsSync(path));
};

function playwrightBrowsers() {
  const folders = [
    process.env.PLAYWRIGHT_BROWSERS_PATH,
    join(homedir(), ".cache/ms-playwright"),
    join(homedir(), "Library/Caches/ms-playwright"),
    join(homedir(), "AppData/Local/ms-playwright"),
  ];
  const inside = [
    "chrome-linux/chrome",
    "chrome-linux64/chrome",
    "chrome-mac/Chromium.app/Contents/MacOS/Chromium",
    "chrome-win/chrome.exe",
  ];
  return folders
    .filter((folder) => folder && existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.startsWith("chromium-"))
        .sort()
        .reverse()
        .map((name) => join(folder, name)),
    )
    .flatMap((folder) => inside.map((path) => join(folder, path)));
}

/** The Chromium that the tests drive, and the Vulkan driver file (SwiftShader) that comes with it, or null. */
export function findChromium() {
  const executable = candidates()[0];
  if (!executable) return null;
  const folders = [dirname(realpathSync(executable)), "/usr/lib/chromium", dirname(executable)];
  const icd = folders.map((folder) => join(folder, "vk_swiftshader_icd.json")).find((path) => existsSync(path)) ?? null;
  return { executable, icd };
}

/** Whether Dawn finds an adapter as the machine is. */
function hasAdapter() {
  const probe =
    'import("webgpu").then(async ({ create }) => process.exit((await create([]).requestAdapter()) ? 0 : 1), () => process.exit(1))';
  return spawnSync(process.execPath, ["-e", probe], { cwd: root, stdio: "ignore", timeout: 60_000 }).status === 0;
}

/**
 * The environment in which a process finds WebGPU: this one, or where it has no hardware adapter one with the SwiftShader of a Chromium,
 * whose Vulkan loader has to be known before the process starts.
 */
export function vulkanEnvironment() {
  const icd = findChromium()?.icd ?? null;
  if (icd === null || hasAdapter()) return process.env;
  return {
    ...process.env,
    VK_ICD_FILENAMES: icd,
    LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, dirname(icd)].filter(Boolean).join(":"),
    XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? "/tmp",
  };
}

/** Finds a Chromium; if there is none, installs one: Debian's package for root on Debian, Playwright's own elsewhere. */
export function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  console.error("No Chromium found (CHROME_PATH, the system's, Playwright's): installing one for the tests...");
  const isDebianRoot = existsSync("/etc/debian_version") && process.getuid?.() === 0;
  try {
    if (isDebianRoot) {
      execFileSync("apt-get", ["update", "-qq"], { stdio: ["ignore", 2, 2] });
      execFileSync("apt-get", ["install", "-y", "-qq", "chromium"], {
        stdio: ["ignore", 2, 2],
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      });
    } else {
      execFileSync(process.execPath, [join(root, "node_modules/playwright-core/cli.js"), "install", "chromium"], {
        stdio: ["ignore", 2, 2],
      });
    }
  } catch (error) {
    fail(
      `No Chromium could be installed (${error.message}). Install Chrome or Chromium and set CHROME_PATH to its program, then run the command again.`,
    );
  }
  return (
    findChromium() ?? fail("A Chromium was installed but is not where it is expected. Set CHROME_PATH to its program.")
  );
}
