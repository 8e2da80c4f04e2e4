/** Comparisons without training: which runs there are, how rates are chosen, what tables, picture and document say. */
import { describe, expect, it } from "vitest";
import type { Sample } from "../../src/contracts/sample";
import { resolveSettings } from "../../src/core/methods/settings";
import {
  contestantConfig,
  contestants,
  findContestants,
  REFERENCE,
} from "../../src/runtime/products/catalogue/contestants";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { methodOf } from "../../src/runtime/run/prepare/modelSpec";
import { chooseFactor } from "../../src/runtime/studies/compare/choose";
import { comparisonDocument, readingOf } from "../../src/runtime/studies/compare/document";
import { figure } from "../../src/runtime/studies/compare/figure";
import { pairs } from "../../src/runtime/studies/compare/pairs";
import { runConfig, runCount, runName, seedRuns, shard, sweepRuns } from "../../src/runtime/studies/compare/plan";
import { parseResult } from "../../src/runtime/studies/compare/result";
import { deviation, median } from "../../src/runtime/studies/compare/stats";
import { type Gathered, summarise } from "../../src/runtime/studies/compare/summary";
import { costTable, csv, json, mainTable, pairTable } from "../../src/runtime/studies/compare/tables";
import { makeViews } from "../../src/runtime/studies/compare/views";
import { comparisonOf, modelRuns, resultOf } from "./compareResults";

const [single, full, ditask, unfrozen] = findContestants([REFERENCE, "full", "ditask", "unfrozen"]);

describe("contestants", () => {
  it.each(contestants.map((c) => [c.id, c] as const))("%s names a method and settings that exist", (_, contestant) => {
    const def = methodOf(contestant.method);
    resolveSettings(def, contestant.method.settings);
    // Freed groups mean something only where the method lets a run choose them.
    if (def.unfreeze === null) expect(Object.values(contestant.method.unfreeze)).not.toContain(true);
  });

  it("have ids of their own, and pairs name contestants", () => {
    const ids = contestants.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { first, second } of pairs) expect(ids).toEqual(expect.arrayContaining([first, second]));
  });

  it("an unknown or repeated id is refused with those that exist", () => {
    expect(() => findContestants(["nonsense"])).toThrow(/"nonsense" is no method to compare; known: single-full, full/);
    expect(() => findContestants(["full", "full"])).toThrow(/named twice/);
  });

  it("a factor multiplies the rates of method and backbone, never the decoders'", () => {
    const base = presets[0]!.config;
    const { learningRate } = contestantConfig(base, full!, 3).training;
    expect(learningRate.backbone).toBeCloseTo(3 * full!.rates!.backbone!, 12);
    expect(learningRate.method).toBeCloseTo(3 * base.training.learningRate.method, 12);
    expect(learningRate.decoders).toBe(base.training.learningRate.decoders);
  });
});

