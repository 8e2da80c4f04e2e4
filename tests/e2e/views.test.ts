/** The views of the page on scripted events: what a person presses, and what is then to be read. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { fakeCases } from "./fakeReports";
import { openScripted, type Scripted } from "./scripted";
import { PATIENCE_MS } from "./visit";

vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });

let scripted: Scripted;
beforeAll(async () => {
  scripted = await openScripted();
});
afterAll(async () => scripted?.close());

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });
const hasState = (page: Page, state: string) =>
  page.locator(`[role=status][data-state="${state}"]`).waitFor({ timeout: PATIENCE_MS });
const reachesStep = (page: Page, step: number) =>
  expect
    .poll(async () => Number(/step (\d+)/.exec((await page.locator("[role=status]").textContent()) ?? "")?.[1]), {
      timeout: PATIENCE_MS,
    })
    .toBeGreaterThanOrEqual(step);
const number = (text: string): number => Number(text.replaceAll(",", "").replace("−", "-"));
const trained = async (page: Page): Promise<number> =>
  number(/trainable params: ([\d,]+)/.exec((await page.getByTestId("peft").textContent()) ?? "")![1]!);

describe("the set-up of a method", () => {
  let page: Page;
  beforeAll(async () => {
    page = await scripted.visit("");
    await hasState(page, "ready");
  });
  afterAll(() => page.context().close());

  it("finds a method by words from its publication, and Enter takes the first", async () => {
    await button(page, /^Method:/).click();
    await page.getByLabel("Search methods").fill("Hu iclr");
    expect(await page.getByRole("radio", { name: /LoRA/ }).count()).toBe(1);
    await page.keyboard.press("Enter");
    await button(page, "Method: LoRA").waitFor();
    expect(new URL(page.url()).hash).toContain("method.id=lora");
  });

  it("shows its settings, and counts anew what is trained when one changes", async () => {
    await hasState(page, "ready");
    const usual = await trained(page);
    const rank = page.getByLabel("Rank", { exact: true });
    await rank.fill("1");
    await rank.press("Enter");
    await page.waitForFunction(() => location.hash.includes("method.settings.rank=1"));
    await expect.poll(() => trained(page), { timeout: 30_000 }).toBeLessThan(usual);
  });

  it("offers groups to unfreeze to a method that has them, and none where it has not", async () => {
    const beside = page.getByRole("group", { name: "Trained beside it" });
    await button(page, /^Method:/).click();
    await page.getByLabel("Search methods").fill("full fine");
    await page.keyboard.press("Enter");
    await beside.waitFor({ state: "detached" });
    await button(page, /^Method:/).click();
    await page.getByLabel("Search methods").fill("ditask mantri");
    await page.keyboard.press("Enter");
    await beside.waitFor();
    expect(await beside.getByRole("checkbox").count()).toBe(4);
  });

  it("gives each task a number of its own and takes it back", async () => {
    await button(page, "one for each task").first().click();
    await page.waitForFunction(() => /method\.settings\.\w+=semseg:/.test(location.hash));
    await button(page, "one for all tasks").click();
    await page.waitForFunction(() => !location.hash.includes("semseg:"));
  });

  it("copies the line of trained parameters", async () => {
    // The numbers of the method chosen last may come between the copy and the look at the page.
    await vi.waitFor(async () => {
      await button(page, "Copy the line of trained parameters").click();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      expect(copied).toMatch(/^trainable params: /);
      expect(copied).toBe(await page.getByTestId("peft").textContent());
    });
  });
});

describe("the race", () => {
  let page: Page;
  beforeAll(async () => {
    page = await scripted.visit("?stepMs=30#training.steps=120&training.evaluateEvery=20");
    await hasState(page, "ready");
  });
  afterAll(() => page.context().close());

  it("cannot start without contestants, and takes six at most", async () => {
    await button(page, "Race").click();
    expect(await button(page, "Start race").isDisabled()).toBe(true);
    const boxes = page.getByRole("group", { name: "All contestants" }).getByRole("checkbox");
    for (let i = 0; i < 6; i++) await boxes.nth(i).check();
    expect(await boxes.nth(6).isDisabled()).toBe(true);
    for (const i of [5, 4]) await boxes.nth(i).uncheck();
    expect(await page.getByRole("list", { name: "Chosen contestants" }).getByRole("listitem").count()).toBe(4);
    expect(page.url()).toContain("view=race");
  });

  it("runs all in lock-step and stands still when Space is pressed", async () => {
    await button(page, "Start race").click();
    await reachesStep(page, 32);
    await page.locator("h2", { hasText: "Standings" }).click();
    await page.keyboard.press("Space");
    await hasState(page, "paused");
    const status = (await page.locator("[role=status]").textContent()) ?? "";
    const step = /all at step (\d+) of 120/.exec(status)?.[1];
    await page.waitForTimeout(300);
    expect(await page.locator("[role=status]").textContent()).toContain(`all at step ${step} of`);
  });

  it("ranks by Δ to the first contestant and says which one diverged", async () => {
    const rows = page.locator("[data-testid^=standing-]");
    const ranks = await rows.locator("th b").allTextContents();
    expect(ranks.map(Number)).toEqual([...ranks.map(Number)].sort((a, b) => a - b));
    expect(await rows.filter({ hasText: "reference" }).count()).toBe(1);
    expect(await rows.filter({ hasText: "diverged, step 30" }).count()).toBe(1);
  });

  it("draws losses and metrics with a name at the end of each curve", async () => {
    const chart = page.getByRole("figure");
    expect(await chart.locator("path.recharts-line-curve").count()).toBe(4);
    const labels = chart.locator("ul li");
    expect(await labels.count()).toBe(4);
    const tops = await labels.evaluateAll((all) =>
      all.map((one) => one.getBoundingClientRect().top).sort((a, b) => a - b),
    );
    for (let i = 1; i < tops.length; i++) expect(tops[i]! - tops[i - 1]!).toBeGreaterThanOrEqual(13.9);
    await page.getByLabel("show").selectOption({ label: "Semantic segmentation: mean IoU" });
    await page.getByRole("figure", { name: /^Semantic segmentation: mean IoU by step/ }).waitFor();
  });

  it("says what a changed set-up waits for, and ends with an evaluation of all", async () => {
    await page.getByLabel("Steps", { exact: true }).fill("60");
    await page.getByLabel("Steps", { exact: true }).press("Enter");
    await page.getByText("the race goes on as it was").waitFor();
    await button(page, "Stop").click();
    await hasState(page, "finished");
    expect(await button(page, "New race").isEnabled()).toBe(true);
  });

  it("gives the engine back to a run", async () => {
    await button(page, "Train").click();
    await hasState(page, "ready");
    expect(await button(page, "Start").isEnabled()).toBe(true);
  });
});

describe("the check of the device", () => {
  it("lists every case with a verdict, and the report can be copied", async () => {
    const page = await scripted.visit("?view=check");
    await button(page, "Check this device").click();
    await page
      .getByTestId("verdict")
      .filter({ hasText: /^3 passed, 2 failed$/ })
      .waitFor();
    for (const { name, passed } of fakeCases)
      expect(await page.getByTestId(`case-${name}`).getAttribute("data-passed")).toBe(String(passed));
    await button(page, "Copy the report as text").click();
    await page.getByText("copied", { exact: true }).waitFor();
    const report = await page.evaluate(() => navigator.clipboard.readText());
    expect(report).toMatch(/browser: .*Chrome/);
    expect(report).toContain("FAIL  mtlora_square");
    expect(report.trimEnd().endsWith("3 passed, 2 failed")).toBe(true);
    await page.context().close();
  });

  it("compares every operation of a step: a row each, the worst first and by name, in the copied report too", async () => {
    const page = await scripted.visit("?view=check");
    await button(page, "Compare every operation").click();
    await page
      .getByTestId("step-verdict")
      .filter({ hasText: /^2 operations passed, 1 failed$/ })
      .waitFor();
    const rows = page.getByRole("region", { name: "Operations" }).getByRole("row");
    expect(await rows.nth(1).textContent()).toMatch(/^layerNorm.*backbone\.stage0\.block1 \[1,64,8\]/);
    expect(await page.getByTestId("operation-layerNorm").getAttribute("data-passed")).toBe("false");
    expect(await page.getByTestId("operation-matmul").getAttribute("data-passed")).toBe("true");
    await button(page, "Copy the report as text").click();
    await page.getByText("copied", { exact: true }).waitFor();
    const report = await page.evaluate(() => navigator.clipboard.readText());
    expect(report).toContain("FAIL  layerNorm: error 0.0042, allowed 2.0e−5, 12 compared");
    expect(report.trimEnd().endsWith("2 operations passed, 1 failed")).toBe(true);
    await page.context().close();
  });
});

describe("the update analysis of a run", () => {
  it("is measured when a run is paused: a map of the updates, and a matrix of the tasks' cosines", async () => {
    const page = await scripted.visit("?stepMs=30");
    await hasState(page, "ready");
    expect(await button(page, "Measure").isDisabled()).toBe(true);
    await button(page, "Start").click();
    await reachesStep(page, 3);
    await button(page, "Pause").click();
    await button(page, "Measure").click();
    await button(page, "Measure again").waitFor();
    expect(await page.getByTestId("cosine-0-0").textContent()).toBe("1.00");
    expect(await page.getByTestId("cosine-0-3").textContent()).toMatch(/^−0\.\d\d$/);
    const map = page.getByRole("region", { name: /^Updates: effective rank/ });
    expect(await map.getByRole("row").count()).toBe(9);
    await page.getByLabel("Stream", { exact: true }).selectOption("semseg");
    expect(await map.getByRole("row").count()).toBe(5);
    await page.getByLabel("Place", { exact: true }).selectOption("layers.3");
    expect(await page.getByTestId("cosine-0-3").textContent()).toBe("–");
    await page.context().close();
  });
});

describe("the page at its edges", () => {
  const excess = (page: Page): Promise<number[]> =>
    page.evaluate(() => {
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
      return [scrollWidth - clientWidth, scrollHeight - clientHeight];
    });

  it("is as large as the window where that is wide: its columns scroll, and it does not", async () => {
    const page = await scripted.visit("");
    await hasState(page, "ready");
    for (const view of ["Train", "Data", "Race"]) {
      await button(page, view).click();
      await expect.poll(() => excess(page), { message: view }).toEqual([0, 0]);
    }
    await page.context().close();
  });

  it("folds the set-up on a phone, above what the run does, and never scrolls sideways", async () => {
    const page = await scripted.visit("?stepMs=20");
    await page.setViewportSize({ width: 390, height: 844 });
    await hasState(page, "ready");
    const setup = page.getByRole("region", { name: "Set-up" });
    expect(await setup.getByText("DiTASK on Embedded Swin (64 px), Scenes").isVisible()).toBe(true);
    expect(await page.getByLabel("Backbone", { exact: true }).isVisible()).toBe(false);
    await setup.getByRole("button", { name: "Change" }).click();
    await page.getByLabel("Backbone", { exact: true }).waitFor();
    await setup.getByRole("button", { name: "Hide" }).click();
    const [above, below] = await Promise.all(
      ["Set-up", "Predictions"].map((name) => page.getByRole("region", { name }).boundingBox()),
    );
    expect(above!.y + above!.height).toBeLessThan(below!.y);
    for (const view of ["Train", "Data", "Race", "Check", "Library"]) {
      await button(page, view).click();
      await expect.poll(async () => (await excess(page))[0], { message: view }).toBe(0);
    }
    await page.context().close();
  });

  it("shows every view's button and the whole state at every width between", async () => {
    const page = await scripted.visit("");
    await hasState(page, "ready");
    for (const width of [360, 768, 1024, 1181, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await expect.poll(async () => (await excess(page))[0], { message: `at ${width}` }).toBe(0);
      const { x, width: long } = (await button(page, "Library").boundingBox())!;
      expect(x + long, `Library at ${width}`).toBeLessThanOrEqual(width);
      const cut = await page
        .locator("[role=status]")
        .evaluate((status) => [...status.children].some((part) => part.scrollWidth > part.clientWidth + 1));
      expect(cut, `the state at ${width}`).toBe(false);
      const status = (await page.locator("[role=status]").boundingBox())!;
      const tools = (await page.getByTestId("device").boundingBox())!;
      const beside = status.x + status.width <= tools.x + 1;
      expect(beside || status.y >= tools.y + tools.height, `state beside the tools at ${width}`).toBe(true);
    }
    await page.context().close();
  });

  it("leads the keyboard back to the button of a menu that Escape closes", async () => {
    const page = await scripted.visit("");
    await hasState(page, "ready");
    const save = page.getByLabel("Save", { exact: true });
    await save.focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^Adapter/);
    await page.keyboard.press("Escape");
    expect(await button(page, /^Adapter/).isVisible()).toBe(false);
    expect(await save.evaluate((summary) => summary === document.activeElement)).toBe(true);
    await page.context().close();
  });

  it("moves none of its panels when losses and pictures come", async () => {
    const page = await scripted.visit("");
    await hasState(page, "ready");
    const top = async (): Promise<number> => (await page.getByRole("region", { name: "Metrics" }).boundingBox())!.y;
    const before = await top();
    await button(page, "Step").click();
    await reachesStep(page, 1);
    await button(page, "Evaluate now").click();
    await page.getByText(/validation images, step 1,/).waitFor();
    await page.getByTestId("prediction-semseg").waitFor();
    await expect.poll(async () => Math.abs((await top()) - before)).toBeLessThan(6);
    await page.context().close();
  });
});
