/** Studies: runs in lock-step, one group after the other, on the smallest model. */
import { afterEach, describe, expect, it } from "vitest";
import type { RunRequest, StudyKind } from "../../src/contracts/run";
import type { RunConfig } from "../../src/contracts/runConfig";
import { contestantConfig, findContestants } from "../../src/runtime/products/catalogue/contestants";
import { memoryStore } from "./memoryStore";
import { type EventOf, openSession, preset, storedRuns, type Watched } from "./open";

const micro = preset("micro");
const config: RunConfig = {
  ...micro,
  device: "wasm",
  data: { ...micro.data, train: 8, val: 4 },
  training: { ...micro.training, steps: 4, evaluateEvery: 2 },
};

let open: Watched | null = null;
afterEach(async () => {
  await open?.session.dispose();
  open = null;
});

/** A group of a race: a run for each contestant, named like it and the seed. */
const group = (ids: readonly string[], seed = 0, own = config): RunRequest[] =>
  findContestants(ids).map((contestant) => {
    const base = { ...own, training: { ...own.training, seed } };
    return { run: `${contestant.id}-${seed}`, config: contestantConfig(base, contestant) };
  });

async function prepared(groups: readonly (readonly RunRequest[])[], kind: StudyKind = "race"): Promise<Watched> {
  open = await openSession();
  await open.send({ type: "study", study: "s", kind, groups });
  return open;
}

const of = <T extends "step" | "evaluation" | "state">(watched: Watched, type: T, run: string): EventOf<T>[] =>
  watched.of(type).filter((event) => (event as { readonly run: string }).run === run);
const stateOf = (watched: Watched, run: string): string => of(watched, "state", run).at(-1)!.state;

