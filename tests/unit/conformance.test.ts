/** What conformance does with golden data that is wrong, damaged or of another shape than the public set. */
import { describe, expect, it } from "vitest";
import type { CaseReport } from "../../src/contracts/conformance";
import { readSafetensors, type StoredTensor, writeSafetensors } from "../../src/core/checkpoint/safetensors";
import { ditask } from "../../src/core/methods/ditask";
import { ParameterStore } from "../../src/core/nn/parameters";
import type { GoldenEntry } from "../../src/runtime/products/conformance/golden";
import { Ledger } from "../../src/runtime/products/conformance/ledger";
import { caseRow, reportJson, summary } from "../../src/runtime/products/conformance/print";
import { runConformance } from "../../src/runtime/products/conformance/run";
import { globTest } from "../../src/runtime/session/node/conformance";
import { publicEntries, publicFiles } from "../golden/files";
import { float64Runner } from "../golden/float64";

interface Change {
  readonly name?: string;
  readonly entry?: (entry: GoldenEntry) => GoldenEntry;
  readonly tensors?: (tensors: Map<string, StoredTensor>) => void;
  readonly bytes?: (bytes: Uint8Array) => Uint8Array;
}

/** The report of a public case after a change of it. */
async function reportOf(base: string, { name = base, entry = (e) => e, tensors, bytes = (b) => b }: Change) {
  const original = publicEntries.find((known) => known.name === base)!;
  const file = readSafetensors(await publicFiles.read(original.file));
  tensors?.(file.tensors);
  const changed = bytes(writeSafetensors(file.tensors));
  const cases = [entry({ ...original, name })];
  const files = { index: { format: 1, cases }, read: async () => changed };
  const [report] = await runConformance(files, float64Runner(), { now: () => 0 });
  return report as CaseReport;
}

const change = (tensor: string, by: (data: Float64Array) => void) => (tensors: Map<string, StoredTensor>) => {
  const stored = tensors.get(tensor)!;
  const data = Float64Array.from(stored.data as Float64Array);
  by(data);
  tensors.set(tensor, { ...stored, dtype: "F64", data });
};

const failedQuantities = (report: CaseReport) =>
  report.quantities.filter((q) => !q.passed).map((q) => `${q.name} ${q.at}`);

describe("a number of a file that is off by more than its tolerance fails its case, named", () => {
  it.each([
    ["cpab_nc4_zb", "phi", 1e-4, "phi phi[0]"],
    ["cpab_nc4_free", "dphi_dtheta", 0.1, "dphi/dtheta dphi_dtheta"],
    ["ditask_square", "value.grad.theta.semseg", 0.01, "value.grad value.grad.theta.semseg (factored)"],
    ["ditask_qkv", "S_warped.sal.2", 0.001, "S_warped S_warped.sal.2"],
    ["mtlora_fc1", "grad.lora_tasks_B.sal", 0.01, "grad grad.lora_tasks_B.sal"],
    ["mtlora_square", "lora.out", 0.01, "lora.out lora.out"],
    ["loss_sal", "grad.1", 0.01, "gradient grad.1"],
    ["optim_adamw", "param.2.norm.bias", 1e-5, "parameters param.2.norm.bias"],
    ["optim_adamw", "lr.linear", 1e-9, "learning rate lr.linear"],
  ])("%s, %s", async (base, tensor, by, failed) => {
    const tensors = change(tensor, (data) => {
      data[1]! += by;
    });
    const report = await reportOf(base, { tensors });
    expect(report.passed).toBe(false);
    expect(failedQuantities(report)).toContain(failed);
  });

  it("a metric of the index, too", async () => {
    const entry = (e: GoldenEntry): GoldenEntry => {
      const values = structuredClone(e.values) as { metrics_after_two_updates: { float32: Record<string, number> } };
      values.metrics_after_two_updates.float32["maxF"]! += 1e-3;
      return { ...e, values };
    };
    const report = await reportOf("loss_sal", { entry });
    expect(failedQuantities(report)).toEqual(["metric metrics_after_two_updates.float32.maxF"]);
  });
});

