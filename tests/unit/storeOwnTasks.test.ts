import { describe, expect, it } from "vitest";
import type { DataEntry } from "../../src/contracts/catalogue";
import { taskKinds } from "../../src/contracts/customTask";
import { parseRunConfig } from "../../src/contracts/runConfig";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { taskForFolder, withKind, withOwnTasks } from "../../src/store/setup/ownTasks";
import { readLink, writeLink } from "../../src/store/setup/urlState";
import { createStudioStore } from "../../src/store/studio";

const walls = { name: "wall_height", files: 4, content: "8-bit, one channel", kind: "classes", classes: 5 } as const;
const folder: DataEntry = {
  id: "folder",
  label: "Rooms",
  help: "Own images.",
  tasks: ["semseg"],
  legends: {},
  train: 3,
  val: 1,
  folders: [walls],
};
const catalogue = buildCatalogue([], null, [folder]);
const task = taskForFolder(catalogue, walls)!;

function begun() {
  const store = createStudioStore();
  store.apply({ type: "catalogue", catalogue });
  store.begin(readLink(catalogue, "", "#data.source=folder&tasks=semseg"));
  store.setField("customTasks", [task]);
  store.setField("tasks", ["semseg", task.id]);
  return store;
}
const configOf = (store: ReturnType<typeof begun>) => store.getState().setup.config!;

describe("a task of the user's own", () => {
  it("begins from its folder: a name for people, the kind and the number of classes of its files", () => {
    expect(task).toMatchObject({ id: "wall_height", label: "Wall height", kind: "classes", classes: 5 });
  });

  it("is defined, chosen, and part of a configuration that parses", () => {
    const config = configOf(begun());
    expect(config.tasks).toEqual(["semseg", "wall_height"]);
    expect(parseRunConfig(config)).toEqual(config);
  });

  it.each(taskKinds)("can become one of kind %s, with a loss, metric and colours that fit", (kind) => {
    const store = begun();
    store.setField("customTasks", [withKind(catalogue, task, kind)]);
    expect(configOf(store).customTasks[0]).toMatchObject({ id: task.id, label: task.label, kind });
    const entry = withOwnTasks(catalogue, configOf(store).customTasks).tasks.at(-1)!;
    expect(entry.measures[0]).toMatchObject({ key: entry.metric, label: entry.metricLabel });
    expect(entry.metricLabel).not.toBe("");
  });

  it("is refused where its loss does not fit its kind", () => {
    const store = begun();
    const before = configOf(store);
    store.setField("customTasks", [{ ...task, loss: "huber" }]);
    expect(configOf(store)).toBe(before);
  });

  it("leaves the tasks when it is removed", () => {
    const store = begun();
    store.setField("customTasks", []);
    expect(configOf(store).tasks).toEqual(["semseg"]);
  });

  it("stays when another preset is taken", () => {
    const store = begun();
    store.choosePreset("micro");
    expect(configOf(store).customTasks).toEqual([task]);
  });

  it("is repeated by its link; one that is damaged is not taken, with a reason", () => {
    const config = configOf(begun());
    const link = writeLink(catalogue, { preset: catalogue.presets[0]!.id, config });
    expect(readLink(catalogue, "", `#${link}`)).toMatchObject({ config, notices: [] });
    expect(readLink(catalogue, "", "#customTasks=[{").notices).toEqual([
      "The link's customTasks was refused: it is no JSON.",
    ]);
  });
});
