/** The page's address on scripted events: it says what is shown, Back and Forward follow it, and so does an edited one. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openScripted, type Scripted } from "./scripted";
import { PATIENCE_MS } from "./visit";

vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });

let scripted: Scripted;
beforeAll(async () => {
  scripted = await openScripted();
});
afterAll(async () => scripted?.close());

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });
const patiently = { timeout: PATIENCE_MS };
const pressed = (page: Page, name: string) => page.locator('button[aria-pressed="true"]', { hasText: name }).waitFor();
const hash = (page: Page): string => decodeURIComponent(new URL(page.url()).hash);
const seed = (page: Page) => page.getByLabel("Seed", { exact: true });

async function open(link: string): Promise<Page> {
  const page = await scripted.visit(link);
  await page.locator('[role=status][data-state="ready"]').waitFor();
  return page;
}

async function edit(page: Page, next: string): Promise<void> {
  await page.evaluate((text) => {
    location.hash = text;
  }, next);
}

async function setSeed(page: Page, value: string): Promise<void> {
  await seed(page).fill(value);
  await seed(page).press("Enter");
  await page.waitForFunction((text) => location.hash.includes(`training.seed=${text}`), value);
}

describe("the address", () => {
  it("leads back through the views and never off the page, and the set-up stays as it is", async () => {
    const page = await open("");
    await button(page, "Library").click();
    await button(page, "Runs").click();
    await page.goBack();
    await pressed(page, "Library");
    await page.goBack();
    await pressed(page, "Train");
    await setSeed(page, "41");
    await page.goForward();
    await pressed(page, "Library");
    expect(hash(page)).toBe("#view=library&training.seed=41");
    await page.goBack();
    await pressed(page, "Train");
    expect(await seed(page).inputValue()).toBe("41");
    await page.context().close();
  });

  it("holds an open dialog: Back closes it, Forward opens it, and closing it leaves no entry behind", async () => {
    const page = await open("");
    await button(page, "Library").click();
    await button(page, "Keyboard shortcuts").click();
    const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await sheet.waitFor();
    expect(hash(page)).toBe("#view=library&open=shortcuts");
    await page.goBack();
    await sheet.waitFor({ state: "hidden" });
    await pressed(page, "Library");
    await page.goForward();
    await sheet.waitFor();
    await page.keyboard.press("Escape");
    await sheet.waitFor({ state: "hidden" });
    await page.waitForFunction(() => !location.hash.includes("open="));
    await page.goBack();
    await pressed(page, "Train");
    await page.context().close();
  });

  it("opens a dialog and a choice that a link names", async () => {
    const page = await open("#open=shortcuts&show.lossScale=linear");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    expect(hash(page)).toBe("#open=shortcuts&show.lossScale=linear");
    await page.keyboard.press("Escape");
    await pressed(page, "linear");
    await page.context().close();
  });

  it("is followed when a person edits it: view, settings, and what it no longer says", async () => {
    const page = await open("#training.seed=5");
    await edit(page, "training.seed=6&training.steps=50");
    await expect.poll(() => seed(page).inputValue(), patiently).toBe("6");
    await page.getByRole("status").filter({ hasText: "of 50" }).waitFor();
    await edit(page, "view=race&race=lora");
    await pressed(page, "Runs");
    const study = page.getByRole("dialog", { name: "New study" });
    expect(
      await study.getByRole("group", { name: "Methods of the race" }).getByRole("checkbox", { checked: true }).count(),
    ).toBe(1);
    await page.keyboard.press("Escape");
    await study.waitFor({ state: "hidden" });
    await page.waitForFunction(() => !location.hash.includes("race="));
    await button(page, "Train").click();
    await expect.poll(() => seed(page).inputValue(), patiently).not.toBe("6");
    await page.context().close();
  });

  it("does not end a run that it is edited beside", async () => {
    const page = await open("?stepMs=20");
    await button(page, "Start").click();
    await page.locator('[role=status][data-state="running"]').waitFor();
    await edit(page, "training.seed=77");
    await expect.poll(() => seed(page).inputValue(), patiently).toBe("77");
    await expect
      .poll(
        async () => Number(/step (\d+)/.exec((await page.getByRole("status").first().textContent()) ?? "")?.[1]),
        patiently,
      )
      .toBeGreaterThan(20);
    await page.context().close();
  });

  it("copied, opens the page with every setting as it was, though the query named one by an old name", async () => {
    const page = await open("?stepMs=60&training.learningRate.adapter=0.011&training.seed=3");
    await setSeed(page, "9");
    await page.getByLabel("Decoder", { exact: true }).selectOption({ index: 1 });
    const decoder = await page.getByLabel("Decoder", { exact: true }).inputValue();
    await button(page, "Copy a link to this set-up").click();
    const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
    expect(link.search).toBe("?stepMs=60");
    const other = await open(link.search + link.hash);
    expect(await seed(other).inputValue()).toBe("9");
    expect(await other.getByLabel("Decoder", { exact: true }).inputValue()).toBe(decoder);
    expect(hash(other)).toBe(hash(page));
    for (const one of [page, other]) await one.context().close();
  });
});