describe("what cannot be checked fails by name", () => {
  it.each([
    [
      "a kind that is not known",
      { name: "wavelet_haar" },
      /"wavelet_haar" is a case of an unknown kind; known: cpab_\*/,
    ],
    ["a missing tensor", { tensors: (t) => t.delete("theta.semseg") }, /theta\.\*.*index\.json says 3/],
    [
      "a missing tensor that the index does not mention",
      { tensors: (t) => t.delete("weight"), entry: (e) => ({ ...e, tensors: {} }) },
      /"weight" is missing from ditask_square/,
    ],
    ["a file that is cut", { bytes: (b) => b.subarray(0, b.length - 100) }, /ditask_square.safetensors is damaged/],
    ["a file of nothing", { bytes: () => new Uint8Array(0) }, /damaged: .*at least 8 bytes/],
    [
      "a missing size",
      { entry: (e) => ({ ...e, sizes: {} }) },
      /sizes.tasks of ditask_square in index.json is missing/,
    ],
    ["a missing tolerance", { entry: (e) => ({ ...e, tolerances: {} }) }, /tolerances.f32_rel of ditask_square/],
    [
      "a gradient that has no counterpart",
      {
        tensors: (t) => t.set("grad.theta.depth", t.get("grad.theta.semseg")!),
        entry: (e) => ({ ...e, tensors: {} }),
      },
      /without a counterpart here: grad.theta.depth/,
    ],
  ] satisfies [string, Change, RegExp][])("%s", async (_what, wrong, message) => {
    const report = await reportOf("ditask_square", wrong);
    expect(report.passed).toBe(false);
    expect(report.problems.join(" ")).toMatch(message);
  });

  it("a file that is not there, while the other cases run on", async () => {
    const cases = publicEntries.filter(({ name }) => name === "loss_sal" || name === "loss_edge");
    const read = (name: string) =>
      name.startsWith("loss_edge") ? Promise.reject(new Error("no such file")) : publicFiles.read(name);
    const reports = await runConformance({ index: { format: 1, cases }, read }, float64Runner(), { now: () => 0 });
    expect(reports.map(({ name, passed }) => [name, passed])).toEqual([
      ["loss_edge", false],
      ["loss_sal", true],
    ]);
    expect(reports[0]!.problems).toEqual(["loss_edge.safetensors cannot be read: no such file"]);
    expect(summary(reports)).toBe("1 passed, 1 failed");
  });

  it("an index of another format", async () => {
    const files = { index: { format: 2, cases: [] }, read: publicFiles.read };
    await expect(runConformance(files, float64Runner(), { now: () => 0 })).rejects.toThrow(/index\.json.*format/);
  });

  it("a task and a metric that are not known", async () => {
    const entry = (e: GoldenEntry): GoldenEntry => ({ ...e, sizes: { ...e.sizes, task: "flow" } });
    expect((await reportOf("loss_sal", { entry })).problems.join()).toMatch(/"flow"; known: semseg/);
    const values = { metrics_after_two_updates: { float32: { odsF: 0.5 } }, loss: [0.1, 0.1] };
    const odd = await reportOf("loss_sal", { entry: (e) => ({ ...e, values }) });
    expect(odd.problems.join()).toMatch(/float32\.odsF is a number that no meter here gives/);
  });
});

describe("other cases of the format", () => {
  const toFloat32 = (tensors: Map<string, StoredTensor>): void => {
    for (const [name, stored] of tensors) if (stored.dtype === "F64") tensors.set(name, { ...stored, dtype: "F32" });
  };

  it("a linear fall to 0.01 of the rate, whatever the smallest rate is said to be", async () => {
    const report = await reportOf("optim_adamw", {
      tensors: (t) => {
        for (const name of [...t.keys()]) if (name.startsWith("lr.cosine")) t.delete(name);
      },
      entry: (e) => ({ ...e, tensors: {}, sizes: { ...e.sizes, min_lr: 0.2 * Number(e.sizes["base_lr"]) } }),
    });
    expect([report.problems, failedQuantities(report)]).toEqual([[], []]);
    expect(report.quantities.find(({ name }) => name === "learning rate")!.compared).toBe(2);
  });

  it.each(["cpab_nc5_zb", "cpab_nc16_free", "ditask_kv", "mtlora_fc1", "loss_depth", "optim_adamw"])(
    "%s with tensors in float32 passes",
    async (base) => {
      const report = await reportOf(base, { tensors: toFloat32 });
      // The float64 evaluator asks for 1e-12 of parameters, which a file in float32 cannot show.
      const failed = failedQuantities(report).filter((text) => !text.startsWith("parameters"));
      expect([report.problems, failed]).toEqual([[], []]);
    },
  );

  it("three updates of a loss, and one", async () => {
    const third = (tensors: Map<string, StoredTensor>): void => {
      for (const key of ["pred", "label", "grad"]) tensors.set(`${key}.2`, tensors.get(`${key}.0`)!);
    };
    const entry = (e: GoldenEntry): GoldenEntry => {
      const [first, second] = e.values["loss"] as [number, number];
      return { ...e, tensors: {}, values: { loss: [first, second, first] } };
    };
    const three = await reportOf("loss_normals", { tensors: third, entry });
    expect(three.quantities.find(({ name }) => name === "loss")).toMatchObject({ compared: 3, passed: true });
    const one = await reportOf("loss_normals", {
      tensors: (t) => ["pred.1", "label.1", "grad.1"].forEach((key) => void t.delete(key)),
      entry: (e) => ({ ...e, tensors: {}, values: { loss: [(e.values["loss"] as number[])[0]] } }),
    });
    expect(one.quantities.find(({ name }) => name === "loss")).toMatchObject({ compared: 1, passed: true });
  });

  it("a layer of which one task has an input of its own and the other reads the shared one", async () => {
    const tensors = (t: Map<string, StoredTensor>): void => {
      t.set("x.semseg", t.get("x")!);
      for (const prefix of ["", "value."]) {
        const whole = t.get(`${prefix}grad.x`)!;
        const own = taskGradient(t, prefix);
        t.set(`${prefix}grad.x.semseg`, { ...whole, data: own });
        t.set(`${prefix}grad.x`, { ...whole, data: own.map((g, i) => Number(whole.data[i]) - g) });
      }
    };
    const report = await reportOf("ditask_square", { tensors, entry: (e) => ({ ...e, tensors: {} }) });
    expect([report.problems, failedQuantities(report)]).toEqual([[], []]);
    expect(report.quantities.find(({ name }) => name === "grad x")!.compared).toBe(4);
  });
});

