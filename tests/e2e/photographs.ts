/** A folder as a person may bring it: pictures and one kind of label in the plain layout, here of rendered rooms. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { encodePng } from "../../src/data/io/png";
import { renderScene, sceneClasses } from "../../src/data/scenes";

/** Writes `count` pictures of 48×36 with their semantic classes, and a stray file; returns the folder, to be removed by the caller. */
export function writePhotographs(count: number): string {
  const folder = join(mkdtempSync(join(tmpdir(), "studio-photos-")), "rooms");
  for (const name of ["images", "semseg"]) mkdirSync(join(folder, name), { recursive: true });
  for (let i = 0; i < count; i++) {
    const { image, labels } = renderScene(i, "train", 48, 36);
    const name = `room-${String(i).padStart(2, "0")}.png`;
    writeFileSync(join(folder, "images", name), encodePng({ ...image, channels: 3 }));
    const classes = Uint8Array.from(labels.semseg!.data);
    writeFileSync(join(folder, "semseg", name), encodePng({ ...image, channels: 1, data: classes }));
  }
  writeFileSync(join(folder, "classes.txt"), sceneClasses.map(({ name }) => `${name}\n`).join(""));
  writeFileSync(join(folder, "notes.md"), "Not part of the data.\n");
  return folder;
}

/** Drags a folder from the desktop to the middle of a place and lets it go. */
export async function dropFolder(page: Page, place: Locator, folder: string): Promise<void> {
  await place.scrollIntoViewIfNeeded();
  const box = (await place.boundingBox())!;
  const devtools = await page.context().newCDPSession(page);
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await devtools.send("Input.dispatchDragEvent", {
      type,
      x: box.x + box.width / 2,
      y: box.y + box.height / 2,
      data: { items: [], files: [folder], dragOperationsMask: 1 },
    });
  }
  await devtools.detach();
}
