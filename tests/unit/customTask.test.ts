/** Tasks of the user's own: what a run file may say, and the task that is made of it. */
import { describe, expect, it } from "vitest";
import type { CustomTask } from "../../src/contracts/customTask";
import { parseRunConfig } from "../../src/contracts/runConfig";
import { colourIds, lossIds, metricIds, taskKinds } from "../../src/contracts/taskKinds";
import { taskIds } from "../../src/contracts/tasks";
import { taskFrom } from "../../src/core/tasks/fromRecord";
import { distinctColour } from "../../src/core/tasks/paint";
import { taskOf } from "../../src/core/tasks/registry";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { taskKindEntries } from "../../src/runtime/products/catalogue/taskKinds";

const { config } = presets.find(({ id }) => id === "micro")!;
const materials = {
  id: "materials",
  label: "Materials",
  kind: "classes",
  classes: 4,
  loss: "cross_entropy",
  metric: "miou",
  colours: "voc",
  weight: 1,
} as const satisfies CustomTask;
const parse = (customTasks: readonly unknown[], tasks: readonly string[] = ["semseg"]) =>
  parseRunConfig({ ...config, tasks, customTasks });

describe("a run file", () => {
  it("may define tasks and train them beside built-in ones", () => {
    const parsed = parse([materials], ["materials", "semseg"]);
    expect(parsed.customTasks).toEqual([materials]);
    expect(parse([materials]).tasks).toEqual(["semseg"]);
  });

  it("without customTasks defines none", () => {
    const { customTasks: _, ...without } = config;
    expect(parseRunConfig(without).customTasks).toEqual([]);
  });

  it("gets what a definition leaves open: numbers as they are in the file, directions that turn in mirrors", () => {
    const { kind: _k, classes: _c, ...rest } = materials;
    const open = { ...rest, loss: "l1", colours: "rgb" };
    const [numbers, directions] = parse([
      { ...open, id: "a", kind: "regression", metric: "rmse", channels: 2 },
      { ...open, id: "b", kind: "unit", metric: "mean_angle" },
    ]).customTasks;
    expect(numbers).toMatchObject({ scale: 1, offset: 0, flipX: false });
    expect(directions).toMatchObject({ flipX: true });
  });

  it.each([
    ["a task that nobody defines", [], ["materials"], /tasks: "materials" is unknown; known: semseg, .*customTasks/],
    [
      "a loss that does not fit",
      [{ ...materials, loss: "l1" }],
      undefined,
      /customTasks\.0\.loss: loss "l1" does not fit the kind "classes"; fitting: cross_entropy, focal/,
    ],
    [
      "a metric that does not fit",
      [{ ...materials, metric: "rmse" }],
      undefined,
      /metric "rmse" does not fit .*miou, accuracy/,
    ],
    [
      "colours that do not fit",
      [{ ...materials, colours: "rgb" }],
      undefined,
      /colours "rgb" does not fit .*voc, distinct/,
    ],
    [
      "an unknown kind",
      [{ ...materials, kind: "boxes" }],
      undefined,
      /kind "boxes" is unknown; known: classes, binary, regression, unit/,
    ],
    ["a built-in's id", [{ ...materials, id: "depth" }], undefined, /customTasks\.0\.id: "depth" is taken/],
    ["what every object has as id", [{ ...materials, id: "constructor" }], undefined, /"constructor" is taken/],
    ["a reserved id", [{ ...materials, id: "total" }], undefined, /"total" is taken/],
    ["an id with a slash", [{ ...materials, id: "a/b" }], undefined, /"a\/b" is no id/],
    ["one id twice", [materials, materials], undefined, /two tasks have the same id/],
    ["no number of classes", [{ ...materials, classes: undefined }], undefined, /customTasks\.0\.classes/],
    ["256 classes", [{ ...materials, classes: 256 }], undefined, /customTasks\.0\.classes.*255/],
    ["a field of another kind", [{ ...materials, channels: 2 }], undefined, /customTasks\.0\.channels/],
  ] as const)("is refused with %s", (_what, customTasks, tasks, message) => {
    expect(() => parse(customTasks, tasks)).toThrow(message);
  });
});

const definitions = taskKinds.flatMap((kind) => {
  const { example } = taskKindEntries().find(({ id }) => id === kind)!;
  const variants = <Key extends "loss" | "metric" | "colours">(key: Key, ids: readonly string[]) =>
    ids.map((id) => ({ ...example, [key]: id }) as CustomTask);
  return [
    ...variants("loss", lossIds[kind]),
    ...variants("metric", metricIds[kind]),
    ...variants("colours", colourIds[kind]),
    ...(example.kind === "regression" ? ([2, 3] as const).map((channels) => ({ ...example, channels })) : []),
  ];
});

