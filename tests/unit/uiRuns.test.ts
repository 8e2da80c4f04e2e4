/** The list of runs: what runs are called, in what they differ, what seeds say together, and what table and curves make of it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StudyPlace } from "../../src/contracts/run";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { RunEvent } from "../../src/contracts/runEvent";
import { deltaTo, metricsTogether } from "../../src/store/runs/deltaM";
import { listedRuns } from "../../src/store/runs/listedRuns";
import { runNames } from "../../src/store/runs/runNames";
import { judge, spreadOf } from "../../src/store/runs/seedStatistics";
import { withMethod, withValue } from "../../src/store/setup/methodSettings";
import { withField } from "../../src/store/setup/paths";
import { differingFields, fieldText } from "../../src/store/setup/recipeDiff";
import { createStudioStore } from "../../src/store/studio";
import { flagsOf } from "../../src/ui/panels/losses/flags";
import { curvesOf } from "../../src/ui/panels/runs/curves";
import { listOf } from "../../src/ui/panels/runs/model";
import { tableOf } from "../../src/ui/panels/runs/table";
import { catalogue, config, created, evaluation, prepared, semseg, state, step, summary } from "./runEvents";

const lora = withMethod(catalogue, config, "lora");
const ranked = (rank: number, of = lora): RunConfig => withValue(catalogue, of, "method.settings.rank", rank);
const rate = (lr: number, of: RunConfig): RunConfig => withField(of, "training.learningRate.method", lr);
const seed = (n: number, of: RunConfig): RunConfig => withField(of, "training.seed", n);
const place: StudyPlace = { study: "s", kind: "race", group: 0 };

const namesOf = (
  ...runs: readonly (RunConfig | { config: RunConfig; name?: string; place?: StudyPlace })[]
): string[] => [
  ...runNames(
    catalogue,
    runs.map((run, i) => {
      const { config: recipe, ...about } = "version" in run ? { config: run } : run;
      return { id: String(i), name: "", created: i, recipe, ...about };
    }),
  ).values(),
];

describe("the name of a run", () => {
  it("is what tells it from the others, or its own", () => {
    expect(namesOf(config, lora)).toEqual(["DiTASK", "LoRA"]);
    expect(namesOf(rate(0.003, ranked(8)), rate(0.01, ranked(3)))).toEqual(["LoRA r=8, lr 0.003", "LoRA r=3, lr 0.01"]);
    expect(namesOf({ config, name: "mine" }, config, config)).toEqual(["DiTASK", "DiTASK (2)", "mine"]);
  });

  it("is told from runs of its method and study, not from those outside of it", () => {
    expect(namesOf(config, { ...lora, tasks: ["depth"] })).toEqual(["DiTASK", "LoRA"]);
    const names = namesOf({ config: seed(0, config), place }, { config: seed(1, config), place }, seed(5, lora));
    expect(names).toEqual(["DiTASK, seed 0", "DiTASK, seed 1", "LoRA"]);
  });
});

describe("the recipe diff", () => {
  it("names the fields that differ by the catalogue's labels, and nothing else", () => {
    expect(differingFields(catalogue, [config, config])).toEqual([]);
    const other = seed(4, rate(0.5, config));
    const fields = differingFields(catalogue, [config, other]);
    expect(fields.map(({ path }) => path).sort()).toEqual(["training.learningRate.method", "training.seed"]);
    for (const { path, label } of fields)
      expect(label).toBe(catalogue.settings.find((setting) => setting.path === path)!.label);
    expect(fieldText(catalogue, other, "training.seed")).toBe("4");
  });

  it("of two methods names them, and of their settings only those that were set", () => {
    const paths = differingFields(catalogue, [config, ranked(3)]).map(({ path }) => path);
    expect(paths[0]).toBe("method.id");
    expect(paths).toContain("method.settings.rank");
    expect(paths).not.toContain("method.settings.reading");
    expect(fieldText(catalogue, ranked(3), "method.id")).toBe("LoRA");
    expect(fieldText(catalogue, config, "tasks")).toMatch(/^Semantic segmentation, /);
  });

  it("does not depend on which comes first", () => {
    const [a, b] = [seed(3, ranked(2)), { ...config, tasks: ["depth"] }];
    const paths = (...pair: RunConfig[]) =>
      differingFields(catalogue, pair)
        .map(({ path }) => path)
        .sort();
    expect(paths(a, b)).toEqual(paths(b, a));
  });
});

describe("seeds", () => {
  it("have the mean and the sample's standard deviation; one has none", () => {
    expect(spreadOf([])).toBeUndefined();
    expect(spreadOf([3])).toEqual({ mean: 3, sd: 0, n: 1 });
    expect(spreadOf([1, 2, 3])).toEqual({ mean: 2, sd: 1, n: 3 });
  });

  it("say nothing where there is one", () => {
    expect(judge([])).toBe("one seed");
    expect(judge([9])).toBe("one seed");
  });

  it("judge by t times the standard error: t for two degrees of freedom is 4.303", () => {
    const around = (mean: number): number[] => [mean - 1, mean, mean + 1];
    const edge = 4.303 / Math.sqrt(3);
    expect(judge(around(edge - 0.01))).toBe("within what seeds do");
    expect(judge(around(edge + 0.01))).toBe("beyond what seeds do");
    expect(judge([0, 0, 0])).toBe("within what seeds do");
  });

  it("judge a difference and its opposite alike, in any unit", () => {
    const list = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(list, (values) => {
        expect(judge(values)).toBe(judge(values.map((value) => -4 * value)));
      }),
    );
  });
});

describe("Δm", () => {
  const entries = catalogue.tasks.filter(({ id }) => id === "semseg" || id === "normals");
  const of = (miou: number, angle: number) =>
    Object.fromEntries(entries.map(({ id, metric }) => [id, { [metric]: id === "semseg" ? miou : angle }]));

  it("turns the sign where smaller is better", () => {
    const from = of(0.4, 20);
    expect(deltaTo(from, of(0.44, 18), entries)).toBeCloseTo(10, 9);
    expect(deltaTo(from, of(0.36, 22), entries)).toBeCloseTo(-10, 9);
    expect(deltaTo(from, of(0.44, 22), entries)).toBeCloseTo(0, 9);
  });

  it("is not told where a metric is missing, the reference is 0, or there is no task", () => {
    expect(deltaTo({}, {}, entries)).toBeUndefined();
    const zero = { semseg: { [entries[0]!.metric]: 0 } };
    expect(deltaTo(zero, zero, entries.slice(0, 1))).toBeUndefined();
    expect(deltaTo({}, {}, [])).toBeUndefined();
  });

  it("is measured against single-task runs together, and against the mean of seeds", () => {
    expect(metricsTogether([{ semseg: { a: 1 } }, { depth: { b: 2 } }])).toEqual({ semseg: { a: 1 }, depth: { b: 2 } });
    expect(metricsTogether([{ semseg: { a: 1 } }, { semseg: { a: 3 } }])).toEqual({ semseg: { a: 2 } });
    expect(metricsTogether([])).toEqual({});
  });
});

/** A race of two methods over two seeds, the last of which is half done. */
function race() {
  const store = createStudioStore();
  const tell = (...events: readonly RunEvent[]): void => {
    for (const event of events) store.apply(event);
  };
  const methods = [config, lora];
  for (const group of [0, 1])
    for (const [m, method] of methods.entries()) {
      const id = `r${1 + m + 2 * group}`;
      const own = seed(group, { ...method, tasks: ["semseg"] });
      tell(created(id, { config: own, place: { ...place, group } }), prepared(id, own), state(id, "running"));
      const done = group === 0 ? 3 : 1;
      for (let n = 1; n <= done; n++) tell(step(id, n, 1 + m + n));
      tell(evaluation(id, done, m === 0 ? 0.4 : 0.3 + 0.1 * group));
      if (group === 0) tell(state(id, "finished"));
    }
  store.pinRuns(["r1"]);
  return store;
}

