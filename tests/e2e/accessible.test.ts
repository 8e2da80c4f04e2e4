/** What every view owes people who read by ear, by keyboard or in large type, checked by rule on scripted events. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openScripted, type Scripted } from "./scripted";
import { PATIENCE_MS } from "./visit";

vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });

let scripted: Scripted;
let page: Page;
beforeAll(async () => {
  scripted = await openScripted();
  page = await scripted.visit("?library=full&stepMs=20");
  await page.locator('[role=status][data-state="ready"]').waitFor();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByTestId("prediction-semseg").waitFor();
  await page.getByRole("button", { name: "Pause", exact: true }).click();
});
afterAll(async () => scripted?.close());

/** Controls whose accessible name lacks the words that stand on them (WCAG 2.5.3). */
const misnamed = (): string[] => {
  const words = (text: string): string =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim();
  const controls = document.querySelectorAll<HTMLElement>(
    ":is(button, summary, a, [role=button], [role=option], [role=tab], [role=radio], [role=checkbox])[aria-label]",
  );
  return [...controls].flatMap((control) => {
    const copy = control.cloneNode(true) as HTMLElement;
    for (const hidden of copy.querySelectorAll("[aria-hidden=true], .unseen, canvas, svg")) hidden.remove();
    const said = words(copy.textContent ?? "");
    const name = words(control.getAttribute("aria-label")!);
    return said === "" || name.includes(said) ? [] : [`"${said}" is called "${name}"`];
  });
};

/** Texts below 12 px, with their sizes. */
const small = (): string[] =>
  [...document.querySelectorAll<HTMLElement>("#root *")].flatMap((element) => {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent!.trim() !== "");
    const size = Number.parseFloat(getComputedStyle(element).fontSize);
    return own && size < 12 ? [`${size} px: ${element.textContent!.trim().slice(0, 30)}`] : [];
  });

const unnamed = (): number =>
  [...document.querySelectorAll("[role=application], svg[role=img]")].filter(
    (drawing) => drawing.getAttribute("role") !== "img" || !drawing.getAttribute("aria-label"),
  ).length;

describe.each(["Train", "Data", "Runs", "Check", "Library"])("the view %s", (view) => {
  beforeAll(async () => {
    await page.getByRole("button", { name: view, exact: true }).click();
    await page.locator("main").waitFor();
    await page.waitForTimeout(300);
  });

  it("calls its controls by the words on them", async () => expect(await page.evaluate(misnamed)).toEqual([]));
  it("has no text under 12 px", async () => expect(await page.evaluate(small)).toEqual([]));
  it("names its drawings", async () => expect(await page.evaluate(unnamed)).toBe(0));

  it("lets the first Tab skip the bar", async () => {
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    const skip = page.getByRole("button", { name: "Skip to the content" });
    await skip.focus();
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("MAIN");
    const first = await page.evaluate(() => document.querySelector("#root :is(a, button, input)")?.textContent);
    expect(first).toBe("Skip to the content");
  });
});

it("keeps colours that mean something where the system forces its own", async () => {
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await page.emulateMedia({ forcedColors: "active" });
  const swatches = page.locator('[class*="swatch"]');
  const colours = await swatches.evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor));
  expect(new Set(colours).size).toBeGreaterThan(3);
  await page.emulateMedia({ forcedColors: null });
});
