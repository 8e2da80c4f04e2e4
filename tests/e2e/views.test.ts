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

describe("the runs", () => {
  let page: Page;
  beforeAll(async () => {
    page = await scripted.visit("?stepMs=15#training.steps=40&training.evaluateEvery=10");
    await hasState(page, "ready");
  });
  afterAll(() => page.context().close());
  const rows = () => page.locator("[data-testid^=run-]");
  const curves = () => page.getByRole("region", { name: "Curves" });
  const state = () => page.getByTestId("state").textContent();

  it("of two methods, trained one after the other, lie over each other; none is lost", async () => {
    await button(page, "Start").click();
    await hasState(page, "finished");
    await button(page, /^Method:/).click();
    await page.getByLabel("Search methods").fill("lora hu");
    await page.keyboard.press("Enter");
    await page.getByText(/changes? needs? a new run/).waitFor();
    await button(page, "Start new run").click();
    await hasState(page, "finished");
    await button(page, "Runs").click();
    expect(page.url()).toContain("view=runs");
    await expect.poll(() => rows().count()).toBe(2);
    expect(await rows().allTextContents()).toEqual([
      expect.stringContaining("LoRA"),
      expect.stringContaining("DiTASK"),
    ]);
    expect(await curves().locator("path.recharts-line-curve").count()).toBe(2);
    await curves().getByLabel("show").selectOption({ label: "Semantic segmentation: mean IoU" });
    await page.getByRole("figure", { name: /^Semantic segmentation: mean IoU by step/ }).waitFor();
  });

  it("are compared: Δm names its reference, two ticked show their recipes and predictions", async () => {
    await button(page, "Pin DiTASK as reference").click();
    await page.getByRole("columnheader", { name: /Δm\s*vs DiTASK/ }).waitFor();
    expect(await rows().first().locator("[data-testid^=delta-]").textContent()).toMatch(/^−\d+\.\d %$/);
    const diff = page.getByRole("table", { name: "Recipe diff" });
    expect(await diff.getByRole("rowheader").first().textContent()).toBe("Method");
    expect(
      await diff
        .getByRole("row", { name: /^Method/ })
        .getByRole("cell")
        .allTextContents(),
    ).toEqual(["DiTASK", "LoRA"]);
    expect(await page.getByRole("img", { name: "LoRA: Semantic segmentation" }).count()).toBe(1);
    const picture = page.getByRole("region", { name: /Δm against parameters/ });
    expect(await picture.locator("circle").count()).toBe(2);
  });

  it("are sorted by a column, named and noted in place", async () => {
    await page
      .getByRole("columnheader", { name: /^Semantic segmentation/ })
      .getByRole("button")
      .click();
    expect(await rows().first().textContent()).toContain("DiTASK");
    await rows()
      .first()
      .getByRole("button", { name: /^Name:/ })
      .click();
    await page.getByLabel("Name", { exact: true }).fill("the first");
    await page.keyboard.press("Enter");
    await rows()
      .filter({ hasText: "the first" })
      .getByRole("button", { name: /^Note of/ })
      .click();
    await page.getByLabel("Note of the first").fill("warm");
    await page.keyboard.press("Enter");
    await rows().filter({ hasText: "the first" }).filter({ hasText: "warm" }).waitFor();
  });

  it("are deleted after a while in which it can be undone", async () => {
    await button(page, "Delete LoRA").click();
    await expect.poll(() => rows().count()).toBe(1);
    await button(page, "Undo").click();
    await expect.poll(() => rows().count()).toBe(2);
  });

  it("are branched: a live change goes on from the checkpoint, another begins anew", async () => {
    await button(page, "Branch from the first").click();
    const says = page.getByTestId("branch-says");
    await says.filter({ hasText: "go on from that step" }).waitFor();
    await button(page, "the set-up's").click();
    await says.filter({ hasText: "starts from the weights at step 0" }).waitFor();
    await button(page, "the run's settings").click();
    await button(page, "Branch").click();
    await hasState(page, "paused");
    await page.getByRole("status").filter({ hasText: "step 40 of 40" }).waitFor();
    await button(page, "Runs").click();
    await expect.poll(() => rows().count()).toBe(3);
  });

  it("race in groups of one seed after the other: the table holds after each, with its n", async () => {
    await button(page, "New study").click();
    const methods = page.getByRole("group", { name: "Methods of the race" });
    expect(await button(page, "Prepare study").isDisabled()).toBe(true);
    for (const name of [/^DiTASK the|^DiTASK Value/, /^LoRA/, /^BitFit/])
      await methods.getByRole("checkbox", { name }).first().check();
    await page.getByLabel("Seeds").fill("2");
    await page.getByLabel("Seeds").press("Enter");
    await page.getByText("6 runs, 240 steps in all").waitFor();
    await button(page, "Prepare study").click();
    await page.getByText(/seed 1 of 2, about \d/).waitFor();
    await button(page, "Start study").click();
    await page.getByText(/seed 2 of 2/).waitFor();
    await page.getByTestId("variant-BitFit").filter({ hasText: "n = 1" }).filter({ hasText: "one seed" }).waitFor();
    await page.getByText("2 seeds, ended").waitFor();
    await page
      .getByTestId("variant-BitFit")
      .filter({ hasText: "n = 2" })
      .filter({ hasText: /what seeds do/ })
      .waitFor();
    await page.getByTestId("variant-BitFit").getByRole("button", { name: "BitFit", exact: true }).click();
    await rows().filter({ hasText: "BitFit, seed 1" }).waitFor();
  });

  it("draw seeds as bands, or each for itself", async () => {
    await curves().getByLabel("show").selectOption({ label: "Total loss (weighted)" });
    expect(await curves().locator("path.recharts-area-area").count()).toBe(3);
    await button(page, "each seed").click();
    await expect.poll(() => curves().locator("path.recharts-area-area").count()).toBe(0);
    const tops = await curves()
      .locator("figure ul li")
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top).sort((a, b) => a - b));
    expect(tops.length).toBeGreaterThan(4);
    for (let i = 1; i < tops.length; i++) expect(tops[i]! - tops[i - 1]!).toBeGreaterThanOrEqual(13.9);
  });

  it("do not make a phone scroll sideways: the table does by itself", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const excess = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await expect.poll(excess).toBe(0);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it("sweep over one field, and a value that does not fit is refused in words", async () => {
    await button(page, "New study").click();
    await button(page, "Sweep").click();
    await page.getByLabel("Values").fill("0.01, -3");
    await page.getByText("-3").waitFor();
    expect(await button(page, "Prepare study").isDisabled()).toBe(true);
    await page.getByLabel("Values").fill("0.01, 0.02");
    await page.getByText("2 runs, 80 steps in all").waitFor();
    await button(page, "Cancel").click();
  });

  it("give way to a study with a way back, and are shown again where they stood", async () => {
    await button(page, "Train").click();
    await button(page, "Reset").click();
    await hasState(page, "ready");
    await button(page, "Start").click();
    await reachesStep(page, 5);
    await button(page, "Runs").click();
    await button(page, "Train references").click();
    await page.getByText("The run under way is paused. It stays in Runs.").waitFor();
    await button(page, "Undo").click();
    await button(page, "Train").click();
    await expect.poll(state).toBe("Paused");
    expect(await page.getByRole("status").first().textContent()).not.toContain("step 0 ");
  });
});

