/** The real page over several visits: large weights, and runs whose tab is killed, in the browser's own file system. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { random } from "../../src/core/math/random";
import type { MetricsFile } from "../../src/runtime/run/artefacts";
import { writeSwinT } from "./largeWeights";
import { openStudio, type Studio } from "./studio";
import { PATIENCE_MS, Visit } from "./visit";

vi.setConfig({ testTimeout: 2 * PATIENCE_MS, hookTimeout: PATIENCE_MS });

let studio: Studio;
const folder = mkdtempSync(join(tmpdir(), "studio-kept-"));
beforeAll(async () => {
  studio = await openStudio();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await studio?.close();
});

/** Another tab of the same browser profile, which finds what the earlier ones kept. */
const again = async (visit: Visit, link: string): Promise<Visit> =>
  Visit.open(await visit.page.context().newPage(), studio.address, link);

describe("a Swin-T of 110 MB", () => {
  const link = "?preset=micro&device=wasm#method.id=bitfit&tasks=semseg&data.train=4&data.val=2&training.steps=1";
  let visit: Visit;
  beforeAll(async () => {
    visit = await studio.visit(link);
    await visit.reaches("ready");
  });
  afterAll(() => visit.close());

  it("is reported, kept, and opened again by another visit, in less memory than three times its size", async () => {
    const path = join(folder, "swin_tiny.safetensors");
    const bytes = writeSwinT(path);
    expect(bytes).toBeGreaterThan(110e6);
    const { page } = visit;
    const before = await visit.memoryBytes();
    await page.getByTestId("weights-input").setInputFiles(path);
    expect(await page.getByTestId("weights-matched").textContent()).toBe("169");
    await page.getByRole("button", { name: "Not now" }).click();
    expect((await visit.memoryBytes()) - before).toBeLessThan(3 * bytes);
    await page.getByRole("button", { name: "Save in this browser" }).click();
    await page.getByText("Saved in this browser:").waitFor();
    expect((await visit.memoryBytes()) - before).toBeLessThan(3 * bytes);

    const next = await again(visit, `${link}&view=library`);
    await next.page.getByRole("button", { name: /^Open .*swin_tiny/ }).click();
    await next.page.getByTestId("weights-verdict").waitFor();
    expect(await next.page.getByTestId("weights-matched").textContent()).toBe("169");
    expect([...visit.troubles, ...next.troubles]).toEqual([]);
    await next.page.close();
  });
});

describe("a run whose tab is killed", () => {
  const KILLS = 6;
  const LONGEST_LIFE_MS = 1500;
  const link = "?preset=micro&device=wasm#training.steps=300&training.batchSize=1&data.train=8&data.val=2";

  /** As a person would: the setting lies under Training, More. */
  const keepEveryStep = async ({ page }: Visit): Promise<void> => {
    const section = page.getByRole("region", { name: "Training" });
    await section.getByText(/^More/).click();
    const steps = section.getByLabel("Steps between checkpoints");
    await steps.fill("1");
    await steps.press("Enter");
  };
  /** Whether a killed tab has left one: the page may not have come to tell of it. */
  const hasCheckpoint = ({ page }: Visit): Promise<boolean> =>
    page.evaluate(async () => {
      const runs = await (await navigator.storage.getDirectory()).getDirectoryHandle("runs").catch(() => null);
      if (!runs) return false;
      // A run's record is there from its beginning on; a checkpoint is what it goes on from.
      for await (const run of runs.values())
        for await (const name of (run as FileSystemDirectoryHandle).keys())
          if (/^[ab]\.safetensors$/.test(name)) return true;
      return false;
    });
  const numbers = ({ steps, evaluations }: MetricsFile): unknown => [steps, evaluations];

  it(`at ${KILLS} moments goes on from its last checkpoint, and ends with the numbers of one that was left alone`, async () => {
    const alone = await studio.visit(link);
    await alone.reaches("ready");
    await alone.press("Start");
    await alone.reaches("finished");
    const expected = numbers(await alone.savedMetrics());
    await alone.close();

    const draw = random(2, "kills");
    const first = await studio.visit(link);
    let visit = first;
    let kept = 0;
    for (let kill = 0; ; kill++) {
      const card = visit.page.getByRole("region", { name: "Interrupted run" });
      await visit.reaches("ready");
      if (await hasCheckpoint(visit)) {
        await card.getByRole("button", { name: "Resume" }).click();
        await visit.reaches("paused");
        expect(await visit.step()).toBeGreaterThanOrEqual(kept);
      }
      await keepEveryStep(visit);
      await visit.press("Start");
      if (kill === KILLS) break;
      await visit.page.waitForTimeout(LONGEST_LIFE_MS * draw.uniform());
      kept = Math.max(kept, await visit.keptStep());
      expect(visit.troubles).toEqual([]);
      // The next tab is there before the old one is gone: a context without tabs would lose its files.
      const next = await again(visit, "about:blank");
      await visit.kill();
      visit = next;
      await visit.goTo(link);
    }
    expect(kept).toBeGreaterThan(0);
    await visit.reaches("finished");
    expect(numbers(await visit.savedMetrics())).toEqual(expected);
    await first.close();
  });
});
