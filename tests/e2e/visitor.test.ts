/** A visitor of the built page over several runs: nothing that was trained is lost from sight, in this visit or the next. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openStudio, type Studio } from "./studio";
import { PATIENCE_MS, Visit } from "./visit";

vi.setConfig({ testTimeout: 3 * PATIENCE_MS, hookTimeout: 3 * PATIENCE_MS });

let studio: Studio;
let visit: Visit;
beforeAll(async () => {
  studio = await openStudio();
  visit = await studio.visit("?preset=micro&device=wasm#training.steps=12&training.warmupFraction=0");
  await visit.reaches("ready");
});
afterAll(async () => {
  await visit?.close();
  await studio?.close();
});

const show = (page: Page, view: "Train" | "Runs"): Promise<void> =>
  page.getByRole("button", { name: view, exact: true }).click();
const rows = (page: Page) => page.locator("tr[data-testid^=run-]");

describe("a visitor", () => {
  it("trains two methods one after the other, and sees both", async () => {
    const { page } = visit;
    await visit.press("Start");
    await visit.reaches("finished");
    await page.getByRole("button", { name: /^Method: / }).click();
    await page.getByRole("radio", { name: /^LoRA/ }).check();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Start new run" }).click();
    await visit.reachesStep(1);
    await visit.reaches("finished");
    await show(page, "Runs");
    await expect.poll(() => rows(page).count()).toBe(2);
    expect((await rows(page).allTextContents()).join(" ")).toMatch(/12 of 12.*12 of 12/s);
    const boxes = await page.getByRole("checkbox", { name: /^Draw / }).all();
    const names = await Promise.all(boxes.map((box) => box.getAttribute("aria-label")));
    expect(new Set(names).size).toBe(2);
    expect(names.join(" ")).toMatch(/LoRA/);
  });

  it("sees both curves in one chart, reads what differs, and pins one that Δm is against", async () => {
    const { page } = visit;
    for (const box of await page.getByRole("checkbox", { name: /^Draw / }).all()) await box.check();
    const diff = page.getByRole("table", { name: "Recipe diff" });
    await diff.waitFor();
    expect(await diff.textContent()).toMatch(/Method[\s\S]*DiTASK|Method[\s\S]*LoRA/);
    expect(await page.locator(".recharts-line").count()).toBeGreaterThanOrEqual(2);
    await page.getByRole("button", { name: /^Pin LoRA.* as reference$/ }).click();
    const deltas = await page.locator("[data-testid^=delta-]").allTextContents();
    expect(deltas.some((text) => /reference/.test(text))).toBe(true);
    expect(deltas.some((text) => /[+−-]?\d/.test(text))).toBe(true);
  });

  it("changes a learning rate in mid-run, which leaves a flag and stands in the run file", async () => {
    const { page } = visit;
    await visit.goTo("?preset=micro&device=wasm#training.steps=400&training.warmupFraction=0");
    await visit.reaches("ready");
    await visit.press("Start");
    await visit.reachesStep(3);
    await visit.press("Pause");
    await visit.reaches("paused");
    const at = await visit.step();
    const rate = page.getByLabel("Learning rate, decoders", { exact: true });
    await rate.fill("0.05");
    await rate.press("Enter");
    await visit.press("Step");
    await visit.reachesStep(at + 1);
    await page
      .getByText(/Learning rate, decoders.*0\.05/)
      .first()
      .waitFor();
    const file = JSON.parse((await visit.saved(/^Run file/)).toString()) as { config: { changes: unknown[] } };
    expect(file.config.changes).toEqual([{ step: at, field: "training.learningRate.decoders", value: 0.05 }]);
  });

  it("branches from it, closes the tab, and finds all of it the next time", async () => {
    const { page } = visit;
    const at = await visit.step();
    await show(page, "Runs");
    await expect.poll(() => rows(page).count()).toBe(3);
    await rows(page)
      .first()
      .getByRole("button", { name: /^Branch from / })
      .click();
    expect(await page.getByTestId("branch-says").textContent()).toMatch(/moments, schedule/);
    await page.getByRole("button", { name: "Branch", exact: true }).click();
    // The new run is shown.
    await visit.reaches("paused");
    expect(await visit.step()).toBe(at);
    await visit.press("Step");
    await visit.reachesStep(at + 1);
    await visit.reaches("paused");
    const context = page.context();
    await page.close();

    visit = await Visit.open(await context.newPage(), studio.address, "?preset=micro&device=wasm#view=runs");
    await expect.poll(() => rows(visit.page).count(), { timeout: PATIENCE_MS }).toBe(4);
    const texts = await rows(visit.page).allTextContents();
    expect(texts.filter((text) => /12 of 12/.test(text))).toHaveLength(2);
    for (const box of await visit.page.getByRole("checkbox", { name: /^Draw / }).all()) await box.check();
    await expect.poll(() => visit.page.locator(".recharts-line").count()).toBeGreaterThanOrEqual(2);
    const oldest = rows(visit.page).last();
    await oldest.getByRole("button", { name: /in Train$/ }).click();
    await visit.reaches("finished");
    expect(await visit.step()).toBe(12);
    await visit.page.getByTestId("prediction-semseg").waitFor();
    expect(visit.troubles).toEqual([]);
  });
});