describe("a live setting", () => {
  it("changes in mid-run, leaves a flag on the curves, and needs no new run; Reset asks nothing and loses nothing", async () => {
    const page = await scripted.visit("?stepMs=30#training.steps=400");
    await hasState(page, "ready");
    await button(page, "Start").click();
    await reachesStep(page, 5);
    const rate = page.getByLabel("Learning rate, method", { exact: true });
    await rate.fill("0.007");
    await rate.press("Enter");
    await page.getByRole("region", { name: "Losses" }).getByText("⚑ Learning rate, method 0.007").waitFor();
    expect(await page.getByText(/^\d+ changes? needs? a new run$/).count()).toBe(0);
    await page.getByLabel("Steps", { exact: true }).fill("500");
    await page.getByLabel("Steps", { exact: true }).press("Enter");
    await page.getByText("1 change needs a new run").waitFor();
    await page.locator("h2", { hasText: "Losses" }).click();
    await page.keyboard.press("r");
    await hasState(page, "ready");
    await page.getByText("The one before stays in Runs.").waitFor();
    await button(page, "Undo").click();
    await page
      .getByRole("status")
      .filter({ hasText: /step ([5-9]|\d\d+) of 400/ })
      .waitFor();
    await page.context().close();
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
    for (const view of ["Train", "Data", "Runs"]) {
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
    for (const view of ["Train", "Data", "Runs", "Check", "Library"]) {
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
