/** The view of data on scripted events: a folder is opened, looked at, corrected, cut down, and used. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Survey } from "../../src/contracts/survey";
import { openScripted, type Scripted } from "./scripted";
import { PATIENCE_MS } from "./visit";

vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });

/** Pictures in the page, whatever the size of the data set: those in sight and a margin. */
const MOST_TILES = 90;

let scripted: Scripted;
const folder = mkdtempSync(join(tmpdir(), "studio-rooms-"));
writeFileSync(join(folder, "a.png"), "The script reads no file.");
beforeAll(async () => {
  scripted = await openScripted();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await scripted?.close();
});

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });
const grid = (page: Page) => page.getByRole("listbox", { name: "Images of the data set" });
const count = async (page: Page, id: "subset-train" | "subset-val"): Promise<number> =>
  Number(((await page.getByTestId(id).textContent()) ?? "").replaceAll(",", ""));
const counts = (page: Page, id: "subset-train" | "subset-val") =>
  expect.poll(() => count(page, id), { timeout: PATIENCE_MS });

async function openFolder(link: string): Promise<Page> {
  const page = await scripted.visit(link);
  await page.getByTestId("folder-input").setInputFiles(folder);
  await page.locator("[data-testid=survey-state][data-running=false]").waitFor();
  return page;
}

describe("an opened folder", () => {
  let page: Page;
  beforeAll(async () => {
    page = await openFolder("");
  });
  afterAll(() => page.context().close());

  it("is shown before it is used: coverage in numbers, counts, problems", async () => {
    expect(page.url()).toContain("view=data");
    expect(page.url()).not.toContain("data.source=folder");
    expect(await page.getByTestId("survey-state").textContent()).toBe("297 of 300 images");
    const numbers = await page.getByTestId("coverage-normals").getByRole("cell").allTextContents();
    expect(numbers.slice(1)).toEqual(["173", "0", "127"]);
    await page.getByText("no validation image has a label").waitFor();
    await counts(page, "subset-train").toBe(237);
    expect(await count(page, "subset-val")).toBe(60);
    await page.getByText("3 images are broken and left out").waitFor();
    await page.getByText("3 left out, 3 of them broken").waitFor();
    expect(await button(page, /^Clear the choice/).count()).toBe(0);
  });

  it("filters its problems and saves all that was found", async () => {
    await page.getByLabel("Filter problems").fill("notes.md");
    await page.getByText("1 of 44 files").waitFor();
    expect(await page.getByRole("region", { name: "Files with problems" }).getByRole("listitem").count()).toBe(1);
    const download = page.waitForEvent("download");
    await button(page, "JSON").click();
    const survey = JSON.parse(await readFile(await (await download).path(), "utf8")) as Survey;
    expect(survey.problems).toHaveLength(44);
    expect(survey.samples).toHaveLength(300);
    const text = page.waitForEvent("download");
    await button(page, "Save report").click();
    expect(await readFile(await (await text).path(), "utf8")).toContain("240 training and 60 validation images");
  });

  it("is read otherwise when a doubtful guess is applied, and as before when that is undone", async () => {
    const depth = page.getByTestId("labels-depth");
    const guess = depth.getByRole("listitem").filter({ hasText: "centimetres" });
    expect(await guess.getAttribute("data-doubtful")).toBe("true");
    await guess.getByRole("button", { name: "Apply" }).click();
    await guess.getByText("applied").waitFor();
    await page.getByText("1 of 4 to decide").waitFor();
    await depth.getByText("Read the values otherwise (1 set)").click();
    expect(await depth.getByLabel("Unit", { exact: true }).inputValue()).toBe("0.01");
    await guess.getByRole("button", { name: "Undo" }).click();
    await page.getByText("2 of 4 to decide").waitFor();
  });

  it("takes a reading by hand, and marks what is no number", async () => {
    const semseg = page.getByTestId("labels-semseg");
    await semseg.getByText("Read the values otherwise").click();
    const field = semseg.getByLabel("No label", { exact: true });
    await field.fill("0, x");
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    await field.fill("0, 255");
    await field.press("Enter");
    await semseg.getByText("45 % unlabelled").waitFor();
  });

  it("is chosen from by hand with the keyboard; validation images cannot be trained on", async () => {
    await page.locator("[data-testid=survey-state][data-running=false]").waitFor();
    await grid(page).focus();
    await page.keyboard.press("Space");
    for (let i = 0; i < 4; i++) await page.keyboard.press("Shift+ArrowRight");
    await page.getByText("5 selected").waitFor();
    await button(page, "Leave these out").click();
    await counts(page, "subset-train").toBe(232);
    expect(await grid(page).getByRole("option").first().getAttribute("data-fate")).toBe("byHand");
    await page.getByLabel("Show", { exact: true }).selectOption("val");
    await grid(page).focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("Space");
    expect(await button(page, "Train on these only").isDisabled()).toBe(true);
    await page.keyboard.press("Escape");
    await page.getByLabel("Show", { exact: true }).selectOption("broken");
    await grid(page).focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("Space");
    await page.getByText("1 selected").waitFor();
    expect(await button(page, "Train on these only").isDisabled()).toBe(true);
    await page.keyboard.press("Escape");
    await button(page, /^Clear the choice/).click();
    await counts(page, "subset-train").toBe(237);
    await page.getByLabel("Show", { exact: true }).selectOption("all");
  });

  it("is cut down by class and by count", async () => {
    await page.getByText("Only images that show a class").click();
    await page.getByRole("group", { name: "Semantic segmentation" }).getByRole("button", { name: /^lamp/ }).click();
    await counts(page, "subset-train").toBeLessThan(100);
    const some = await count(page, "subset-train");
    expect(await count(page, "subset-val")).toBeLessThan(60);
    const most = page.getByLabel("Training images", { exact: true });
    expect(await most.inputValue()).toBe("all");
    await most.fill("8");
    await most.press("Enter");
    await counts(page, "subset-train").toBe(8);
    await most.fill("0");
    await most.press("Enter");
    await counts(page, "subset-train").toBe(some);
    expect(await most.inputValue()).toBe("all");
    await most.fill("8");
    await most.press("Enter");
    await counts(page, "subset-train").toBe(8);
    expect(some).toBeGreaterThan(8);
  });

  it("shows one image closely, with its labels side by side and what is known of it", async () => {
    await grid(page).getByRole("option").nth(1).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("img", { name: "The image" }).waitFor();
    await dialog.getByRole("img", { name: "Semantic segmentation" }).waitFor();
    await dialog.getByText("640 × 480 pixels").waitFor();
    await page.keyboard.press("ArrowRight");
    await dialog.getByRole("heading", { name: "room-00002" }).waitFor();
    await button(page, "Change it at random").click();
    await page.getByRole("img", { name: "room-00002, as it is" }).waitFor();
    expect(await page.getByRole("img", { name: /^room-00002, change \d/ }).count()).toBe(8);
  });

  it("is kept in the browser on request, and deleted there", async () => {
    const keep = page.getByRole("switch", { name: /^Save a copy/ });
    await keep.click();
    await page.getByText("Saved: 108.0 MB, in the library.").waitFor();
    await keep.click();
    await page.getByText("The files are read from where they are.").waitFor();
  });

  it("is used with its tasks and choice when that is pressed, and can then be started", async () => {
    await page.getByTestId("coverage-human_parts").getByRole("checkbox").uncheck();
    await button(page, "Use this data").click();
    await page.locator('[role=status][data-state="ready"]').waitFor();
    expect(await page.getByLabel("Data", { exact: true }).inputValue()).toBe("folder");
    const hash = new URLSearchParams(new URL(page.url()).hash.slice(1));
    expect(hash.get("data.source")).toBe("folder");
    expect(hash.get("tasks")).toBe("semseg,normals");
    expect(await page.getByLabel("Training images", { exact: true }).inputValue()).toBe("8");
    await button(page, "Data").click();
    await page.getByText("The set-up uses this data as it is shown here.").waitFor();
  });
});

