/** The page on scripted events in a headless Chromium: for what is drawn and pressed, without an engine. */
import { type Browser, chromium, type Page } from "playwright-core";
import { createServer, type ViteDevServer } from "vite";
import { findChromium, root } from "../../scripts/setup.mjs";
import { PATIENCE_MS } from "./visit";

export interface Scripted {
  /** Opens the page; `link` is what follows its address. Errors of the page fail the test at `close`. */
  visit(link: string): Promise<Page>;
  close(): Promise<void>;
}

export async function openScripted(): Promise<Scripted> {
  const executablePath = findChromium()?.executable;
  if (!executablePath) throw new Error("No Chromium was found. Run npm test, which installs one, or set CHROME_PATH.");
  const server: ViteDevServer = await createServer({ root, logLevel: "error", server: { port: 0, host: "127.0.0.1" } });
  await server.listen();
  const browser: Browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const troubles: string[] = [];
  return {
    async visit(link) {
      const context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        permissions: ["clipboard-read", "clipboard-write"],
      });
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      page.on("pageerror", (error) => troubles.push(error.stack ?? error.message));
      await page.goto(new URL(`tests/e2e/page.html${link}`, server.resolvedUrls!.local[0]).href);
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
      if (troubles.length > 0) throw new Error(`The page had errors:\n${troubles.join("\n")}`);
    },
  };
}