describe.each(definitions.map((d) => [`${d.kind}: ${d.loss}, ${d.metric}, ${d.colours}`, d] as const))(
  "%s",
  (_name, definition) => {
    const task = taskFrom(definition);
    const channels = task.channels(task.defaultClasses ?? 1);

    it("is a run file's, and makes a whole task", () => {
      expect(parse([definition], [definition.id]).customTasks).toEqual([definition]);
      expect(task.objective.weight).toBe(definition.weight);
      expect(channels).toBe(
        { classes: 2, binary: 1, regression: "channels" in definition ? definition.channels : 1, unit: 3 }[
          definition.kind
        ],
      );
    });

    it("paints an opaque pixel for every prediction, and ignored labels transparent", () => {
      const rgba = task.paintPrediction(
        Float32Array.from({ length: 5 * channels }, (_, i) => Math.sin(i)),
        channels,
      );
      expect([rgba.length, ...[0, 1, 2, 3, 4].map((i) => rgba[4 * i + 3])]).toEqual([20, ...Array(5).fill(255)]);
      const label = new Float32Array(2 * task.labelChannels).fill(1);
      label.fill(255, task.labelChannels);
      expect([task.paintLabel(label)[3], task.paintLabel(label)[7]]).toEqual([255, 0]);
    });

    it("is measured: a metric of its numbers, the primary one among them", () => {
      const size = { batch: 1, height: 1, width: 4, channels };
      const label = Float32Array.from({ length: 4 * task.labelChannels }, (_, i) => i % 2);
      const metric = task.metric.create();
      metric.update(new Float32Array(4 * channels).fill(0.5), label, size, Float32Array.of(1));
      expect(metric.result()).toHaveProperty(task.metric.measures[0].key);
    });
  },
);

describe("colours", () => {
  const regression = (colours: "viridis" | "grey" | "rgb", channels: 1 | 2 | 3) =>
    taskFrom({
      ...materials,
      kind: "regression",
      channels,
      scale: 1,
      offset: 0,
      flipX: false,
      loss: "l1",
      metric: "rmse",
      colours,
    } as CustomTask);
  const pixels = (rgba: Uint8ClampedArray) =>
    Array.from({ length: rgba.length / 4 }, (_, i) => [...rgba.slice(4 * i, 4 * i + 3)]);

  it("grey runs from the least to the largest number; of several channels, of their length", () => {
    expect(pixels(regression("grey", 1).paintLabel(Float32Array.of(-1, 0, 1)))).toEqual([
      [0, 0, 0],
      [128, 128, 128],
      [255, 255, 255],
    ]);
    expect(pixels(regression("grey", 2).paintLabel(Float32Array.of(0, 0, 3, 4)))).toEqual([
      [0, 0, 0],
      [255, 255, 255],
    ]);
  });

  it("viridis runs from dark violet to yellow", () => {
    expect(pixels(regression("viridis", 1).paintLabel(Float32Array.of(0, 9)))).toEqual([
      [68, 1, 84],
      [253, 231, 37],
    ]);
  });

  it("rgb shows each channel on a scale of its own", () => {
    expect(pixels(regression("rgb", 2).paintLabel(Float32Array.of(0, 100, 1, 200)))).toEqual([
      [0, 0, 0],
      [255, 255, 0],
    ]);
    expect(pixels(regression("rgb", 1).paintLabel(Float32Array.of(0, 2)))).toEqual([
      [0, 0, 0],
      [255, 255, 255],
    ]);
  });

  it("distinct hues are distinct for 40 classes", () => {
    const all = Array.from({ length: 40 }, (_, i) => distinctColour(i));
    expect(new Set(all.map(String)).size).toBe(40);
    for (const channel of all.flat()) expect(channel >= 0 && channel <= 255).toBe(true);
  });
});

it("taskOf finds built-in and defined tasks, and lists both for any other id", () => {
  for (const id of taskIds) expect(taskOf(id).id).toBe(id);
  expect(taskOf("materials", [materials]).label).toBe("Materials");
  expect(() => taskOf("wood", [materials])).toThrow(/"wood" is unknown; known: semseg, .*edge, materials\./);
});

it("the catalogue's lists are the contract's", () => {
  for (const { id, losses, metrics, colours } of taskKindEntries()) {
    expect(losses.map((entry) => entry.id)).toEqual([...lossIds[id]]);
    expect(metrics.map((entry) => entry.id)).toEqual([...metricIds[id]]);
    expect(colours.map((entry) => entry.id)).toEqual([...colourIds[id]]);
    for (const entry of [...losses, ...metrics, ...colours]) expect(entry.label).not.toBe("");
  }
});
