/** Which tasks npm run finetune trains where nobody chose them. */
import { describe, expect, it } from "vitest";
import { labelledTasks, readConfig } from "../../src/cli/lib/finetuneOptions";
import { preset } from "../session/open";

const stuff = {
  id: "stuff",
  label: "Stuff",
  kind: "classes",
  classes: 3,
  loss: "cross_entropy",
  metric: "miou",
  colours: "distinct",
  weight: 1,
} as const;
const config = { ...preset("micro"), tasks: ["semseg", "stuff", "normals"], customTasks: [stuff] };

describe("labelledTasks", () => {
  it("keeps tasks of the user's own that the data has a folder for, as an adapter brings them", () => {
    const fitted = labelledTasks(config, {}, { tasks: ["semseg", "normals", "depth"], folders: ["stuff", "other"] });
    expect(fitted).toEqual({ config, said: null });
  });

  it("leaves out what has no labels, and says so", () => {
    const none = labelledTasks(config, {}, { tasks: ["semseg", "normals"], folders: ["other"] });
    expect(none.config.tasks).toEqual(["semseg", "normals"]);
    expect(none.said).toBe("The data has no labels for stuff: the run trains on semseg, normals.");
    const alone = labelledTasks(config, {}, { tasks: ["depth"], folders: ["stuff"] });
    expect(alone.config.tasks).toEqual(["stuff"]);
    expect(alone.said).toContain("Only stuff has labels");
  });

  it("falls back on all that the data has where it has nothing of the tasks; chosen tasks stay as they are", () => {
    expect(labelledTasks(config, {}, { tasks: ["depth", "edge"], folders: [] }).config.tasks).toEqual([
      "depth",
      "edge",
    ]);
    expect(labelledTasks(config, { tasks: "sal" }, { tasks: ["depth"], folders: [] })).toEqual({ config, said: null });
  });
});

describe("the rates of a run", () => {
  const ratesOf = async (flags: object) => (await readConfig(flags)).config.training.learningRate;

  it("are the method's own where nobody set them", async () => {
    expect(await ratesOf({})).toEqual({ method: 0.02, backbone: 1e-3, decoders: 5e-3 });
    expect(await ratesOf({ method: "ditask" })).toEqual({ method: 0.02, backbone: 1e-3, decoders: 5e-3 });
    expect(await ratesOf({ method: "lora" })).toEqual({ method: 3e-3, backbone: 1e-3, decoders: 5e-3 });
    expect(await ratesOf({ method: "mtlora" })).toEqual({ method: 3e-3, backbone: 3e-4, decoders: 5e-3 });
    expect(await ratesOf({ set: ["method.id=lora"] })).toMatchObject({ method: 3e-3 });
  });

  it("stay where a person or a preset set them", async () => {
    const set = ["training.learningRate.method=0.02"];
    expect(await ratesOf({ method: "lora", set })).toMatchObject({ method: 0.02 });
    const reference = (5e-4 * 16) / 512;
    expect(await ratesOf({ preset: "reference", method: "lora" })).toMatchObject({ method: reference });
  });
});
