/** The built page, driven as a person drives it: what is pressed, read and seen, on both engines of the page. */
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readPng } from "../../src/data/io/pngFile";
import type { MetricsFile } from "../../src/runtime/run/artefacts";
import { dropFolder, writePhotographs } from "./photographs";
import { openStudio, type Studio, scriptsOf, servedBytes } from "./studio";
import { PATIENCE_MS, type Visit } from "./visit";

vi.setConfig({ testTimeout: 3 * PATIENCE_MS, hookTimeout: 3 * PATIENCE_MS });

const FIRST_LOAD_KB = 350;
/** Between engines, on the losses of the first step. */
const FIRST_STEP_RELATIVE = 1e-4;
/** From here on a warp is seen to leave the identity. */
const VISIBLE_WARP = 0.03;
/** Processor time of the page's own thread for one task; from a second on a page feels frozen. */
const LONGEST_TASK_MS = 500;

type Losses = MetricsFile["steps"][number]["losses"];

let studio: Studio;
let visit: Visit;
beforeAll(async () => {
  studio = await openStudio();
});
afterAll(async () => studio?.close());

async function open(link: string): Promise<void> {
  visit = await studio.visit(link);
  await visit.reaches("ready");
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Compares means over a few steps at both ends: single batches scatter. */
function expectFall({ steps }: MetricsFile, tasks: readonly (keyof Losses)[], few: number): void {
  for (const task of tasks) {
    const losses = steps.map((step) => step.losses[task]!);
    expect(mean(losses.slice(-few)), task).toBeLessThan(0.95 * mean(losses.slice(0, few)));
  }
}

const engines = [
  { device: "wasm", says: /wasm/i, enough: 40, fetches: /\.wasm$/, never: /createComputePipeline|registerKernel/ },
  { device: "webgpu", says: /WebGPU/, enough: 16, fetches: /executor/, never: /InferenceSession/ },
];
/** By device, so that the engines can be compared. */
const firstLosses = new Map<string, Losses>();

// The tests of one engine follow one another on one page, as a person's presses do. Many steps, so that Pause is in time on a fast machine.
describe.each(engines)("the micro preset on $device", ({ device, says, enough, fetches, never }) => {
  const tasks = ["semseg", "normals"] as const;
  beforeAll(() => open(`?preset=micro&device=${device}#training.steps=2000&training.warmupFraction=0`));
  afterAll(() => visit.close());

  it("says which device runs and why, and shows warps that are the identity", async () => {
    expect(await visit.text("device")).toMatch(says);
    await visit.page.getByTestId("device").click();
    expect(await visit.page.getByText("chosen by you").count()).toBe(1);
    await visit.page.keyboard.press("Escape");
    expect(await visit.number("max-warp")).toBe(0);
    expect(await visit.step()).toBe(0);
  });

  it("Step advances by exactly one", async () => {
    for (const step of [1, 2]) {
      await visit.press("Step");
      await visit.reachesStep(step);
      await visit.reaches("paused");
      expect(await visit.step()).toBe(step);
    }
    const { steps } = await visit.savedMetrics();
    expect(steps.map(({ step }) => step)).toEqual([1, 2]);
    expect(Object.keys(steps[0]!.losses).sort()).toEqual([...tasks].sort());
    firstLosses.set(device, steps[0]!.losses);
  });

  it("has the first step's losses of every other engine", () => {
    for (const losses of firstLosses.values()) {
      for (const task of tasks) {
        const difference = Math.abs(firstLosses.get(device)![task]! / losses[task]! - 1);
        expect(difference, task).toBeLessThan(FIRST_STEP_RELATIVE);
      }
    }
  });

  it("Start trains until Pause, and then no step is made", async () => {
    await visit.press("Start");
    await visit.reachesStep(5);
    await visit.press("Pause");
    await visit.reaches("paused");
    const paused = await visit.step();
    await visit.page.waitForTimeout(1000);
    expect(await visit.step()).toBe(paused);
    expect((await visit.savedMetrics()).steps).toHaveLength(paused);
  });

  it("losses of all tasks fall, warps leave the identity, predictions are painted anew", async () => {
    const canvas = visit.page.getByTestId("prediction-semseg");
    const before = await canvas.screenshot();
    await visit.press("Start");
    await visit.reachesStep(enough);
    await visit.press("Stop");
    await visit.reaches("finished");
    const metrics = await visit.savedMetrics();
    expect(metrics.steps).toHaveLength(await visit.step());
    expectFall(metrics, tasks, 6);
    for (const task of tasks) {
      const last = metrics.steps.at(-1)!.losses[task]!;
      expect(Math.abs((await visit.number(`loss-${task}`)) / last - 1)).toBeLessThan(1e-3);
      expect(await visit.colours(`truth-${task}`)).toBeGreaterThan(2);
      expect(await visit.colours(`prediction-${task}`)).toBeGreaterThan(1);
    }
    expect(await visit.number("max-warp")).toBeGreaterThan(VISIBLE_WARP);
    expect((await canvas.screenshot()).equals(before)).toBe(false);
  });

  it.runIf(device === "wasm")("charts leave as drawings and as pictures, singular values too", async () => {
    const files = unzipSync(await visit.saved(/^Charts/));
    const names = Object.keys(files);
    const site = "charts/spectra/layers.0.blocks.0.mlp.fc1";
    expect(names).toEqual(expect.arrayContaining(["charts/losses.svg", "charts/losses.png", `${site}.png`]));
    expect(new TextDecoder().decode(files["charts/losses.svg"])).toContain(">Surface normals</text>");
    const picture = readPng(files[`${site}.png`]!);
    expect(picture.width).toBe(960);
    expect(new Set(picture.data).size).toBeGreaterThan(20);
  });

  it("Reset starts over, and the first step is the same again", async () => {
    await visit.press("Reset");
    await visit.reaches("ready");
    expect(await visit.step()).toBe(0);
    expect(await visit.number("max-warp")).toBe(0);
    expect(await visit.number("loss-semseg")).toBeNaN();
    expect(await visit.page.getByTestId("prediction-semseg").count()).toBe(0);
    expect((await visit.savedMetrics()).steps).toEqual([]);
    await visit.press("Step");
    await visit.reachesStep(1);
    await visit.reaches("paused");
    expect((await visit.savedMetrics()).steps.map(({ losses }) => losses)).toEqual([firstLosses.get(device)]);
  });

  it("asks only its own server, without an error, and fetches no engine but its own", () => {
    expect(visit.foreignRequests()).toEqual([]);
    expect(visit.troubles).toEqual([]);
    expect(visit.requests.filter((url) => fetches.test(url))).not.toEqual([]);
    const scripts = scriptsOf(studio, visit.requests);
    expect(scripts.filter(({ text }) => never.test(text)).map(({ path }) => path)).toEqual([]);
    if (device !== "wasm") expect(visit.requests.filter((url) => url.endsWith(".wasm"))).toEqual([]);
  });
});

describe("the other views on wasm", () => {
  beforeAll(async () => {
    visit = await studio.visit(
      "?view=race&preset=micro&device=wasm&race=norms,bitfit,ditask#training.steps=6&training.warmupFraction=0",
    );
    await visit.page.getByRole("dialog", { name: "New study" }).waitFor();
  });
  afterAll(() => visit.close());

  it("races three methods over two seeds to the end, and compares them with the first", async () => {
    const { page } = visit;
    await page.getByLabel("Seeds").fill("2");
    await page.getByLabel("Seeds").press("Enter");
    await page.getByRole("button", { name: "Prepare study" }).click();
    await page.getByRole("button", { name: "Start study" }).click();
    await page.getByText("2 seeds, ended").waitFor();
    expect(await visit.step()).toBe(6);
    const variants = page.locator("[data-testid^=variant-]");
    expect(await variants.filter({ hasText: "reference" }).count()).toBe(1);
    expect(await variants.filter({ hasText: "what seeds do" }).count()).toBe(2);
    expect(await variants.allTextContents()).toEqual([
      expect.stringContaining("n = 2"),
      expect.stringContaining("n = 2"),
      expect.stringContaining("n = 2"),
    ]);
    expect(visit.troubles).toEqual([]);
  });

  it("computes the golden cases on the device that runs, all within their tolerance", async () => {
    await visit.page.getByRole("button", { name: "Check", exact: true }).click();
    await visit.page.getByLabel("Device", { exact: true }).and(visit.page.locator("select")).selectOption("wasm");
    await visit.page.getByRole("button", { name: "Check this device" }).click();
    // Before the first case it says "0 passed, 0 failed", and nothing of how many are to go.
    const ended = /^([1-9]\d* passed, \d+|\d+ passed, [1-9]\d*) failed$/;
    const verdict = visit.page.getByTestId("verdict").filter({ hasText: ended });
    await verdict.waitFor();
    expect(await verdict.textContent()).toMatch(/^[1-9]\d* passed, 0 failed$/);
    expect(visit.troubles).toEqual([]);
  });

  it("compares every operation of a training step with TensorFlow.js, all within rounding", async () => {
    await visit.page.getByRole("button", { name: "Compare every operation" }).click();
    const verdict = visit.page.getByTestId("step-verdict").filter({ hasText: /^\d+ operations passed, \d+ failed$/ });
    await verdict.waitFor();
    expect(await verdict.textContent()).toMatch(/^[2-9]\d operations passed, 0 failed$/);
    expect(await visit.page.getByTestId("operation-layerNormGrad").getAttribute("data-passed")).toBe("true");
    expect(visit.troubles).toEqual([]);
  });
});

describe("the micro preset on TensorFlow.js, WebGPU", () => {
  beforeAll(() => open("?preset=micro&device=tf-webgpu#training.steps=2000&training.warmupFraction=0"));
  afterAll(() => visit.close());

  it("takes the first step of every other device, says which it is, and fetches no other engine", async () => {
    expect(await visit.text("device")).toMatch(/TensorFlow\.js .*WebGPU/);
    await visit.press("Step");
    await visit.reachesStep(1);
    await visit.reaches("paused");
    const [first] = (await visit.savedMetrics()).steps;
    for (const task of ["semseg", "normals"] as const) {
      expect(Number.isFinite(first!.losses[task])).toBe(true);
      for (const losses of firstLosses.values())
        expect(Math.abs(first!.losses[task]! / losses[task]! - 1), task).toBeLessThan(FIRST_STEP_RELATIVE);
    }
    expect(visit.troubles).toEqual([]);
    expect(visit.requests.filter((url) => url.endsWith(".wasm"))).toEqual([]);
  });
});

describe("the default preset on wasm, on a few images", () => {
  const tasks = ["semseg", "human_parts", "sal", "normals"] as const;
  // More steps than are waited for: a page on a busy machine may draw so late that a short run has ended before Pause is pressed.
  beforeAll(() => open("?device=wasm#training.steps=60&data.train=16&data.val=8&training.evaluateEvery=0"));
  afterAll(() => visit.close());

  it("is prepared as the link says, with the embedded weights decomposed beside the page", async () => {
    expect(await visit.page.getByLabel("Steps", { exact: true }).inputValue()).toBe("60");
    expect(visit.requests.some((url) => url.endsWith("models/swin-embedded.safetensors"))).toBe(true);
    expect(visit.requests.some((url) => /svdWorker/.test(url))).toBe(true);
  });

  it("has its first scripts and styles within the budget", async () => {
    // The list is of the page's own requests; the engine is its worker and what that one asks for.
    const paths = await visit.page.evaluate(() => [
      location.pathname,
      ...performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname),
    ]);
    const own = [...new Set(paths)].filter((path) => !/\/worker-[^/]*\.js$/.test(path));
    const bytes = own.reduce((sum, path) => sum + gzipSync(servedBytes(studio, path)).length, 0);
    expect(own.filter((path) => /\.(js|css)$/.test(path)).length).toBeGreaterThan(1);
    expect(bytes / 1024).toBeLessThan(FIRST_LOAD_KB);
  });

  it("Pause ends within a step", async () => {
    await visit.press("Start");
    await visit.reachesStep(1);
    await visit.press("Pause");
    await visit.reaches("paused");
    // One was in flight when it was pressed, and the message of one more may have been on its way.
    expect(await visit.stepsAfterPause()).toBeLessThanOrEqual(2);
    expect(await visit.step()).toBeLessThan(60);
  });

  it("goes on until Stop: four falling losses, moved warps, painted predictions", async () => {
    await visit.press("Start");
    await visit.reachesStep(6);
    await visit.press("Stop");
    await visit.reaches("finished");
    const metrics = await visit.savedMetrics();
    const done = await visit.step();
    expect(metrics.steps.map(({ step }) => step)).toEqual(Array.from({ length: done }, (_, i) => i + 1));
    expect(metrics.evaluations.map(({ step }) => step)).toEqual([0, done]);
    expectFall(metrics, tasks, 2);
    for (const task of tasks) {
      expect(await visit.colours(`truth-${task}`), task).toBeGreaterThan(1);
      expect(await visit.page.getByTestId(`prediction-${task}`).count()).toBe(1);
    }
    expect(await visit.colours("prediction-normals")).toBeGreaterThan(50);
    expect(await visit.number("max-warp")).toBeGreaterThan(0);
  });

  it("asked nobody else, without an error", () => {
    expect(visit.foreignRequests()).toEqual([]);
    expect(visit.troubles).toEqual([]);
  });
});

