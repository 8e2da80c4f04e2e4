/** The page on what the real session told (tests/events): what a person presses, and what is then to be read. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { dropFolder } from "./photographs";
import { openScripted, type Scripted } from "./scripted";
import { PATIENCE_MS } from "./visit";

vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });

let scripted: Scripted;
const folder = mkdtempSync(join(tmpdir(), "studio-replay-"));
beforeAll(async () => {
  scripted = await openScripted();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await scripted?.close();
});

const SETUP = "preset=micro&device=wasm&training.steps=12&training.evaluateEvery=6&data.train=8&data.val=2";
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });
const hasState = (page: Page, state: string) => page.locator(`[role=status][data-state="${state}"]`).waitFor();
const panel = (page: Page, name: string) => page.getByRole("region", { name });

async function pausedAtThree(): Promise<Page> {
  const page = await scripted.visit(`?replay=train&stepMs=20#${SETUP}`);
  await hasState(page, "ready");
  await button(page, "Start").click();
  await page.getByRole("status").filter({ hasText: "step 3 of 12" }).waitFor();
  await button(page, "Pause").click();
  await hasState(page, "paused");
  return page;
}

describe("a run that was recorded", () => {
  let page: Page;
  beforeAll(async () => {
    page = await pausedAtThree();
  });
  afterAll(() => page.context().close());

  /** N of "step N" that a panel says of itself. */
  const stepOf = async (name: string): Promise<number> =>
    Number(/step (\d+)/.exec((await panel(page, name).locator("header").textContent()) ?? "")?.[1]);
  /** Charts are drawn when there is time for it. */
  const allShow = (step: number): Promise<void> =>
    vi.waitFor(async () => expect([await stepOf("Predictions"), await stepOf("Warps")]).toEqual([step, step]), {
      timeout: PATIENCE_MS,
    });
  const runStep = async (): Promise<number> =>
    Number(/step (\d+)/.exec((await page.getByRole("status").first().textContent()) ?? "")?.[1]);

  it("paused, shows pictures and warps of the step where it rests; what is older says so and is dimmed", async () => {
    const step = await runStep();
    expect(step).toBeGreaterThan(0);
    await allShow(step);
    const metrics = panel(page, "Metrics");
    await metrics.getByText("still of step 0").waitFor();
    expect(await metrics.getAttribute("data-stale")).toBe("true");
    expect(await panel(page, "Predictions").getAttribute("data-stale")).toBe("false");
  });

  it("goes one step, and measures when it is asked to: then all panels show that step", async () => {
    const step = await runStep();
    await button(page, "Step").click();
    await page
      .getByRole("status")
      .filter({ hasText: `step ${step + 1} of 12` })
      .waitFor();
    await button(page, "Evaluate now").click();
    await vi.waitFor(async () => expect(await stepOf("Metrics")).toBe(step + 1), { timeout: PATIENCE_MS });
    await allShow(step + 1);
    expect(await page.locator('[data-stale="true"]').count()).toBe(0);
  });

  it("has its updates and the tasks' cosines measured", async () => {
    await button(page, "Measure").click();
    await button(page, "Measure again").waitFor();
    expect(await page.getByTestId("cosine-0-0").textContent()).toBe("1.00");
    expect(await page.getByTestId("cosine-0-1").textContent()).toMatch(/^[0−]\.?\d/);
    expect(
      await page
        .getByRole("region", { name: /^Updates: effective rank/ })
        .getByRole("row")
        .count(),
    ).toBeGreaterThan(2);
  });

  it("leaves as one file, and a form that it cannot have says why", async () => {
    await page.getByLabel("Save", { exact: true }).click();
    const coming = page.waitForEvent("download");
    await button(page, /^Metrics \(JSON\)/).click();
    expect((await coming).suggestedFilename()).toBe("metrics.json");
    await button(page, /^For the released/).click();
    await page.getByRole("alert").filter({ hasText: 'Not written. method.settings.reading is "value"' }).waitFor();
    await page.keyboard.press("Escape");
  });

  it("runs to its end", async () => {
    await button(page, "Start").click();
    await hasState(page, "finished");
    expect(await runStep()).toBe(12);
    expect(await stepOf("Metrics")).toBe(12);
  });
});

describe("a run file that is dropped", () => {
  it("becomes the set-up beside a run, names what is not here, and refuses what is no run file", async () => {
    const page = await pausedAtThree();
    const status = await page.getByRole("status").first().textContent();
    const config = await page.evaluate(() => (globalThis as unknown as { config(): object }).config());
    const write = (name: string, value: unknown): string => {
      writeFileSync(join(folder, name), JSON.stringify(value));
      return join(folder, name);
    };
    const own = { ...config, data: { ...(config as { data: object }).data, source: "folder" } };
    const inputs = { data: { label: "street-photos", identity: "0".repeat(64) }, weights: null };
    const training = { ...(config as { training: object }).training, seed: 4321 };
    const file = { format: 1, outcome: "finished", config: { ...own, training }, inputs };
    await button(page, "Library").click();
    await dropFolder(page, page.locator("main"), write("run.json", file));
    await page.getByText("“street-photos”, which is not open here").waitFor();
    expect(await page.getByLabel("Seed", { exact: true }).inputValue()).toBe("4321");
    expect(await page.getByRole("status").first().textContent()).toBe(status);
    await dropFolder(page, page.locator("main"), write("notes.json", { total: 3 }));
    await page.getByRole("alert").filter({ hasText: "notes.json is no run file that can be opened." }).waitFor();
    expect(await page.getByLabel("Seed", { exact: true }).inputValue()).toBe("4321");
    await page.context().close();
  });
});

describe("a race that was recorded", () => {
  it("runs in lock-step, and ends with scores and curves in %", async () => {
    const page = await scripted.visit(`?replay=race&stepMs=20#view=race&race=ditask,lora&${SETUP}`);
    await button(page, "Prepare study").click();
    await button(page, "Start study").click();
    await hasState(page, "running");
    await button(page, "Pause study").click();
    await hasState(page, "paused");
    expect(await page.locator('[data-testid^="variant-"]').count()).toBe(2);
    await button(page, "End").click();
    await hasState(page, "finished");
    await panel(page, "Curves").getByLabel("show").selectOption({ label: "Semantic segmentation: mean IoU" });
    const figure = page.getByRole("figure", { name: /^Semantic segmentation: mean IoU by step, in %/ });
    await figure.waitFor();
    await page.context().close();
  });
});