/** d loss / d (the input of semseg) of ditask_square: G W' with W' = U diag(S') Vᵀ, [rows,24]. */
function taskGradient(t: ReadonlyMap<string, StoredTensor>, prefix: string): Float64Array {
  const size = 24;
  const at = (name: string, i: number): number => Number(t.get(name)!.data[i]);
  const gradient = new Float64Array(t.get("x")!.data.length);
  for (let i = 0; i < gradient.length; i++) {
    const [row, column] = [Math.floor(i / size), i % size];
    for (let k = 0; k < size; k++) {
      let along = 0;
      for (let out = 0; out < size; out++) along += at("G.semseg", row * size + out) * at("U.0", out * size + k);
      gradient[i]! += along * at(`${prefix}S_warped.semseg.0`, k) * at("V.0", column * size + k);
    }
  }
  return gradient;
}

describe("a weight of two or three times its width", () => {
  const partsOf = (outSize: number, reference: boolean): number => {
    const adapter = ditask.create({ ...ditask.defaults, reference });
    const streams = { shared: true, tasks: [] };
    const site = {
      name: "fc1",
      label: "fc1",
      kind: "fc1",
      group: "linear",
      hasBias: true,
      stage: 0,
      block: 0,
    } as const;
    const store = new ParameterStore(() => true);
    adapter.linear(store, { ...site, inSize: 8, outSize, parts: 1, tokens: 4, input: streams, output: streams });
    return adapter.spectrumSites[0]!.parts;
  };

  it("is split by shape where the released DiTASK is repeated, and only there", () => {
    expect([16, 24, 32].map((outSize) => partsOf(outSize, true))).toEqual([2, 3, 1]);
    expect([16, 24, 32].map((outSize) => partsOf(outSize, false))).toEqual([1, 1, 1]);
  });
});

describe("the ledger", () => {
  it("takes what is not a number, or of another length, for an infinite error", () => {
    for (const values of [[Number.NaN, 1], [1]]) {
      const ledger = new Ledger();
      ledger.absolute("phi", "phi", values, [1, 1], 1e-3);
      expect(ledger.passed()).toBe(false);
      expect(reportJson(ledger.checked())).toContain('"error": "Infinity"');
    }
  });

  it("keeps the worst of each quantity, and has not passed where nothing was compared", () => {
    const ledger = new Ledger();
    expect(ledger.passed()).toBe(false);
    ledger.toLargest("grad", "a", [1.5, 2], [1, 2], 1);
    ledger.toLargest("grad", "b", [1, 2], [1, 2], 1);
    expect(ledger.checked()).toEqual([{ name: "grad", error: 0.25, tolerance: 1, at: "a", compared: 2, passed: true }]);
  });
});

describe("what is printed", () => {
  it("is one row a case: errors with their tolerances, and where one is too large", async () => {
    const tensors = change("phi", (data) => {
      data[1]! += 1e-4;
    });
    const report = await reportOf("cpab_nc4_zb", { tensors });
    expect(caseRow(report, 12)).toMatch(
      /^FAILED cpab_nc4_zb .*float64 phi 1\.0e-4 > 1\.0e-12 at phi\[0\],.*phi 1\.0e-4 > 2\.0e-5/,
    );
    expect(caseRow(report, 12)).not.toContain("\n");
  });

  it("is asked for by globs over whole names", () => {
    const matching = (glob: string) => publicEntries.map(({ name }) => name).filter(globTest(glob));
    expect(matching("cpab_nc?_zb")).toEqual(["cpab_nc2_zb", "cpab_nc4_zb", "cpab_nc5_zb"]);
    expect(matching("model_{plain,mtlora}")).toEqual(["model_mtlora", "model_plain"]);
    expect(matching("loss")).toEqual([]);
  });
});
