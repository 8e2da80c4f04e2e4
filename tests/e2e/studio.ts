/** The built page, served as `npm start` serves it, in a headless Chromium. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { preview } from "vite";
import { findChromium, root } from "../../scripts/setup.mjs";
import { Visit } from "./visit";

export interface Studio {
  /** Where the page is served. */
  readonly address: string;
  /** The folder of the built page. */
  readonly folder: string;
  /** Opens the page in a browser profile of its own; `link` is what follows the address. */
  visit(link: string): Promise<Visit>;
  close(): Promise<void>;
}

/** A process of its own: Vite takes the tests' NODE_ENV for a development build. */
function buildPage(folder: string): void {
  const vite = join(root, "node_modules/vite/bin/vite.js");
  const { status, stderr } = spawnSync(
    process.execPath,
    [vite, "build", "--outDir", folder, "--emptyOutDir", "--logLevel", "error"],
    { cwd: root, encoding: "utf8", env: { ...process.env, NODE_ENV: "production" } },
  );
  if (status !== 0) throw new Error(`The page could not be built:\n${stderr}`);
}

/** WebGPU on SwiftShader, so that every machine has the same one. The sandbox needs rights that a container's root does not give. */
function openBrowser(): Promise<Browser> {
  const executablePath = findChromium()?.executable;
  if (!executablePath) throw new Error("No Chromium was found. Run npm test, which installs one, or set CHROME_PATH.");
  return chromium.launch({
    executablePath,
    args: [
      ...["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
      // The page's own measure of its memory comes at once, not at the next collection of garbage.
      "--enable-blink-features=ForceEagerMeasureMemory",
    ],
  });
}

export async function openStudio(): Promise<Studio> {
  const folder = mkdtempSync(join(tmpdir(), "studio-page-"));
  buildPage(folder);
  const server = await preview({ root, logLevel: "error", build: { outDir: folder }, preview: { port: 0 } });
  const browser = await openBrowser();
  const address = server.resolvedUrls!.local[0]!;
  return {
    address,
    folder,
    async visit(link) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
      return Visit.open(await context.newPage(), address, link);
    },
    async close() {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A file of the built page by the path of its address. */
export const servedBytes = (studio: Studio, path: string): Buffer =>
  readFileSync(join(studio.folder, path.endsWith("/") ? `${path}index.html` : path));

/** The scripts among the requests, with what they hold. */
export const scriptsOf = (studio: Studio, requests: readonly string[]): { path: string; text: string }[] =>
  [...new Set(requests.filter((url) => url.startsWith(studio.address)).map((url) => new URL(url).pathname))]
    .filter((path) => /\.m?js$/.test(path))
    .map((path) => ({ path, text: servedBytes(studio, path).toString("utf8") }));
