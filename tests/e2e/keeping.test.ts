/** Files into the page and out of it, the library, and runs that go on, on scripted events: what a person presses, and what is then to be read. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { dropFolder } from "./photographs";
import { openScripted, type Scripted } from "./scripted";
import { PATIENCE_MS } from "./visit";

vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });

let scripted: Scripted;
const folder = mkdtempSync(join(tmpdir(), "studio-keeping-"));
beforeAll(async () => {
  scripted = await openScripted();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await scripted?.close();
});

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });
const hasState = (page: Page, state: string) => page.locator(`[role=status][data-state="${state}"]`).waitFor();
const pageFile = (name: string) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.alloc(8) });
const given = (page: Page) => page.getByTestId("weights-input");
const backbone = (page: Page) => page.getByLabel("Backbone", { exact: true });

async function open(link: string, state = "ready"): Promise<Page> {
  const page = await scripted.visit(link);
  await hasState(page, state);
  return page;
}

async function download(page: Page, press: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const coming = page.waitForEvent("download");
  await press();
  const file = await coming;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

describe("weights from files", () => {
  let page: Page;
  beforeAll(async () => {
    page = await open("");
  });
  afterAll(() => page.context().close());

  it("dropped anywhere, are reported before anything is replaced", async () => {
    const path = join(folder, "swin_tiny.pth");
    writeFileSync(path, "weights");
    await dropFolder(page, page.getByRole("heading", { name: "Metrics" }), path);
    const report = page.getByRole("dialog", { name: "Weights: Swin-T" });
    await report.waitFor();
    expect(await page.getByTestId("weights-matched").textContent()).toBe("173");
    expect(await page.getByTestId("weights-unexpected").textContent()).toBe("2");
    await report.getByText(/^2 unexpected/).click();
    expect(await report.getByText("aux_head.conv.weight").isVisible()).toBe(true);
    await button(page, "Not now").click();
    await report.waitFor({ state: "hidden" });
    expect(await backbone(page).inputValue()).toBe("embedded");
  });

  it("used, become the backbone, are decomposed beside the page, and are kept", async () => {
    await button(page, "report").click();
    await page.getByLabel("Save a copy in this browser").check();
    await button(page, "Use these weights").click();
    expect(await backbone(page).inputValue()).toBe("file");
    await page
      .getByTestId("decomposing")
      .filter({ hasText: /Decomposing \d+ of 52 weights/ })
      .waitFor();
    await page.getByText("Saved in this browser:").waitFor();
    await page.getByTestId("decomposing").waitFor({ state: "detached" });
    await hasState(page, "ready");
  });

  it("that are damaged say why and leave all as it was", async () => {
    await given(page).setInputFiles(pageFile("broken.pth"));
    await page.getByRole("alert").filter({ hasText: "nothing was replaced" }).waitFor();
    expect(await backbone(page).inputValue()).toBe("file");
    await hasState(page, "ready");
  });

  it("of which several could be meant are not guessed", async () => {
    await given(page).setInputFiles([pageFile("a.pth"), pageFile("b.pth")]);
    await page.getByRole("alert").filter({ hasText: "a.pth, b.pth are several files of weights" }).waitFor();
  });
});

describe("the library", () => {
  let page: Page;
  beforeAll(async () => {
    page = await scripted.visit("?library=full#view=library");
  });
  afterAll(() => page.context().close());
  const entries = (list: string) => page.getByRole("list", { name: list }).getByRole("listitem");

  it("lists what is kept, and marks what was cut short", async () => {
    await entries("Incomplete runs").first().waitFor();
    expect(await entries("Incomplete runs").count()).toBe(1);
    const cut = entries("Incomplete runs").filter({ hasText: "incomplete" });
    expect(await cut.getByRole("button").count()).toBe(1);
    await button(page, "Runs").click();
    await expect.poll(() => page.locator("[data-testid^=run-]").count()).toBe(3);
    expect(await page.getByTestId("run-done").textContent()).toContain("before the holidays");
    await button(page, "Library").click();
    expect(await entries("Backbones").textContent()).toContain("108.0 MB");
    expect(Number(await page.getByRole("meter").getAttribute("aria-valuenow"))).toBeGreaterThan(4e8);
  });

  it("asks the browser to keep it all", async () => {
    await button(page, "Ask the browser to keep this").click();
    await page.getByTestId("persisted").filter({ hasText: "has promised" }).waitFor();
  });

  it("deletes one after a question, and then everything", async () => {
    await button(page, "Delete rooms").click();
    await button(page, "Cancel").click();
    expect(await entries("Data sets").count()).toBe(1);
    await button(page, "Delete rooms").click();
    await button(page, "Delete").click();
    await expect.poll(() => entries("Data sets").count()).toBe(0);
    await button(page, "Delete everything…").click();
    await button(page, "Delete everything").click();
    await page.getByText("The library is empty").waitFor();
  });
});

describe("a run of an earlier visit", () => {
  it("is offered, goes on with its own set-up, and keeps its checkpoints", async () => {
    const page = await open("?library=full&stepMs=20");
    const card = page.getByRole("region", { name: "Interrupted run" });
    expect(await card.textContent()).toContain("DiTASK on Embedded Swin (64 px), step 120 of 320, 3 minutes ago");
    await button(page, "Resume").click();
    await hasState(page, "paused");
    await card.waitFor({ state: "detached" });
    expect(await page.getByRole("status").first().textContent()).toContain("step 120 of 320");
    expect(await page.getByLabel("Seed", { exact: true }).inputValue()).toBe("7");
    await button(page, "Start").click();
    await page.getByTestId("kept").filter({ hasText: "step 200, 12.4 MB" }).waitFor();
    await button(page, "Pause").click();
    await button(page, "Runs").click();
    const row = page.getByTestId("run-interrupted");
    expect(await row.getByRole("button", { name: /in Train$/ }).isDisabled()).toBe(true);
    expect(await row.textContent()).toMatch(/Paused2\d\d of 320/);
    await page.context().close();
  });

  it("that needs its weights names them, and can be dismissed", async () => {
    const page = await open("?library=full");
    await button(page, "Dismiss").click();
    await page
      .getByRole("region", { name: "Interrupted run" })
      .filter({ hasText: "LoRA on your own weights" })
      .waitFor();
    await button(page, "Resume").click();
    const problem = page.getByRole("alert", { name: "Problem" });
    await problem.filter({ hasText: "Choose or drop the file that the run began with." }).waitFor();
    await button(page, "Prepare again").click();
    await hasState(page, "ready");
    await page.context().close();
  });
});

describe("the folder of a headless run", () => {
  it("dropped on the page, opens in Runs with its curves", async () => {
    const page = await open("");
    const run = join(folder, "first");
    mkdirSync(join(run, "predictions"), { recursive: true });
    for (const name of ["run.json", "metrics.json", "record.bin", "predictions/a.png"])
      writeFileSync(join(run, name), "{}");
    await dropFolder(page, page.getByRole("heading", { name: "Metrics" }), run);
    const row = page.locator("[data-testid^=run-]");
    await row.filter({ hasText: "Finished" }).waitFor();
    expect(page.url()).toContain("view=runs");
    await page.getByRole("region", { name: "Curves" }).locator("path.recharts-line-curve").waitFor();
    await page.context().close();
  });
});

describe("what leaves the page", () => {
  let page: Page;
  beforeAll(async () => {
    page = await open("?stepMs=20");
    await button(page, "Step").click();
    await page.getByLabel("Save", { exact: true }).click();
  });
  afterAll(() => page.context().close());

  it("comes as one zip with its folders, or as the one file that it is", async () => {
    const zip = await download(page, () => button(page, /^Adapter/).click());
    expect(zip.name).toBe("adapter.zip");
    const files = unzipSync(zip.bytes);
    expect(Object.keys(files)).toEqual(
      ["adapter_model.safetensors", "adapter_config.json", "README.md"].map((name) => `adapter/${name}`),
    );
    expect(new TextDecoder().decode(files["adapter/README.md"])).toBe("adapter/README.md");
    const single = await download(page, () => button(page, /^Metrics \(JSON\)/).click());
    expect([single.name, single.bytes.toString()]).toEqual(["metrics.json", "metrics.json"]);
  });

  it("says why a form cannot be written, and the run is not touched by it", async () => {
    await button(page, /^For the released/).click();
    await page.getByRole("alert").filter({ hasText: 'Not written. method.settings.reading is "value"' }).waitFor();
    await hasState(page, "paused");
    await page.keyboard.press("Escape");
  });

  it("may be a chart: SVG without the page's variables, PNG at twice its size", async () => {
    const panel = page.getByRole("region", { name: "Losses" });
    await panel.getByText("table, save").click();
    const svg = await download(page, () => panel.getByRole("button", { name: "SVG" }).last().click());
    const text = svg.bytes.toString();
    expect(svg.name).toMatch(/^losses-by-step-.*\.svg$/);
    expect(text).toMatch(/^<svg xmlns=/);
    expect(text).not.toMatch(/var\(|class=|light-dark/);
    expect(text).toContain(">Surface normals</text>");
    const png = await download(page, () => panel.getByRole("button", { name: "Save as PNG" }).click());
    const side = (name: "width" | "height"): number =>
      Number(new RegExp(`^<svg [^>]*?\\b${name}="(\\d+)"`).exec(text)?.[1]);
    expect([png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)]).toEqual([2 * side("width"), 2 * side("height")]);
  });
});
