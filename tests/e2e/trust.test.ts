/** The built page where something it counts on fails: code that does not come, storage that is refused, a folder that is gone. */
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { writePhotographs } from "./photographs";
import { openStudio, type Studio } from "./studio";
import { PATIENCE_MS, Visit } from "./visit";

vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });

let studio: Studio;
const photographs = writePhotographs(10);
beforeAll(async () => {
  studio = await openStudio();
});
afterAll(async () => {
  rmSync(dirname(photographs), { recursive: true });
  await studio?.close();
});

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
  await page.context().unrouteAll();
  await page.getByRole("button", { name: "Prepare again" }).click();
  await visit.reaches("ready");
  await visit.close();
});

it.each([
  [
    "refused",
    'getDirectory = () => Promise.reject(new DOMException("Security error", "SecurityError"))',
    "SecurityError",
  ],
  ["missing", "getDirectory = undefined", "no storage of their own"],
])("storage that is %s: the library says what is not kept and why, and training works", async (_, change, why) => {
  const visit = await studio.visit("about:blank");
  const { page } = visit;
  await page.context().route(/\/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `StorageManager.prototype.${change};\n${await response.text()}` });
  });
  await visit.goTo("#preset=micro&device=tf&training.steps=4&data.train=8&data.val=2");
  await visit.reaches("ready");
  await visit.press("Start");
  await visit.reaches("finished");
  await page.getByRole("button", { name: "Library", exact: true }).click();
  const words = page.getByRole("alert").filter({ hasText: "Nothing is kept here" });
  await words.filter({ hasText: why }).filter({ hasText: "Training works all the same" }).waitFor();
  expect(visit.troubles).toEqual([]);
  await visit.close();
});

const link = "#preset=micro&device=tf&training.steps=400&data.train=8&data.val=2";

/** Opens the photographs, trains on them until a checkpoint is kept, and closes the tab. Returns another one of the same browser. */
async function leaveRun(keepsData: boolean): Promise<Visit> {
  const visit = await studio.visit(link);
  const { page } = visit;
  await page.evaluate((keep) => localStorage.setItem("keep-data", keep), keepsData ? "yes" : "no");
  await page.reload();
  await visit.reaches("ready");
  await page.getByTestId("folder-input").setInputFiles(photographs);
  await page.getByTestId("subset-train").filter({ hasText: /^8$/ }).waitFor();
  await page.getByRole("button", { name: "Use it and start" }).click();
  await visit.reachesStep(2);
  await visit.press("Pause");
  await visit.reaches("paused");
  await page.getByTestId("kept").waitFor();
  if (keepsData) await vi.waitFor(async () => expect(await keptData(visit)).toBe(true), { timeout: PATIENCE_MS });
  const next = await Visit.open(await page.context().newPage(), studio.address, link);
  await page.close();
  return next;
}

const keptData = ({ page }: Visit): Promise<boolean> =>
  page.evaluate(async () => {
    const data = await (await navigator.storage.getDirectory()).getDirectoryHandle("data").catch(() => null);
    for await (const folder of data?.values() ?? [])
      if (await (folder as FileSystemDirectoryHandle).getFileHandle("entry.json").catch(() => null)) return true;
    return false;
  });

it("a run on the user's own folder goes on in a later visit: the data was kept by itself", async () => {
  const visit = await leaveRun(true);
  const card = visit.page.getByRole("region", { name: "Interrupted run" });
  await card.getByRole("button", { name: "Resume" }).click();
  await visit.reachesStep(2);
  await visit.reaches("paused");
  await visit.close();
});

it("asks for the folder where it was not kept, and goes on when it came", async () => {
  const visit = await leaveRun(false);
  const card = visit.page.getByRole("region", { name: "Interrupted run" });
  await card.filter({ hasText: "This run needs the data set rooms." }).waitFor();
  const other = writePhotographs(4);
  const chooser = visit.page.waitForEvent("filechooser");
  await card.getByRole("button", { name: "Open and resume" }).click();
  await (await chooser).setFiles(other);
  await card.filter({ hasText: "What was opened has other contents." }).waitFor();
  await card.getByTestId("resume-input").setInputFiles(photographs);
  await visit.reachesStep(2);
  await visit.reaches("paused");
  rmSync(dirname(other), { recursive: true });
  await visit.close();
});