const listed = (store: ReturnType<typeof race>) => {
  const { runs } = store.getState();
  return listOf(catalogue, runs, listedRuns(runs, []));
};
const newest = { key: "created", descending: true } as const;

describe("the table of runs", () => {
  it("groups a race by method, and its numbers are of the seeds that are complete", () => {
    const list = listed(race());
    const [group, ...others] = tableOf(list.runs, newest, list.tasks);
    expect(others).toEqual([]);
    const variants = group?.kind === "study" ? group.variants : [];
    const byName = Object.fromEntries(variants.map((variant) => [variant.name, variant]));
    expect(Object.keys(byName).sort()).toEqual(["DiTASK", "LoRA"]);
    expect(byName["LoRA"]!.metrics.get("semseg")).toEqual({ mean: 0.3, sd: 0, n: 1 });
    expect(byName["LoRA"]!.runs.map(({ entry }) => entry.id)).toEqual(["r2", "r4"]);
    expect(byName["LoRA"]!.verdict).toBe("one seed");
    expect(byName["DiTASK"]).not.toHaveProperty("verdict");
  });

  it("says within what seeds do once two are complete and their differences turn", () => {
    const store = race();
    store.apply(evaluation("r4", 1, 0.5));
    for (const id of ["r3", "r4"]) store.apply(state(id, "finished"));
    const list = listed(store);
    const [group] = tableOf(list.runs, newest, list.tasks);
    const variant = group?.kind === "study" ? group.variants.find(({ name }) => name === "LoRA") : undefined;
    expect(variant?.metrics.get("semseg")?.n).toBe(2);
    expect(variant?.verdict).toBe("within what seeds do");
  });

  it("names the reference, and measures against it", () => {
    const store = race();
    const list = listed(store);
    expect(list.referenceName).toBe("DiTASK, seed 0");
    expect(list.runs.find(({ entry }) => entry.id === "r2")?.delta).toBeCloseTo(-25, 9);
    store.pinRuns([]);
    expect(listed(store)).toMatchObject({ referenceName: "", reference: {} });
    expect(listed(store).runs.every(({ delta }) => delta === undefined)).toBe(true);
  });

  it("is sorted by a column, runs without a value last in both directions", () => {
    const store = race();
    for (const id of ["r8", "r9"]) for (const event of [created(id), prepared(id), step(id, 1)]) store.apply(event);
    store.apply(evaluation("r8", 1, 0.9));
    const list = listed(store);
    const order = (descending: boolean) =>
      tableOf(list.runs, { key: "task semseg", descending }, list.tasks).map((group) =>
        group.kind === "run" ? group.run.entry.id : group.study,
      );
    expect(order(true)).toEqual(["r8", "s", "r9"]);
    expect(order(false)).toEqual(["s", "r8", "r9"]);
  });

  it("holds the library's runs, but none twice, none hidden, none without a step", () => {
    const store = race();
    store.hideRuns(["r1"]);
    const kept = [summary("r2"), summary("old"), summary("fresh", { step: 0, state: "ready" })];
    const ids = listedRuns(store.getState().runs, kept).map(({ id }) => id);
    expect(ids.toSorted()).toEqual(["old", "r2", "r3", "r4"]);
  });
});

