import { describe, expect, it } from "vitest";
import { runRows, runsCsv, showRuns } from "../../src/cli/lib/runTable";
import type { StoredRun } from "../../src/runtime/session/node/storedRuns";
import { preset } from "../session/open";

const config = preset("micro");
const stored = (run: string, about: Partial<StoredRun>): StoredRun => ({
  ...{
    folder: run,
    run,
    config,
    name: "",
    created: 0,
    state: "finished",
    step: 3,
    evaluations: [],
    metrics: {},
    ms: 1500,
  },
  ...about,
});

const multi = stored("multi", { metrics: { semseg: { mIoU: 0.44 }, normals: { mean: 18 } }, trained: 3647 });
const semseg = stored("semseg", { config: { ...config, tasks: ["semseg"] }, metrics: { semseg: { mIoU: 0.4 } } });
const normals = stored("normals", { config: { ...config, tasks: ["normals"] }, metrics: { normals: { mean: 20 } } });

describe("a table of runs", () => {
  it("has Δm against single-task runs taken together: ten percent more and ten percent less angle", () => {
    const [row] = runRows([multi], [semseg, normals]);
    expect(row!.deltaM).toBeCloseTo(10, 9);
    expect(showRuns([row!], "2 reference runs")).toMatch(
      /Δm against 2 reference runs .*\n.*\n.*\| +44\.0 % \| +18\.0° \| +10\.00 % \| +3,647 \| +2 s \|$/,
    );
  });

  it("has a dash for what a run or the reference lacks", () => {
    const rows = runRows([multi, normals], [semseg]);
    expect(rows.map(({ deltaM }) => deltaM)).toEqual([undefined, undefined]);
    const [, , , last] = showRuns(rows, "it").split("\n");
    expect(last).toMatch(/\| finished \| +3\/\d+ \| +– \| +20\.0° \| +– \| +– \|/);
  });

  it("keeps a name that a person gave, and quotes it where it must", () => {
    const rows = runRows([{ ...multi, name: 'wide, "two"' }, semseg], []);
    expect(rows.map(({ name }) => name)).toEqual(['wide, "two"', "DiTASK, semseg"]);
    expect(runsCsv(rows).split("\n")[1]).toBe('multi,"wide, ""two""",multi,finished,3,0.44,18,,3647,1500');
  });
});