describe("the plan of a comparison", () => {
  it("sweeps on seed 0, and trains the other seeds at the chosen rate alone", () => {
    const comparison = comparisonOf(["ditask"]);
    expect(sweepRuns(comparison, ditask!, undefined).map(({ factor, seed }) => [factor, seed])).toEqual([
      [0.3, 0],
      [1, 0],
      [3, 0],
    ]);
    expect(seedRuns(comparison, ditask!, undefined, 3).map(({ factor, seed }) => [factor, seed])).toEqual([
      [3, 0],
      [3, 1],
    ]);
    expect(runCount(comparison, ditask!)).toBe(4);
    expect(runCount(comparison, single!)).toBe(8);
    expect(runCount(comparison, findContestants(["decoders"])[0]!)).toBe(2);
  });

  it("a result's name changes with everything that changes its numbers, and with nothing else", () => {
    const comparison = comparisonOf(["ditask"]);
    const spec = { contestant: ditask!, seed: 0, factor: 1 };
    const name = runName(comparison, spec);
    expect(name).toMatch(/^[0-9a-f]{16}$/);
    const others = [
      runName(comparison, { ...spec, seed: 1 }),
      runName(comparison, { ...spec, factor: 3 }),
      runName(comparison, { ...spec, task: "semseg" }),
      runName(comparison, { ...spec, contestant: unfrozen! }),
      runName({ ...comparison, budget: { steps: 11 } }, spec),
      runName({ ...comparison, budget: { seconds: 10 } }, spec),
      runName({ ...comparison, choosing: 9 }, spec),
      runName({ ...comparison, backboneHash: "another" }, spec),
      runName({ ...comparison, base: { ...comparison.base, data: { ...comparison.base.data, train: 9 } } }, spec),
    ];
    expect(new Set([name, ...others]).size).toBe(others.length + 1);
    // Settings that are spelled out as they are by default are the same run; so are other seeds and factors in the plan.
    const spelled = { ...ditask!, label: "another", method: { ...ditask!.method } };
    const full = resolveSettings(methodOf(ditask!.method), ditask!.method.settings);
    const same = { ...spelled, method: { ...spelled.method, settings: full as typeof spelled.method.settings } };
    expect(runName({ ...comparison, seeds: 9, factors: [1] }, { ...spec, contestant: same })).toBe(name);
  });

  it("a model for one task trains that task alone", () => {
    const comparison = comparisonOf([REFERENCE]);
    expect(runConfig(comparison, { contestant: single!, task: "normals", seed: 1, factor: 1 }).tasks).toEqual([
      "normals",
    ]);
  });

  it("shards share the work without leaving or doubling a contestant", () => {
    const cost = ({ id }: { id: string }): number => id.length;
    const parts = [1, 2, 3].map((index) => shard(contestants, cost, index, 3));
    expect(
      parts
        .flat()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(contestants.map(({ id }) => id).sort());
    const loads = parts.map((part) => part.reduce((n, c) => n + cost(c), 0));
    expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(20);
  });
});

describe("the choice of a rate", () => {
  const sweep = (scores: readonly [number, number, number][]) =>
    scores.map(([factor, semseg, normals]) =>
      resultOf(ditask!, { semseg: 0.9, normals: 1 }, { factor, choosing: { semseg, normals } }),
    );

  it("takes the largest mean gain over the tasks on the choosing images, whatever the reported ones say", () => {
    // Means 0.4 and 30. Gains: -25 % and +10 %; 0 % and +3.3 %; +25 % and -13.3 %.
    expect(
      chooseFactor(
        sweep([
          [0.3, 0.3, 27],
          [1, 0.4, 29],
          [3, 0.5, 34],
        ]),
      ),
    ).toBe(3);
    expect(
      chooseFactor(
        sweep([
          [0.3, 0.3, 20],
          [1, 0.4, 30],
          [3, 0.5, 40],
        ]),
      ),
    ).toBe(0.3);
  });

  it("leaves out runs that diverged, and finds nothing where all did", () => {
    const [a, b] = sweep([
      [1, 0.4, 30],
      [3, 0.5, 20],
    ]);
    expect(chooseFactor([a!, { ...b!, diverged: true, choosing: {} }])).toBe(1);
    expect(chooseFactor([{ ...b!, diverged: true, choosing: {} }])).toBeUndefined();
  });
});

const bothTasks: readonly Gathered[] = [
  {
    contestant: single!,
    models: [
      modelRuns(single!, [{ semseg: 0.4 }, { semseg: 0.6 }], "semseg"),
      modelRuns(single!, [{ normals: 22 }, { normals: 18 }], "normals"),
    ],
    stepBytes: 2 ** 20,
  },
  {
    contestant: unfrozen!,
    models: [
      modelRuns(unfrozen!, [
        { semseg: 0.5, normals: 21 },
        { semseg: 0.45, normals: 20 },
      ]),
    ],
    stepBytes: 2 ** 20,
  },
  {
    contestant: ditask!,
    models: [
      modelRuns(ditask!, [
        { semseg: 0.55, normals: 19 },
        { semseg: 0.5, normals: 20 },
      ]),
    ],
    stepBytes: 2 ** 20,
  },
];
const ids = bothTasks.map(({ contestant }) => contestant.id);
const comparison = comparisonOf(ids);

describe("the summary", () => {
  const summary = summarise(comparison, bothTasks);

  it("measures Δm seed by seed against the means of the single-task models", () => {
    const row = summary.rows.find(({ id }) => id === "ditask")!;
    // Single-task means 0.5 and 20. Seed 0: (+10 % + 5 %) / 2; seed 1: 0.
    expect(row.deltaM!.values[0]).toBeCloseTo(7.5, 10);
    expect(row.deltaM!.values[1]).toBeCloseTo(0, 10);
    expect(row.deltaM!.mean).toBeCloseTo(3.75, 10);
    expect(row.deltaM!.deviation).toBeCloseTo(7.5 / Math.SQRT2, 10);
    expect(summary.rows[0]!.deltaM!.mean).toBeCloseTo(0, 10);
  });

  it("adds up what single-task models train and take", () => {
    expect(summary.rows[0]).toMatchObject({ trainedBackbone: 200, trainedDecoders: 20, stepMs: 10 });
  });

  it("subtracts the rows of a pair seed by seed", () => {
    const pair = summary.pairs.find(({ first, second }) => first === "ditask" && second === "unfrozen")!;
    // Unfreeze: seed 0 (0 - 5) / 2, seed 1 (-10 + 0) / 2.
    expect(pair.difference.values[0]).toBeCloseTo(10, 10);
    expect(pair.difference.values[1]).toBeCloseTo(5, 10);
  });

  it("gives no row to a contestant that lacks runs or diverged, and says why", () => {
    const short = { ...bothTasks[2]!, models: [{ ...bothTasks[2]!.models[0]!, seeds: [] }] };
    const diverged = modelRuns(unfrozen!, [{}, {}]);
    const bad = {
      ...bothTasks[1]!,
      models: [{ ...diverged, seeds: diverged.seeds.map((r) => ({ ...r, diverged: true })) }],
    };
    const found = summarise(comparison, [bothTasks[0]!, bad, short]);
    expect(found.rows.map(({ id }) => id)).toEqual([REFERENCE]);
    expect(found.missing.map(({ reason }) => reason)).toEqual([
      "2 of its runs diverged at the chosen rate",
      "runs are missing",
    ]);
  });

  it("has no Δm without the single-task models", () => {
    expect(summarise(comparison, bothTasks.slice(1)).rows.map(({ deltaM }) => deltaM)).toEqual([null, null]);
  });
});

describe("tables, picture and document", () => {
  const summary = summarise(comparison, bothTasks);

  it("show means and deviations in people's units", () => {
    expect(mainTable(summary)).toContain("| DiTASK | 52.50 ± 3.54 | 19.50 ± 0.71 | +3.75 ± 5.30 | 100 | 10 | 1 |");
    expect(mainTable(summary)).toContain("| baseline (constant prediction) | 3.00 | 50.00 |");
    expect(pairTable(summary)).toContain("+7.50 ± 3.54");
    expect(costTable(summary)).toContain("| DiTASK | 5† | 1 |");
    const time = { format: 1, stepMs: 7, device: "a test" } as const;
    const timed = bothTasks.map((g) => ({ ...g, models: g.models.map((model) => ({ ...model, time })) }));
    expect(costTable(summarise(comparison, timed))).toContain("| Single task, full | 14 | 1 |");
  });

  it("hold the same numbers as CSV and JSON", () => {
    const [titles, ...lines] = csv(summary).trim().split("\n");
    expect(lines).toHaveLength(3);
    const at = titles!.split(",").indexOf("deltaM mean");
    expect(Number(lines[2]!.split(",")[at])).toBeCloseTo(3.75, 10);
    expect(lines[0]!.startsWith('single-full,"Single task, full",')).toBe(true);
    expect(JSON.parse(json(summary, comparison)).rows[2].deltaM.mean).toBeCloseTo(3.75, 10);
  });

  it("the picture is one SVG with every label inside and no two on top of each other", () => {
    const svg = figure(summary.rows)!;
    expect(svg.match(/<circle/g)).toHaveLength(3);
    const labels = [...svg.matchAll(/<text x="([\d.-]+)" y="([\d.-]+)">([^<]+)<\/text>/g)].map(([, x, y, text]) => ({
      x: Number(x),
      y: Number(y),
      width: 6.6 * text!.length,
    }));
    expect(labels).toHaveLength(3);
    for (const [i, a] of labels.entries()) {
      expect(a.x).toBeGreaterThan(0);
      expect(a.x + a.width).toBeLessThan(860);
      for (const b of labels.slice(i + 1)) {
        const apart = Math.abs(a.y - b.y) >= 14 || a.x + a.width <= b.x || b.x + b.width <= a.x;
        expect(apart, `${JSON.stringify(a)} ${JSON.stringify(b)}`).toBe(true);
      }
    }
    expect(figure(summarise(comparison, bothTasks.slice(1)).rows)).toBeUndefined();
  });

  it("a document made again keeps its reading and nothing else of the old one", () => {
    const made = (earlier: string): string =>
      comparisonDocument(summary, comparison, { command: "npm run compare", picture: "a.svg", earlier });
    const first = made("");
    expect(readingOf(first)).toBe("");
    const written = first.replace(/(kept when this file is made again -->)/, "$1\n\nWhat I read in it.\n");
    const again = made(`${written}\nsomething appended`);
    expect(readingOf(again)).toBe("What I read in it.");
    expect(again).not.toContain("something appended");
    expect(made(again)).toBe(again);
    expect(again).toContain("![Δm against the trained parameters of the backbone](a.svg)");
  });

  it("a file that is no result is refused by its path", () => {
    expect(() => parseResult({ format: 2 }, "runs/run-1.json")).toThrow(/runs\/run-1.json is not a result/);
  });
});

describe("the images of a comparison", () => {
  const loads: string[] = [];
  const sample = (id: string): Sample => ({ id, image: { width: 1, height: 1, data: new Uint8Array(3) }, labels: {} });
  const source = {
    name: "Ten",
    tasks: [],
    size: { train: 10, val: 10 },
    id: (split: "train" | "val", index: number) => `${split}${index}`,
    load: async (split: "train" | "val", index: number) => {
      loads.push(`${split}${index}`);
      return sample(`${split}${index}`);
    },
  };
  const idsOf = async (part: typeof source, split: "train" | "val"): Promise<string[]> =>
    Promise.all(Array.from({ length: part.size[split] }, async (_, i) => (await part.load(split, i)).id));

  it("keep apart what is reported and what rates are chosen on, and load each image once", async () => {
    const { reported, choosing } = makeViews(source, { train: 4, reported: 5, choosing: 3 });
    const [a, b] = [await idsOf(reported as typeof source, "val"), await idsOf(choosing as typeof source, "val")];
    expect(a).toHaveLength(5);
    expect(b).toHaveLength(3);
    expect(new Set([...a, ...b]).size).toBe(8);
    expect(await idsOf(reported as typeof source, "train")).toEqual(await idsOf(choosing as typeof source, "train"));
    expect(new Set(loads).size).toBe(loads.length);
    await expect(reported.load("val", 5)).rejects.toThrow(/5 val images; there is no 5/);
  });

  it("take all where 0 is asked for, and refuse more than there are", () => {
    expect(makeViews(source, { train: 0, reported: 0, choosing: 4 }).reported.size).toEqual({ train: 10, val: 6 });
    expect(() => makeViews(source, { train: 0, reported: 8, choosing: 3 })).toThrow(/10 validation images, but 8/);
    expect(() => makeViews(source, { train: 11, reported: 1, choosing: 1 })).toThrow(/10 training images; 11/);
  });
});

describe("statistics over seeds", () => {
  it("one value has no deviation; the median of an even count is between the middle two", () => {
    expect(deviation([1])).toBeUndefined();
    expect(deviation([1, 3])).toBeCloseTo(Math.SQRT2, 12);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});
