/** A data set as a person would drop it on the page, made of built-in scenes. */
import type { FolderFile } from "../../src/contracts/dataOrigin";
import { encodePng } from "../../src/data/io/png";
import { renderScene, sceneClasses } from "../../src/data/scenes";

export const blob = (bytes: Uint8Array | string): Blob => new Blob([bytes as BlobPart]);

/** `count` rendered rooms with their semantic classes. */
export function rooms(count: number, side = 32): FolderFile[] {
  const files = Array.from({ length: count }, (_, i) => {
    const { image, labels } = renderScene(i, "train", side, side);
    const classes = Uint8Array.from(labels.semseg!.data);
    return [
      { path: `rooms/images/${i}.png`, file: blob(encodePng({ ...image, channels: 3 })) },
      { path: `rooms/semseg/${i}.png`, file: blob(encodePng({ ...image, channels: 1, data: classes })) },
    ];
  });
  const names = sceneClasses.map(({ name }) => name).join("\n");
  return [...files.flat(), { path: "rooms/classes.txt", file: blob(names) }];
}