describe("data of every size", () => {
  it("of one labelled task says so, and starts a run at once", async () => {
    const page = await openFolder("?labels=semseg&images=40&stepMs=20");
    await page.getByText("a run trains on that task alone").waitFor();
    await button(page, "Use it and start").click();
    await page.locator('[role=status][data-state="running"]').waitFor();
    await page.getByTestId("loss-semseg").waitFor();
    expect(await page.getByTestId("loss-normals").count()).toBe(0);
    await page.context().close();
  });

  it("of 10,000 images draws those in sight, and asks for no picture that was scrolled past", async () => {
    const page = await openFolder("?images=10000");
    await grid(page).focus();
    await page.keyboard.press("End");
    const last = grid(page).getByRole("option", { name: /^room-09999/ });
    await last.locator("canvas").first().waitFor();
    expect(await last.getAttribute("aria-posinset")).toBe("10000");
    expect(await grid(page).getByRole("option").count()).toBeLessThan(MOST_TILES);
    expect(await page.getByTestId("coverage-semseg").locator("rect").count()).toBeLessThan(10);
    expect(await page.getByRole("region", { name: "Files with problems" }).getByRole("listitem").count()).toBeLessThan(
      20,
    );
    await page.context().close();
  });

  it("that is built in can be chosen from too, and its random changes be seen", async () => {
    const page = await scripted.visit("#view=data");
    await counts(page, "subset-train").toBe(1024);
    await grid(page).locator("canvas").first().waitFor();
    const first = grid(page).getByRole("option", { name: /^scene-train-0,/ });
    await first.click({ position: { x: 10, y: 10 } });
    await page.getByText("1 selected").waitFor();
    await button(page, "Train on these only").click();
    await button(page, "Use this data").waitFor();
    await page.getByRole("img", { name: "scene-train-0, as it is" }).waitFor();
    await button(page, "Back to what the set-up uses").click();
    await page.getByText("The set-up uses this data as it is shown here.").waitFor();
    await page.context().close();
  });
});
