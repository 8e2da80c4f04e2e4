/** Runs of the built page, as a person makes, compares, changes and finds them again, on the real session. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openStudio, type Studio } from "./studio";
import { PATIENCE_MS, Visit } from "./visit";

vi.setConfig({ testTimeout: 2 * PATIENCE_MS, hookTimeout: PATIENCE_MS });

let studio: Studio;
beforeAll(async () => {
  studio = await openStudio();
});
afterAll(async () => studio?.close());

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });
const rows = (page: Page) => page.locator("[data-testid^=run-]");

it("of two methods are compared, one is changed on the way and branched, and the next visit finds all of them", async () => {
  const link = "?preset=micro&device=wasm#training.steps=6&training.evaluateEvery=3&data.train=8&data.val=4";
  const visit = await studio.visit(link);
  const { page } = visit;
  await visit.reaches("ready");
  await visit.press("Start");
  await visit.reaches("finished");
  await button(page, /^Method:/).click();
  await page.getByLabel("Search methods").fill("lora hu");
  await page.keyboard.press("Enter");
  await button(page, "Start new run").click();
  await visit.reaches("preparing");
  await visit.reaches("finished");

  await button(page, "Runs").click();
  await expect.poll(() => rows(page).count()).toBe(2);
  await expect
    .poll(() => page.getByRole("region", { name: "Curves" }).locator("path.recharts-line-curve").count())
    .toBe(2);
  await button(page, "Pin DiTASK as reference").click();
  expect(await rows(page).filter({ hasText: "LoRA" }).locator("[data-testid^=delta-]").textContent()).toMatch(
    /\d\.\d %$/,
  );
  const diff = page.getByRole("table", { name: "Recipe diff" });
  expect(
    await diff
      .getByRole("row", { name: /^Method/ })
      .getByRole("cell")
      .allTextContents(),
  ).toEqual(["DiTASK", "LoRA"]);

  await button(page, "Train").click();
  await page.getByLabel("Steps", { exact: true }).fill("4000");
  await page.getByLabel("Steps", { exact: true }).press("Enter");
  await button(page, "Start new run").click();
  await visit.reaches("running");
  await visit.reachesStep(3);
  const rate = page.getByLabel("Learning rate, method", { exact: true });
  await rate.fill("0.001");
  await rate.press("Enter");
  await page.getByRole("region", { name: "Losses" }).getByText("⚑ Learning rate, method 0.001").waitFor();
  await visit.press("Pause");
  await visit.reaches("paused");
  const paused = await visit.step();

  await button(page, "Runs").click();
  await rows(page)
    .first()
    .getByRole("button", { name: /^Branch from/ })
    .click();
  await button(page, "Branch").click();
  await visit.reaches("preparing");
  await visit.reaches("paused");
  expect(await visit.step()).toBe(paused);
  await visit.press("Step");
  await visit.reachesStep(paused + 1);
  await button(page, "Runs").click();
  await expect.poll(() => rows(page).count()).toBe(4);
  expect(visit.troubles).toEqual([]);

  const next = await Visit.open(await page.context().newPage(), studio.address, `${link}&view=runs`);
  await page.close();
  await expect.poll(() => rows(next.page).count()).toBe(4);
  const first = rows(next.page).last();
  await first.getByRole("checkbox").check();
  await next.page.getByRole("region", { name: "Curves" }).locator("path.recharts-line-curve").waitFor();
  await first.getByRole("button", { name: /in Train$/ }).click();
  await next.reaches("finished");
  expect(await next.step()).toBe(6);
  await next.page.getByTestId("prediction-semseg").waitFor();
  expect(next.troubles).toEqual([]);
  await next.close();
});