describe("a race", () => {
  it("trains all runs of a group in lock-step and measures them after the same steps", async () => {
    const watched = await prepared([group(["decoders", "ditask"])]);
    expect(watched.of("failed")).toEqual([]);
    expect(watched.of("created").map(({ run, place }) => [run, place])).toEqual([
      ["decoders-0", { study: "s", kind: "race", group: 0 }],
      ["ditask-0", { study: "s", kind: "race", group: 0 }],
    ]);
    expect(watched.of("study").at(-1)).toMatchObject({
      groups: [["decoders-0", "ditask-0"]],
      group: 0,
      estimateMs: expect.any(Number),
    });
    await watched.send({ type: "start", run: "decoders-0" });
    for (const run of ["decoders-0", "ditask-0"]) {
      expect(stateOf(watched, run)).toBe("finished");
      expect(of(watched, "step", run).map(({ step }) => step)).toEqual([1, 2, 3, 4]);
      expect(of(watched, "evaluation", run).map(({ step }) => step)).toEqual([0, 2, 4]);
      for (const { metrics } of of(watched, "evaluation", run))
        expect(Object.keys(metrics).sort()).toEqual([...micro.tasks].sort());
    }
    const order = watched.of("step").map(({ run, step }) => `${step} ${run}`);
    expect(order).toEqual([1, 2, 3, 4].flatMap((step) => [`${step} decoders-0`, `${step} ditask-0`]));
    // Both start from the pretrained model and see the same images.
    const [a, b] = ["decoders-0", "ditask-0"].map((run) => of(watched, "step", run));
    expect(b![0]!.total).toBeCloseTo(a![0]!.total, 4);
    expect(b![3]!.total).not.toBe(a![3]!.total);
  });

  it("gives a run the numbers that it has on its own", async () => {
    const [full] = group(["full"]);
    const watched = await prepared([group(["full", "norms"])]);
    await watched.send({ type: "start", run: "norms-0" });
    await watched.send({ type: "prepare", run: "alone", config: full!.config });
    await watched.send({ type: "start", run: "alone" });
    const totals = (run: string): number[] => of(watched, "step", run).map(({ total }) => total);
    expect(totals("alone")).toEqual(totals("full-0"));
  });

  it("goes on with the next seed by itself, after each of which its runs are whole", async () => {
    const watched = await prepared([group(["decoders", "norms"], 0), group(["decoders", "norms"], 1)]);
    await watched.send({ type: "start", run: "decoders-0" });
    for (const run of ["decoders-0", "norms-0", "decoders-1", "norms-1"]) {
      expect(stateOf(watched, run)).toBe("finished");
      expect(of(watched, "step", run)).toHaveLength(4);
    }
    expect(watched.of("study").map(({ group: at }) => at)).toEqual([0, 0, 1, 1, 2]);
  });

  it("passes each group once, however often it is started, and may be ended when it is over", async () => {
    const watched = await prepared([group(["decoders"], 0), group(["decoders"], 1), group(["decoders"], 2)], "queue");
    const start = () => watched.send({ type: "start", run: "decoders-0" });
    await Promise.all([start(), start()]);
    expect(watched.of("study").map((event) => event.group)).toEqual([0, 0, 1, 1, 2, 2, 3]);
    for (const seed of [0, 1, 2]) expect(of(watched, "step", `decoders-${seed}`)).toHaveLength(4);
    await watched.send({ type: "end-study", study: "s" });
    expect(watched.of("failed")).toEqual([]);
  });

  it("goes on with the group behind a run that was put aside and taken up again", async () => {
    const watched = await prepared([group(["decoders"], 0), group(["decoders"], 1)], "queue");
    await watched.send({ type: "step", run: "decoders-0" });
    await watched.send({ type: "prepare", run: "other", config });
    await watched.send({ type: "start", run: "decoders-0" });
    expect(of(watched, "step", "decoders-0").map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    expect(stateOf(watched, "decoders-1")).toBe("finished");
  });

  it("pauses between steps, goes on, and stops early with a last measurement", async () => {
    const long = { ...config, training: { ...config.training, steps: 500, evaluateEvery: 0 } };
    const watched = await prepared([group(["decoders", "norms"], 0, long), group(["decoders"], 1, long)]);
    const steps = () => of(watched, "step", "norms-0").length;
    const running = watched.send({ type: "start", run: "norms-0" });
    await expect.poll(steps).toBeGreaterThan(1);
    await watched.send({ type: "pause", run: "decoders-0" });
    await running;
    expect(["decoders-0", "norms-0"].map((run) => stateOf(watched, run))).toEqual(["paused", "paused"]);
    const before = steps();
    const again = watched.send({ type: "start", run: "decoders-0" });
    await expect.poll(steps).toBeGreaterThan(before);
    await watched.send({ type: "end-study", study: "s" });
    await again;
    expect(stateOf(watched, "norms-0")).toBe("finished");
    const last = of(watched, "step", "norms-0").at(-1)!.step;
    expect(last).toBeLessThan(500);
    expect(of(watched, "evaluation", "norms-0").at(-1)!.step).toBe(last);
    expect(of(watched, "state", "decoders-1")).toEqual([]);
  });

  it("leaves out a run whose loss is not finite, and the others go on", async () => {
    const [good, bad] = group(["decoders", "norms"]);
    const rates = { method: 10, backbone: 10, decoders: 10 };
    const wild = {
      ...bad!.config,
      training: { ...bad!.config.training, learningRate: rates, clipNorm: 0, warmupFraction: 0 },
    };
    const watched = await prepared([[good!, { ...bad!, config: wild }]]);
    await watched.send({ type: "start", run: "decoders-0" });
    expect(stateOf(watched, "decoders-0")).toBe("finished");
    expect(of(watched, "step", "decoders-0")).toHaveLength(4);
    const failures = watched.of("failed").filter(({ run }) => run === "norms-0");
    if (failures.length > 0) expect(stateOf(watched, "norms-0")).toBe("failed");
  });

  it.each([
    ["an empty group", [[]], /at least one run/],
    ["no group", [], /at least one run/],
    [
      "seven runs at once",
      [group(["decoders", "norms", "bitfit", "full", "lora", "svft", "ditask"])],
      /1 to 6 runs.*7 came.*Take 1 away/,
    ],
    ["a run named twice", [group(["ditask"]), group(["ditask"])], /"ditask-0" is named twice/],
    ["two seeds in one group", [[...group(["decoders"], 0), ...group(["norms"], 1)]], /training\.seed is 0 and 1/],
  ] as const)("refuses %s by name and keeps what was prepared", async (_, groups, message) => {
    open = await openSession();
    await open.send({ type: "prepare", config });
    await open.send({ type: "study", study: "s", kind: "race", groups });
    expect(open.of("failed").at(-1)!.message).toMatch(message);
    await open.send({ type: "step", run: "one" });
    expect(of(open, "step", "one")).toHaveLength(1);
  });
});

describe("runs as objects", () => {
  it("a second run leaves the first as it was, which goes on bit for bit where it was left", async () => {
    const alone = await openSession();
    await alone.send({ type: "prepare", config });
    await alone.send({ type: "start" });
    const expected = alone.of("step").map(({ total }) => total);
    await alone.session.dispose();

    open = await openSession();
    await open.send({ type: "prepare", run: "a", config });
    await open.send({ type: "step", run: "a" });
    await open.send({ type: "prepare", run: "b", config: { ...config, training: { ...config.training, seed: 1 } } });
    await open.send({ type: "start", run: "b" });
    await open.send({ type: "start", run: "a" });
    expect(open.of("failed")).toEqual([]);
    expect(of(open, "step", "a").map(({ total }) => total)).toEqual(expected);
    expect(stateOf(open, "a")).toBe("finished");
    expect(of(open, "step", "b")).toHaveLength(4);
  });

  it("a live change feeds the next step, stands in the run's configuration, and repeats bit for bit", async () => {
    open = await openSession();
    await open.send({ type: "prepare", run: "a", config });
    await open.send({ type: "step", run: "a" });
    await open.send({ type: "step", run: "a" });
    await open.send({ type: "change", run: "a", field: "training.learningRate.decoders", value: 0.1 });
    await open.send({ type: "start", run: "a" });
    expect(open.of("changed")).toEqual([
      { type: "changed", run: "a", step: 2, field: "training.learningRate.decoders", value: 0.1 },
    ]);
    await open.send({ type: "export", run: "a", what: "run" });
    const file = JSON.parse(new TextDecoder().decode(open.of("artefact").at(-1)!.bytes)) as { config: RunConfig };
    expect(file.config.changes).toEqual([{ step: 2, field: "training.learningRate.decoders", value: 0.1 }]);
    await open.send({ type: "prepare", run: "b", config: file.config });
    await open.send({ type: "start", run: "b" });
    const told = (run: string) => of(open!, "step", run).map(({ total, gradientNorm }) => [total, gradientNorm]);
    expect(told("b")).toEqual(told("a"));
    expect(of(open, "evaluation", "b").at(-1)!.metrics).toEqual(of(open, "evaluation", "a").at(-1)!.metrics);
    await open.send({ type: "prepare", run: "c", config });
    await open.send({ type: "start", run: "c" });
    expect(told("c").slice(0, 2)).toEqual(told("a").slice(0, 2));
    expect(told("c")[3]).not.toEqual(told("a")[3]);
  });

  it("a change that was made while it rested holds when it goes on in another session", async () => {
    const runs = storedRuns(memoryStore());
    const first = await openSession({ runs });
    await first.send({ type: "keep", every: 0 });
    await first.send({ type: "prepare", run: "a", config });
    await first.send({ type: "step", run: "a" });
    await first.send({ type: "change", run: "a", field: "training.learningRate.decoders", value: 0.1 });
    await first.session.dispose();

    open = await openSession({ runs });
    await open.send({ type: "start", run: "a" });
    const change = { step: 1, field: "training.learningRate.decoders", value: 0.1 };
    expect(open.of("prepared").at(-1)!.config.changes).toEqual([change]);
    await open.send({ type: "prepare", run: "b", config: { ...config, changes: [change] } });
    await open.send({ type: "start", run: "b" });
    const tail = (run: string) =>
      of(open!, "step", run)
        .slice(-3)
        .map(({ step, total }) => [step, total]);
    expect(tail("a")).toEqual(tail("b"));
    expect(open.of("failed")).toEqual([]);
  });

  it("refuses to change what is not live, or to a value that is none", async () => {
    open = await openSession();
    await open.send({ type: "prepare", run: "a", config });
    await open.send({ type: "change", run: "a", field: "training.batchSize", value: 4 });
    await open.send({ type: "change", run: "a", field: "training.clipNorm", value: -1 });
    expect(open.of("failed").map(({ message }) => message)).toEqual([
      expect.stringMatching(/"training\.batchSize" cannot change in mid-run/),
      expect.stringMatching(/clipNorm/),
    ]);
    expect(stateOf(open, "a")).toBe("ready");
  });

  it("branches: live fields go on with moments and schedule, others start from the weights", async () => {
    open = await openSession({ runs: storedRuns(memoryStore()) });
    await open.send({ type: "keep", every: 0 });
    await open.send({ type: "prepare", run: "a", config });
    await open.send({ type: "step", run: "a" });
    await open.send({ type: "step", run: "a" });
    await open.send({ type: "branch", run: "b", from: { run: "a", checkpoint: "newest" } });
    await open.send({ type: "start", run: "b" });
    await open.send({ type: "start", run: "a" });
    expect(open.of("failed")).toEqual([]);
    expect(open.of("created").at(-1)).toMatchObject({ run: "b", parent: { run: "a", step: 2 } });
    const tail = (run: string) =>
      of(open!, "step", run)
        .slice(-2)
        .map(({ step, total }) => [step, total]);
    expect(tail("b")).toEqual(tail("a"));
    const slower = { ...config, training: { ...config.training, steps: 3 } };
    await open.send({ type: "branch", run: "c", from: { run: "a", checkpoint: "best" }, config: slower });
    await open.send({ type: "start", run: "c" });
    expect(open.of("failed")).toEqual([]);
    expect(of(open, "step", "c").map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(open.of("log").map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/starts from the weights of another one: (\d+) of \1 trained/),
    );
    // It begins where the parent's weights were, not where fresh ones are.
    expect(of(open, "step", "c")[0]!.total).not.toBe(of(open, "step", "a")[0]!.total);
  });

  it("is told whole in another session from its record, with changes, pictures and its end, without a checkpoint", async () => {
    const runs = storedRuns(memoryStore());
    const first = await openSession({ runs });
    await first.send({ type: "prepare", run: "a", config });
    await first.send({ type: "step", run: "a" });
    await first.send({ type: "change", run: "a", field: "training.clipNorm", value: 1 });
    await first.send({ type: "start", run: "a" });
    await first.send({ type: "rename-run", run: "a", name: "mine", note: "a note" });
    await first.session.dispose();

    open = await openSession({ runs });
    await open.send({ type: "library" });
    const [entry] = open.of("library")[0]!.entries;
    expect(entry).toMatchObject({ id: "runs/a", kind: "run", whole: true });
    expect(entry!.run).toMatchObject({ run: "a", name: "mine", state: "finished", step: 4, resumable: false });
    await open.send({ type: "open-run", run: "a" });
    expect(open.of("created")[0]).toMatchObject({ run: "a", name: "mine", note: "a note" });
    const { columns } = open.of("steps")[0]!;
    expect([...columns.total]).toEqual(of(first, "step", "a").map(({ total }) => total));
    expect(open.of("evaluation").map(({ ms: _ms, ...event }) => event)).toEqual(
      first.of("evaluation").map(({ ms: _ms, ...event }) => event),
    );
    expect(open.of("changed")).toEqual(first.of("changed"));
    expect(open.of("predictions").at(-1)).toEqual(first.of("predictions").at(-1));
    expect(open.of("warps").at(-1)).toEqual(first.of("warps").at(-1));
    expect(stateOf(open, "a")).toBe("finished");
  });

  it("keeps the best checkpoint and stops early where nothing gets better", async () => {
    open = await openSession({ runs: storedRuns(memoryStore()) });
    await open.send({ type: "keep", every: 0 });
    const training = {
      ...config.training,
      steps: 200,
      evaluateEvery: 1,
      earlyStopping: 2,
      learningRate: { method: 0, backbone: 0, decoders: 0 },
    };
    await open.send({ type: "prepare", run: "a", config: { ...config, training } });
    await open.send({ type: "start", run: "a" });
    expect(open.of("failed")).toEqual([]);
    expect(of(open, "state", "a").at(-1)).toMatchObject({
      state: "finished",
      message: /* of 200 */ expect.stringMatching(/Stopped after \d+ of 200/),
    });
    expect(of(open, "step", "a").at(-1)!.step).toBeLessThan(10);
    expect(open.of("log").map(({ message }) => message)).toContainEqual(expect.stringMatching(/Stopped early/));
  });

  it("is removed with all that is stored of it", async () => {
    const store = memoryStore();
    open = await openSession({ runs: storedRuns(store) });
    await open.send({ type: "keep", every: 0 });
    await open.send({ type: "prepare", run: "a", config });
    await open.send({ type: "step", run: "a" });
    expect((await store.list()).map(({ name }) => name)).toContain("runs/a/record.bin");
    await open.send({ type: "remove-run", run: "a" });
    expect(await store.list()).toEqual([]);
    expect(open.of("removed")).toEqual([{ type: "removed", run: "a" }]);
    await open.send({ type: "start", run: "a" });
    expect(open.of("failed").at(-1)!.message).toMatch(/There is no run "a"/);
  });
});

describe("a run in two tabs", () => {
  it("is refused in the second while it works in the first, not offered there, and not deleted", async () => {
    const held = new Set<string>();
    const runs = storedRuns(memoryStore());
    const tab = () => {
      const own = new Set<string>();
      return {
        runs,
        lock: async (name: string) => {
          if (held.has(name)) return undefined;
          held.add(name);
          own.add(name);
          return () => void (held.delete(name) && own.delete(name));
        },
        lockedElsewhere: async () => [...held].filter((name) => !own.has(name)),
      };
    };
    const first = await openSession(tab());
    await first.send({ type: "keep", every: 0 });
    await first.send({ type: "prepare", run: "a", config });
    await first.send({ type: "step", run: "a" });

    open = await openSession(tab());
    await open.send({ type: "library" });
    expect(open.of("library")[0]!.entries[0]!.run).toMatchObject({ run: "a", busy: true });
    await open.send({ type: "resume", run: "a" });
    await open.send({ type: "library-remove", id: "runs/a" });
    expect(open.of("failed").map(({ message }) => message)).toEqual([
      expect.stringMatching(/training in another tab/),
      expect.stringMatching(/training in another tab/),
    ]);
    await first.session.dispose();
    await open.send({ type: "resume", run: "a" });
    expect(open.of("resumed")).toEqual([{ type: "resumed", run: "a", step: 1 }]);
  });
});
