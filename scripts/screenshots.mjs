// node scripts/screenshots.mjs [--out DIR] [--steps N] [--link "?device=wasm#..."] [--page DIR]: trains in a headless Chromium and takes
// pictures of the page on the way, wide and as a phone, in both themes. --page serves a finished build instead of making one.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ensureChromium, ensurePackages, root } from "./setup.mjs";

ensurePackages();
const { values } = parseArgs({
  options: {
    out: { type: "string", default: "screenshots" },
    steps: { type: "string", default: "60" },
    link: { type: "string", default: "?device=wasm" },
    page: { type: "string" },
  },
});
const out = resolve(values.out);
const views = [
  { name: "wide", width: 1440, height: 900 },
  { name: "phone", width: 390, height: 844 },
];

const { build, preview } = await import("vite");
const { chromium } = await import("playwright-core");
const page = values.page ? resolve(values.page) : mkdtempSync(join(tmpdir(), "studio-page-"));
if (!values.page) await build({ root, logLevel: "warn", build: { outDir: page, emptyOutDir: true } });
const server = await preview({ root, logLevel: "warn", build: { outDir: page }, preview: { port: 0 } });
const address = server.resolvedUrls.local[0];
const browser = await chromium.launch({
  executablePath: ensureChromium().executable,
  args: ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
});
const tab = await browser.newPage({ viewport: views[0], colorScheme: "light" });
tab.on("pageerror", (error) => console.error(`page: ${error.message}`));
tab.on("console", (line) => line.type() === "error" && console.error(`console: ${line.text()}`));

const stepNow = async () =>
  Number(/step (\d+)/.exec((await tab.getByRole("status").first().textContent()) ?? "")?.[1] ?? 0);

async function shoot(moment) {
  for (const { name, width, height } of views) {
    for (const colorScheme of ["light", "dark"]) {
      await tab.setViewportSize({ width, height });
      await tab.emulateMedia({ colorScheme });
      await tab.waitForTimeout(1000);
      await tab.screenshot({ path: join(out, `${moment}-${name}-${colorScheme}.png`) });
      if (name === "phone" && colorScheme === "light")
        await tab.screenshot({ path: join(out, `${moment}-${name}-whole.png`), fullPage: true });
    }
  }
  await tab.setViewportSize(views[0]);
}

try {
  const began = Date.now();
  const said = (what) => console.log(`${((Date.now() - began) / 1000).toFixed(1)} s: ${what}`);
  await tab.goto(new URL(values.link, address).href);
  await tab.locator('[role=status][data-state="ready"]').waitFor({ timeout: 600_000 });
  said("ready");
  await tab.getByRole("button", { name: "Start", exact: true }).click();
  while ((await stepNow()) < Number(values.steps)) {
    await tab.waitForTimeout(500);
    const state = await tab.getByTestId("state").textContent();
    if (state === "Finished" || state === "Failed") break;
  }
  said(`step ${await stepNow()}, ${await tab.getByTestId("state").textContent()}`);
  await shoot("training");
  said("done");
} finally {
  await browser.close();
  await server.close();
}
