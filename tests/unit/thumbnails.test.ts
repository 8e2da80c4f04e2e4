import { describe, expect, it } from "vitest";
import type { DataSource } from "../../src/contracts/sample";
import { vocColour } from "../../src/core/tasks/paint";
import { makeThumbnail } from "../../src/runtime/products/pictures/thumbnails";
import { type Files, grey, npy, open, rgb, SIDE, scenes, text } from "./dataSets";

const none = { customTasks: [] };

/** Two images of 40×20 pixels whose left half is red and of class 1; the second one's depth is broken. */
function files(): Files {
  const half = Array.from({ length: 800 }, (_, i) => Number(i % 40 < 20));
  const made: Files = { "train.txt": text("a"), "val.txt": text("b"), "classes.txt": text("x\ny") };
  for (const id of ["a", "b"]) {
    made[`images/${id}.png`] = rgb(
      40,
      20,
      half.flatMap((left) => [255 * left, 0, 100]),
    );
    made[`semseg/${id}.png`] = grey(40, 20, half);
    made[`depth/${id}.npy`] = id === "a" ? npy(20, 40, new Float32Array(800).fill(2)) : text("broken");
  }
  return made;
}

describe("makeThumbnail", () => {
  it("shows the image and every label at the same size, at most as high as asked", async () => {
    const { source } = await open(files());
    const { id, image, labels, problem } = await makeThumbnail(source, "train", 0, 10, none);
    expect([id, problem, image.width, image.height]).toEqual(["a", undefined, 20, 10]);
    expect(labels.map(({ task, picture }) => [task, picture.width, picture.height])).toEqual([
      ["semseg", 20, 10],
      ["depth", 20, 10],
    ]);
    const pixel = (rgba: Uint8ClampedArray, x: number) => [...rgba.subarray(4 * (5 * 20 + x), 4 * (5 * 20 + x) + 4)];
    expect([pixel(image.rgba, 9), pixel(image.rgba, 10)]).toEqual([
      [255, 0, 100, 255],
      [0, 0, 100, 255],
    ]);
    const [{ picture }] = labels as [(typeof labels)[number]];
    expect([pixel(picture.rgba, 9), pixel(picture.rgba, 10)]).toEqual([
      [...vocColour(1), 255],
      [...vocColour(0), 255],
    ]);
  });

  it("keeps the mean colour, whatever the sizes, and never enlarges", async () => {
    const { image } = scenes[0]!;
    const source = { id: () => "s", load: async () => ({ id: "s", image, labels: {} }), tasks: [] };
    const mean = (data: ArrayLike<number>, channels: number, c: number): number => {
      let sum = 0;
      for (let at = c; at < data.length; at += channels) sum += data[at]!;
      return sum / (data.length / channels);
    };
    for (const side of [1, 16, 33, 64, 500]) {
      const thumbnail = await makeThumbnail(source as unknown as DataSource, "train", 0, side, none);
      expect(thumbnail.image.height).toBe(Math.min(side, SIDE));
      for (let c = 0; c < 3; c++) {
        const [small, whole] = [mean(thumbnail.image.rgba, 4, c), mean(image.data, 3, c)];
        // 64 rows do not divide evenly into 33: rows of one and of two pixels count alike there.
        expect(Math.abs(small - whole)).toBeLessThan(side === 33 ? 12 : 1);
      }
    }
  });

  it("tells the problem of files that cannot be read, with the sample's id", async () => {
    const { source } = await open(files());
    const broken = await makeThumbnail(source, "val", 0, 10, none);
    expect(broken).toMatchObject({ id: "b", labels: [], image: { width: 0, height: 0 } });
    expect(broken.problem).toContain("Cannot use depth/b.npy");
    await expect(makeThumbnail(source, "val", 1, 10, none)).rejects.toThrow("There is no sample 1 in val");
  });
});