describe("a folder of pictures with one kind of label", () => {
  const folder = writePhotographs(10);
  beforeAll(() => open("?preset=micro&device=wasm#training.steps=12"));
  afterAll(async () => {
    await visit.close();
    rmSync(dirname(folder), { recursive: true });
  });

  it.each([
    ["chosen", () => visit.page.getByTestId("folder-input").setInputFiles(folder)],
    ["dropped", () => dropFolder(visit.page, visit.page.getByTestId("drop-zone"), folder)],
  ])("%s, it is looked at first; used, it trains on its task alone", async (_how, bring) => {
    await visit.page.reload();
    await visit.reaches("ready");
    await bring();
    await visit.page.getByText("a run trains on that task alone").waitFor();
    await visit.page.getByTestId("survey-state").filter({ hasText: "10 of 10 images" }).waitFor();
    await visit.page.getByText("notes.md").waitFor();
    await visit.page.getByRole("img", { name: /, change 8$/ }).waitFor();
    await visit.page.getByTestId("subset-train").filter({ hasText: /^8$/ }).waitFor();
    await visit.page.getByRole("button", { name: "Use this data", exact: true }).click();
    await visit.page.getByTestId("loss-normals").waitFor({ state: "detached" });
    await visit.reaches("ready");
    await visit.press("Start");
    await visit.reaches("finished");
    const metrics = await visit.savedMetrics();
    expect(metrics.steps.map(({ losses }) => Object.keys(losses))).toEqual(Array(12).fill(["semseg"]));
    expectFall(metrics, ["semseg"], 3);
    expect(await visit.colours("image")).toBeGreaterThan(50);
    expect(await visit.colours("truth-semseg")).toBeGreaterThan(2);
    expect(visit.troubles).toEqual([]);
    expect(visit.foreignRequests()).toEqual([]);
  });
});