describe("the curves of runs", () => {
  const look = { beta: 0, logarithmic: false, bands: false };

  it("are one for each run, at the same steps, and end where the run does", () => {
    const { runs } = listed(race());
    const { rows, curves } = curvesOf(runs, { kind: "loss", curve: "semseg" }, look);
    expect(curves.map(({ key }) => key).toSorted()).toEqual(["r1", "r2", "r3", "r4"]);
    expect(rows.map(({ x }) => x)).toEqual([1, 2, 3]);
    expect(rows.map((row) => row["r1"])).toEqual([2, 3, 4]);
    expect(rows.map((row) => row["r3"])).toEqual([2, null, null]);
  });

  it("of seeds are a mean with a band from lowest to highest", () => {
    const store = race();
    store.apply(step("r4", 1, 9));
    const { rows, curves } = curvesOf(listed(store).runs, { kind: "loss", curve: "semseg" }, { ...look, bands: true });
    const own = curves.find(({ label }) => label === "LoRA")!;
    expect(own.band).toEqual([`${own.key}<`, `${own.key}>`]);
    expect([rows[0]![own.key], rows[0]![own.band![0]], rows[0]![own.band![1]]]).toEqual([6, 3, 9]);
  });

  it("of a metric are its evaluations", () => {
    const { runs } = listed(race());
    const { rows } = curvesOf(runs, { kind: "metric", task: "semseg", metric: semseg.metric }, look);
    expect(rows).toEqual([
      { x: 1, r1: null, r2: null, r3: 0.4, r4: 0.4 },
      { x: 3, r1: 0.4, r2: 0.3, r3: null, r4: null },
    ]);
  });

  it("never hold more points than are drawn", () => {
    const store = createStudioStore();
    for (const event of [created("r1"), prepared("r1")]) store.apply(event);
    for (let n = 1; n <= 3000; n++) store.apply(step("r1", n, n % 7));
    const { rows } = curvesOf(listed(store).runs, { kind: "loss", curve: "semseg" }, look);
    expect(rows.length).toBeLessThanOrEqual(400);
    expect(rows.length).toBeGreaterThan(200);
  });
});

describe("a change on the way", () => {
  it("is flagged at the first step that it feeds, by the field's label and value", () => {
    const [flag] = flagsOf(catalogue, [{ step: 30, field: "training.weightDecay", value: 0.1 }]);
    expect(flag).toEqual({ x: 31, label: "Weight decay 0.1" });
  });
});
