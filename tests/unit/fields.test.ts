import { describe, expect, it } from "vitest";
import { setPath } from "../../src/cli/lib/setPath";
import { configAt } from "../../src/contracts/changes";
import { fieldDefaults, fieldList, fieldOf } from "../../src/contracts/fields";
import { parseRunConfig, type RunConfig } from "../../src/contracts/runConfig";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { fieldAt } from "../../src/store/setup/paths";
import { noSetup, takeField, takeSetup } from "../../src/store/setup/setupSlice";
import { readLink } from "../../src/store/setup/urlState";

const standard: RunConfig = { version: 4, ...fieldDefaults(), changes: [] };
const catalogue = buildCatalogue([], null, []);
const numbers = fieldList.flatMap((field) => (field.kind === "number" ? [field] : []));

/** Everything that a person chooses from by a label and help: entries, settings of methods, choices of both. */
const { methods, decoders, backbones, data, tasks, presets } = catalogue;
const chosenFrom = [
  ...[...methods, ...decoders, ...backbones, ...data, ...tasks, ...presets].map(({ label, help }) => ({ label, help })),
  ...[...catalogue.settings, ...methods.flatMap(({ settings }) => settings)].flatMap((setting) => [
    setting,
    ...("choices" in setting && setting.path !== "data.layout" ? setting.choices : []),
  ]),
];
/** Symbols of papers and code; a first sentence does without. */
const jargon = /N_P|sigma|theta|phi\(|[=·²³λ]/;
const sentences = (text: string): readonly string[] => text.split(/(?<=[.!?])\s/);
const withoutUnit = (label: string): string => label.replace(/ \(.*\)$/, "");

const bySet = (path: string, text: string) => (): RunConfig => {
  const raw = structuredClone(standard);
  setPath(raw, path, text);
  return parseRunConfig(raw);
};

describe("the fields of a configuration", () => {
  it("make the default run file with their defaults", () => {
    expect(parseRunConfig(standard)).toEqual(standard);
    expect(catalogue.presets[0]!.config).toEqual(standard);
  });

  it.each(fieldList)("$path has a label of at most three words, and at most two sentences of help", (field) => {
    expect(field.label.split(" ").length).toBeLessThanOrEqual(3);
    expect(field.help.match(/[.!?](?= |$)/g)!.length).toBeLessThanOrEqual(2);
  });

  it.each(chosenFrom)("the label $label has at most three words and a unit", ({ label }) => {
    expect(withoutUnit(label).match(/[^\s+]+/g)!.length).toBeLessThanOrEqual(3);
  });

  it.each(chosenFrom)("the help of $label has at most two sentences, the first without symbols", ({ help }) => {
    expect(sentences(help).length).toBeLessThanOrEqual(2);
    expect(sentences(help)[0]).not.toMatch(jargon);
  });

  it.each(numbers)("$path has one range in run files, links, --set and forms", (field) => {
    const { path, min, max, perTask } = field;
    const said = (end: number): string => (perTask ? `semseg:${end}` : String(end));
    const meant = (end: number): unknown => (perTask ? { semseg: end } : end);
    const form = takeSetup(noSetup, { preset: "default", config: standard, notices: [] });
    for (const end of path.startsWith("data.augment.scale") ? [1] : [min, max]) {
      expect(fieldAt(bySet(path, said(end))(), path)).toEqual(meant(end));
      expect(fieldAt(readLink(catalogue, "", `#${path}=${said(end)}`).config, path)).toEqual(meant(end));
      expect(fieldAt(takeField(form, catalogue, path, meant(end)).config!, path)).toEqual(meant(end));
    }
    for (const beyond of [min - 1, max + 1]) {
      expect(bySet(path, said(beyond))).toThrow(path);
      expect(readLink(catalogue, "", `#${path}=${said(beyond)}`).notices.join()).toContain(`${beyond} is not within`);
      const refused = takeField(form, catalogue, path, meant(beyond));
      expect([refused.config, refused.notices.length]).toEqual([standard, 1]);
    }
  });

  it.each(numbers)("$path suggests what it accepts", ({ min, max, suggested = { min, max } }) => {
    expect(suggested.min).toBeGreaterThanOrEqual(min);
    expect(suggested.max).toBeLessThanOrEqual(max);
    expect(suggested.min).toBeLessThan(suggested.max);
  });

  it("may change in mid-run where their effect says so", () => {
    const live = fieldList.filter(({ effect }) => effect === "feed").map(({ path }) => path);
    expect(live).toEqual(
      expect.arrayContaining([
        "training.learningRate.method",
        "training.learningRate.backbone",
        "training.learningRate.decoders",
        "training.taskWeights",
        "training.weightDecay",
        "training.clipNorm",
        "training.evaluateEvery",
      ]),
    );
    expect(fieldOf("training.steps")!.effect).toBe("graph");
  });
});

describe("task weights", () => {
  it("are of tasks that there are", () => {
    expect(bySet("training.taskWeights", "semseg:2,depth:0.5")().training.taskWeights).toEqual({
      semseg: 2,
      depth: 0.5,
    });
    expect(bySet("training.taskWeights.semseg", "2")().training.taskWeights).toEqual({ semseg: 2 });
    expect(bySet("training.taskWeights.cats", "2")).toThrow(
      /training\.taskWeights: "cats" is unknown; known: semseg, /,
    );
    expect(bySet("training.taskWeights.semseg", "-1")).toThrow(/training\.taskWeights\.semseg/);
  });
});

describe("changes in mid-run", () => {
  const changed = (...changes: readonly object[]): RunConfig => parseRunConfig({ ...standard, changes });

  it("hold from the step after which they were made, the later one of a field last", () => {
    const config = changed(
      { step: 10, field: "training.learningRate.method", value: 0.01 },
      { step: 10, field: "training.taskWeights", value: { semseg: 2 } },
      { step: 20, field: "training.learningRate.method", value: 0.001 },
    );
    const rate = (step: number): number => configAt(config, step).training.learningRate.method;
    expect([0, 9, 10, 19, 20, 300].map(rate)).toEqual([0.02, 0.02, 0.01, 0.01, 0.001, 0.001]);
    expect(configAt(config, 10).training.taskWeights).toEqual({ semseg: 2 });
    expect(configAt(config, 9)).toEqual(config);
    expect(config.training.learningRate.method).toBe(0.02);
  });

  it("may name a field by its old name", () => {
    const config = changed({ step: 1, field: "training.learningRate.adapter", value: 0.5 });
    expect(configAt(config, 1).training.learningRate.method).toBe(0.5);
  });

  it.each([
    [
      [{ step: 1, field: "training.steps", value: 5 }],
      /"training\.steps" cannot change in mid-run; these can: training/,
    ],
    [
      [{ step: 1, field: "training.clipNorm", value: 1001 }],
      /changes\.0: the value of training\.clipNorm does not fit/,
    ],
    [[{ step: 1, field: "training.clipNorm" }], /changes\.0/],
    [[{ step: -1, field: "training.clipNorm", value: 1 }], /changes\.0\.step/],
    [[{ step: 320, field: "training.clipNorm", value: 1 }], /changes\.0\.step is 320, but the run has 320 steps/],
    [
      [
        { step: 5, field: "training.clipNorm", value: 1 },
        { step: 4, field: "training.clipNorm", value: 2 },
      ],
      /changes: changes come in the order of their steps/,
    ],
    [[{ step: 1, field: "training.taskWeights", value: { cats: 1 } }], /changes\.0: "cats" is unknown/],
  ])("are refused where they mean nothing: %j", (changes, message) => {
    expect(() => changed(...changes)).toThrow(message);
  });
});