describe("the page", () => {
  afterAll(() => visit.close());

  it("keeps what fits of a link with errors, says what it left out, and works without a freeze", async () => {
    const wrong = "training.steps=-5&training.learningRate.method=abc&nonsense=1&tasks=semseg,flying&__proto__=x";
    visit = await studio.visit("about:blank");
    await visit.startTrace();
    await visit.goTo(`?device=wasm#preset=micro&training.seed=7&${wrong}`);
    await visit.reaches("ready");
    const notices = await visit.page.getByText("was refused").allTextContents();
    expect(notices).toHaveLength(3);
    expect(notices.join("\n")).toMatch(/training\.steps.*-5/);
    expect(await visit.page.getByLabel("Seed", { exact: true }).inputValue()).toBe("7");
    await visit.press("Start");
    await visit.reaches("finished");
    expect(await visit.step()).toBe(40);
    expect(visit.troubles).toEqual([]);
    expect(await visit.longestTaskMs()).toBeLessThan(LONGEST_TASK_MS);
  });

  it("saves an adapter, opens it again and starts from it, warps and all; a reload finds it in the library", async () => {
    const { page } = visit;
    const warp = await visit.number("max-warp");
    const zip = await visit.saved(/^Adapter/);
    const startFromIt = async (): Promise<void> => {
      expect(await visit.text("adapter-verdict")).toContain("It belongs to the backbone that is here");
      await page.getByRole("button", { name: "Use this adapter" }).click();
      await page.getByText("is where the run starts").waitFor();
    };
    await visit.goTo("?device=wasm#preset=micro&training.seed=7&tasks=semseg,normals");
    await page.reload();
    await visit.reaches("ready");
    expect(await visit.number("max-warp")).toBe(0);
    await page
      .getByTestId("weights-input")
      .setInputFiles({ name: "adapter.zip", mimeType: "application/zip", buffer: zip });
    await page.getByLabel("Save a copy in this browser").check();
    await startFromIt();
    await page.waitForFunction(warpIs, warp);
    await page.getByText("Saved in this browser:").waitFor();
    await page.reload();
    await visit.reaches("ready");
    await page.getByRole("button", { name: "Library", exact: true }).click();
    await page.getByRole("button", { name: /^Open ditask for semseg, normals/ }).click();
    await startFromIt();
    await page.waitForFunction(warpIs, warp);
    await page.getByRole("button", { name: "Start without the adapter" }).click();
    await page.waitForFunction(warpIs, 0);
    expect(visit.troubles).toEqual([]);
  });
});

/** Runs in the page: the largest warp that it shows. */
function warpIs(wanted: number): boolean {
  const shown = document.querySelector('[data-testid="max-warp"]')?.textContent?.replace("−", "-");
  return Number(shown) === wanted;
}
