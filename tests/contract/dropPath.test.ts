/** Drop path beside every method that may leave layers as they are: a branch has one stream or several, by what adapts it. */
import { describe, expect, it } from "vitest";
import { random } from "../../src/core/math/random";
import { blockSites } from "../../src/core/methods/sites";
import { blankWeights } from "../../src/core/model/blank";
import { outputs, trainGraph } from "../../src/core/model/graphs";
import { DROP_PATH, dropPathMasks } from "../../src/core/nn/dropPath";
import { evaluate } from "../reference/evaluate";
import { modelOf, moved, type Subject, statesOf, subjects, trainingFeeds } from "./subject";

const plain = subjects.filter(({ settings }) => Object.keys(settings).length === 0);
const withSites = plain.filter(({ def }) => "sites" in def.defaults);

/** All sets of block layers that a method may adapt, but the empty one. */
function subsets({ def }: Subject): readonly string[][] {
  const setting = def.settings.find(({ key }) => (key as string) === "sites")!;
  const known = setting.kind === "choices" ? setting.choices.map(({ id }) => id) : [];
  const kinds = blockSites.filter((kind) => known.includes(kind));
  return Array.from({ length: 2 ** kinds.length - 1 }, (_, i) => kinds.filter((_kind, at) => ((i + 1) >> at) & 1));
}

const backboneSettings = { dropPath: 0.3 };

describe.each(withSites)("$title", (subject) => {
  it.each(subsets(subject).map((sites) => ({ sites, name: sites.join(", ") })))(
    "trains with drop path on $name",
    ({ sites }) => {
      const model = modelOf({ ...subject, settings: { sites }, backboneSettings });
      expect(trainGraph(model, blankWeights(model), { batch: 2 }).updates.length).toBeGreaterThan(0);
    },
  );
});

describe("a branch that nothing adapts, of several streams", () => {
  const lora = withSites.find(({ def, backbone }) => def.id === "mtlora" && backbone === "micro")!;
  const subject: Subject = { ...lora, settings: { sites: ["qkv", "fc1", "fc2"] } };
  const lossWith = (masks: (drawn: Float32Array) => Float32Array): number => {
    const { model, weights } = moved({ ...subject, backboneSettings });
    const graph = trainGraph(model, weights, { batch: 1 });
    const drawn = dropPathMasks(model.dropPaths, 1, random(5, "masks"));
    const feeds = { ...trainingFeeds(model), [DROP_PATH]: masks(drawn) };
    return evaluate({ ...graph, updates: [] }, feeds, statesOf({ model, weights })).outputs[outputs.total]![0]!;
  };

  it("is the branch of a model without drop path where nothing is left out", () => {
    const { model, weights } = moved(subject);
    const graph = trainGraph(model, weights, { batch: 1 });
    const states = statesOf({ model, weights });
    const truth = evaluate({ ...graph, updates: [] }, trainingFeeds(model), states).outputs[outputs.total]![0]!;
    expect(lossWith((drawn) => drawn.fill(1))).toBeCloseTo(truth, 12);
    expect(Math.abs(lossWith((drawn) => drawn.fill(0)) - truth)).toBeGreaterThan(1e-6);
  });
});
