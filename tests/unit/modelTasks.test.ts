import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { CustomTasksSchema } from "../../src/contracts/customTask";
import { builtInTasks } from "../../src/contracts/tasks";
import { argmax, vocColour } from "../../src/core/tasks/paint";
import { tasks } from "../../src/core/tasks/registry";

describe("class colours", () => {
  it("follow the PASCAL VOC scheme", () => {
    expect([0, 1, 2, 3, 15, 20].map(vocColour)).toEqual([
      [0, 0, 0],
      [128, 0, 0],
      [0, 128, 0],
      [128, 128, 0],
      [192, 128, 128],
      [0, 64, 128],
    ]);
    expect(new Set(Array.from({ length: 40 }, (_, i) => vocColour(i).join())).size).toBe(40);
  });

  it("come from the data's own palette where it has one", () => {
    const pixels = tasks.semseg.paintPrediction(Float32Array.of(0, 1, 5, 2), 2, [
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([...pixels]).toEqual([4, 5, 6, 255, 1, 2, 3, 255]);
  });
});

it("argmax takes the first of equal logits", () => {
  expect([...argmax(Float32Array.of(1, 3, 3, 7, 7, 7), 3)]).toEqual([1, 0]);
});

it.each(Object.values(builtInTasks).filter(({ kind }) => kind !== "depth"))(
  "$id, built in, could be defined by a run file",
  (record) => {
    const { about: _, ...definition } = record;
    const { names: __, ...own } = { names: [], ...definition };
    expect(v.safeParse(CustomTasksSchema, [{ ...own, id: `my_${own.id}` }]).success).toBe(true);
  },
);

describe.each(Object.values(tasks))("$label", (task) => {
  const channels = task.channels(task.defaultClasses ?? 1);
  const pixels = 5;

  it("paints an opaque pixel for every prediction", () => {
    const rgba = task.paintPrediction(new Float32Array(pixels * channels).fill(0.5), channels);
    expect(rgba.length).toBe(4 * pixels);
    expect(Array.from({ length: pixels }, (_, i) => rgba[4 * i + 3])).toEqual(Array(pixels).fill(255));
  });

  it("leaves ignored labels transparent", () => {
    const label = new Float32Array(2 * task.labelChannels).fill(1);
    label.fill(255, task.labelChannels);
    const rgba = task.paintLabel(label);
    expect([rgba[3], rgba[7]]).toEqual([255, 0]);
  });
});

it("normals point by colour: towards the viewer is blue", () => {
  expect([...tasks.normals.paintPrediction(Float32Array.of(0, 0, 9), 3)]).toEqual([128, 128, 255, 255]);
});

it("near is brighter than far", () => {
  const [near, , , , far] = tasks.depth.paintPrediction(Float32Array.of(1, 4), 1);
  expect(near!).toBeGreaterThan(far!);
});
