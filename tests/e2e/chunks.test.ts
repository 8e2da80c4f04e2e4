/** Parts of the built page that cannot be fetched in mid-training: words, another try, and a run that goes on. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openStudio, type Studio } from "./studio";
import { PATIENCE_MS } from "./visit";

vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });

let studio: Studio;
beforeAll(async () => {
  studio = await openStudio();
});
afterAll(async () => studio?.close());

it("a view that does not come says so, training goes on, and another try brings it", async () => {
  const visit = await studio.visit("#preset=micro&device=tf&training.steps=2000");
  const { page } = visit;
  await visit.reaches("ready");
  const isView = /DataSetView-[^/]*\.(js|css)/;
  await page.context().route(isView, (route) => route.abort());
  await visit.press("Start");
  await visit.reachesStep(1);
  await page.getByRole("button", { name: "Data", exact: true }).click();
  const words = page.getByRole("alert").filter({ hasText: "The Data view could not be loaded" });
  await words.filter({ hasText: "You may be offline, or a new version was published. Training goes on" }).waitFor();
  await words.getByRole("button", { name: "Try again" }).click();
  await words.waitFor();
  await page.getByRole("button", { name: "Train", exact: true }).click();
  const step = await visit.step();
  await visit.reachesStep(step + 1);
  await page.getByRole("button", { name: "Data", exact: true }).click();
  await words.waitFor();
  await page.context().unroute(isView);
  await words.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("listbox", { name: "Images of the data set" }).waitFor();
  await visit.close();
});

it("an executor that does not come says so, and preparing again brings it", async () => {
  const visit = await studio.visit("#preset=micro&device=webgpu");
  const { page } = visit;
  await visit.reaches("ready");
  let asked = 0;
  await page.context().route(/\.js(\?|$)/, (route) => {
    asked++;
    return route.abort();
  });
  await page.evaluate(() => {
    location.hash = "preset=micro&device=tf";
  });
  const problem = page.getByRole("alert", { name: "Problem" });
  await problem.filter({ hasText: "TensorFlow.js could not be loaded. You may be offline" }).waitFor();
  expect(asked).toBeGreaterThan(0);
  await page.context().unroute(/\.js(\?|$)/);
  await page.context().unrouteAll();
  await page.getByRole("button", { name: "Prepare again" }).click();
  await visit.reaches("ready");
  await visit.close();
});
