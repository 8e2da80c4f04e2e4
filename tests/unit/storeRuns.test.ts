/** Several runs in the store: each event belongs to the run that it names, and nothing that one run told is lost by another. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GROUP_LIMIT } from "../../src/contracts/run";
import { RUN_COLOURS } from "../../src/store/runs/runColours";
import { isListed } from "../../src/store/runs/runEntry";
import { contestantConfig, raceGroups, referenceGroups, sweepGroups } from "../../src/store/runs/studyCommands";
import { withField } from "../../src/store/setup/paths";
import { createStudioStore } from "../../src/store/studio";
import * as told from "./runEvents";
import {
  catalogue,
  columns,
  config,
  created,
  evaluation,
  openSession,
  prepared,
  shown,
  state,
  step,
  summary,
} from "./runEvents";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A session whose first run has taken two steps. */
function trained(hash = "") {
  const opened = openSession(hash);
  opened.ready();
  opened.session.start();
  for (const event of [state("r1", "running"), step("r1", 1), step("r1", 2, 0.5), evaluation("r1", 2, 0.3)])
    opened.tell(event);
  return { ...opened, run: (id: string) => opened.store.getState().runs.byId.get(id) };
}

describe("several runs in the store", () => {
  it("fold their events apart, whatever their order", () => {
    const store = createStudioStore();
    for (const id of ["a", "b"]) for (const event of [created(id), prepared(id)]) store.apply(event);
    for (const [id, loss] of [
      ["a", 1],
      ["b", 7],
      ["a", 2],
      ["b", 6],
    ] as const) {
      const { step: done } = store.getState().runs.byId.get(id)!.run;
      store.apply(step(id, done + 1, loss));
    }
    store.apply(evaluation("b", 2, 0.5));
    const { byId } = store.getState().runs;
    expect([...byId.get("a")!.history.curves.get("semseg")!.values()]).toEqual([1, 2]);
    expect([...byId.get("b")!.history.curves.get("semseg")!.values()]).toEqual([7, 6]);
    expect(byId.get("a")!.results.evaluations).toEqual([]);
    expect(byId.get("b")!.results.evaluations).toHaveLength(1);
  });

  it("stay when another one is made: curves and metrics are there, and are drawn over each other", () => {
    const { session, tell, ready, run, store } = trained();
    session.reset();
    expect(shown(store).run.step).toBe(0);
    ready();
    tell(step("r2", 1, 4));
    expect([...run("r1")!.history.steps.values()]).toEqual([1, 2]);
    expect(run("r1")!.results.evaluations).toHaveLength(1);
    expect([...run("r2")!.history.curves.get("semseg")!.values()]).toEqual([4]);
    expect(store.getState().runs.ticked).toEqual(["r1", "r2"]);
    expect([...store.getState().runs.byId.values()].filter(isListed)).toHaveLength(2);
  });

  it("fail alone, and what is asked beside them touches none", () => {
    const { tell, run, session, ready } = trained();
    session.reset();
    ready();
    tell({ type: "failed", run: "r1", message: "The loss is NaN.", detail: "", recoverable: true });
    expect(run("r1")!.run).toMatchObject({ state: "failed", failure: { message: "The loss is NaN." } });
    expect(run("r2")!.run).toMatchObject({ state: "ready", failure: null });
    tell({ type: "failed", run: "r2", message: "No form.", detail: "", recoverable: true, of: "export" });
    expect(run("r2")!.run.failure).toBeNull();
  });

  it("that were prepared and never started give way to the set-up that replaces them", () => {
    const { store, ready, sent } = openSession();
    ready();
    store.setField("training.seed", 9);
    vi.runAllTimers();
    expect([...store.getState().runs.byId.keys()]).toEqual(["r2"]);
    expect(sent.slice(-2)).toMatchObject([
      { type: "prepare", run: "r2" },
      { type: "remove-run", run: "r1" },
    ]);
  });

  it("have colours that stay, and repeat none before all are used", () => {
    const store = createStudioStore();
    const ids = Array.from({ length: RUN_COLOURS }, (_, i) => `r${i + 1}`);
    for (const id of ids) for (const event of [created(id), prepared(id), step(id, 1)]) store.apply(event);
    const { colours } = store.getState().runs;
    expect(new Set(colours.values()).size).toBe(RUN_COLOURS);
    store.apply({ type: "removed", run: "r2" });
    for (const event of [created("r9"), prepared("r9"), step("r9", 1)]) store.apply(event);
    for (const id of ids) expect(store.getState().runs.colours.get(id)).toBe(colours.get(id));
  });

  it("are renamed, unpinned and unticked by name", () => {
    const { tell, run, store } = trained();
    tell({ type: "renamed", run: "r1", name: "first", note: "by hand" });
    expect(run("r1")).toMatchObject({ name: "first", note: "by hand" });
    store.pinRuns(["r1"]);
    tell({ type: "removed", run: "r1" });
    expect(store.getState().runs).toMatchObject({ current: null, ticked: [], reference: [] });
    expect(shown(store).run.prepared).toBeNull();
  });
});

describe("a run of the library", () => {
  const listed = { type: "library", persisted: false } as const;
  const entries = [
    { id: "runs/k", kind: "run", label: "", whole: true, bytes: 1, files: 1, changed: 1, run: summary("k") },
  ] as const;

  it("tells its record when it is shown or ticked first, and not again", () => {
    const { session, tell, sent, store } = trained();
    tell({ ...listed, entries });
    session.tickRun("k", true);
    expect(sent.at(-1)).toEqual({ type: "open-run", run: "k" });
    for (const event of [created("k"), prepared("k")]) tell(event);
    tell({ type: "steps", run: "k", columns: columns(1, 120) });
    tell(state("k", "paused"));
    session.showRun("k");
    expect(sent.filter(({ type }) => type === "open-run")).toHaveLength(1);
    expect(shown(store)).toMatchObject({ id: "k", run: { step: 120, state: "paused" } });
    expect(shown(store).history.steps.length).toBe(120);
    expect(store.getState().view).toBe("train");
  });

  it("that goes on is being opened until the session says otherwise, whatever its record says", () => {
    const { session, tell, store } = trained();
    tell({ ...listed, entries });
    session.resume("k");
    expect(shown(store)).toMatchObject({ id: "k", run: { state: "preparing", step: 120 } });
    for (const event of [prepared("k"), state("k", "paused")]) tell(event);
    expect(shown(store).run.state).toBe("paused");
  });

  it("that is finished opens as finished, with its metrics", () => {
    const { session, tell, store } = trained();
    const metrics = { semseg: { [told.semseg.metric]: 0.4 } };
    const done = summary("k", { state: "finished", step: 320, metrics });
    tell({ ...listed, entries: [{ ...entries[0], run: done }] });
    session.showRun("k");
    expect(shown(store)).toMatchObject({ run: { state: "finished", step: 320 }, told: false });
    expect(shown(store).results.evaluations.at(-1)?.metrics).toEqual(metrics);
  });

  it("brings its configuration into the set-up when it is shown, and nothing waits then", () => {
    const { session, tell, store, types } = trained();
    const other = withField(config, "training.seed", 77);
    tell({ ...listed, entries: [{ ...entries[0], run: summary("k", { config: other }) }] });
    session.showRun("k");
    for (const event of [created("k", { config: other }), prepared("k", other), state("k", "paused")]) tell(event);
    vi.runAllTimers();
    expect(store.getState().setup.config).toEqual(other);
    expect(types().filter((type) => type === "prepare")).toHaveLength(1);
    session.start();
    expect(types().at(-1)).toBe("start");
  });
});

describe("live settings", () => {
  const rate = "training.learningRate.method";

  it("are told to the run under way after a quiet moment, once for several changes", () => {
    const { store, sent, types } = trained();
    store.setField(rate, 0.01);
    store.setField(rate, 0.005);
    vi.runAllTimers();
    expect(types().filter((type) => type === "change")).toHaveLength(1);
    expect(sent.at(-1)).toEqual({ type: "change", run: "r1", field: rate, value: 0.005 });
    expect(types().filter((type) => type === "prepare")).toHaveLength(1);
  });

  it("leave an entry in the run's list and nothing that waits", () => {
    const { store, tell, run } = trained();
    store.setField(rate, 0.005);
    vi.runAllTimers();
    tell({ type: "changed", run: "r1", step: 2, field: rate, value: 0.005 });
    expect(run("r1")!.changes).toEqual([{ step: 2, field: rate, value: 0.005 }]);
    expect(run("r1")!.config.training.learningRate.method).toBe(0.005);
    expect(store.getState().setup.sent).toEqual(store.getState().setup.config);
  });

  it("of a run that is opened are those of its configuration; the controls show what holds at its end", () => {
    const { session, tell, store, run } = trained();
    const changes = [{ step: 5, field: rate, value: 0.5 }];
    const recipe = { ...config, changes };
    tell({
      ...{ type: "library", persisted: false },
      entries: [
        { id: "runs/k", kind: "run", label: "", whole: true, bytes: 1, files: 1, changed: 1, run: summary("k") },
      ],
    });
    session.showRun("k");
    for (const event of [created("k"), prepared("k", recipe), state("k", "paused")]) tell(event);
    expect(run("k")!).toMatchObject({ recipe, changes });
    const { setup } = store.getState();
    expect(setup.config).toMatchObject({ changes: [], training: { learningRate: { method: 0.5 } } });
    expect(setup.sent).toBe(setup.config);
    tell({ type: "resumed", run: "k", step: 4 });
    expect(run("k")!.changes).toEqual([]);
    expect(run("k")!.config).toEqual(config);
  });

  it("count once where they change twice before a step", () => {
    const { tell, run } = trained();
    for (const value of [1, 2]) tell({ type: "changed", run: "r1", step: 2, field: rate, value });
    tell({ type: "changed", run: "r1", step: 3, field: rate, value: 3 });
    expect(run("r1")!.changes.map(({ step: at, value }) => [at, value])).toEqual([
      [2, 2],
      [3, 3],
    ]);
  });

  it("reach the run before it goes on", () => {
    const { store, session, tell, types } = trained();
    tell(state("r1", "paused"));
    store.setField(rate, 0.005);
    session.start();
    expect(types().slice(-2)).toEqual(["change", "start"]);
  });

  it("are no change of a run that is finished: they need a new one, as other fields do", () => {
    const { store, session, tell, types, ready } = trained();
    tell(state("r1", "finished"));
    store.setField(rate, 0.005);
    store.setField("training.seed", 5);
    vi.runAllTimers();
    expect(types()).not.toContain("change");
    session.startNew();
    expect(types().at(-1)).toBe("prepare");
    ready();
    expect(types().at(-1)).toBe("start");
    expect([...store.getState().runs.byId.keys()]).toEqual(["r1", "r2"]);
  });
});

describe("Undo", () => {
  it("of Reset shows the run before, and removes the new one where it has no step", () => {
    const { session, ready, store, sent } = trained();
    session.reset();
    ready();
    expect(store.getState().runs.toast?.text).toContain("stays in Runs");
    session.undo();
    expect(shown(store)).toMatchObject({ id: "r1", run: { step: 2 } });
    expect([...store.getState().runs.byId.keys()]).toEqual(["r1"]);
    expect(sent.at(-1)).toEqual({ type: "remove-run", run: "r2" });
    expect(store.getState().runs.toast).toBeNull();
  });

  it("of Reset keeps the new run where that has begun", () => {
    const { session, ready, tell, store } = trained();
    session.reset();
    ready();
    tell(step("r2", 1));
    session.undo();
    expect([...store.getState().runs.byId.keys()]).toEqual(["r1", "r2"]);
    expect(shown(store).id).toBe("r1");
  });

  it("of a race that took the place of a run ends it and shows that run", () => {
    const { session, store, types } = trained();
    session.study("race", raceGroups(config, catalogue.contestants.slice(0, 2), 2));
    expect(store.getState().runs.byId.size).toBe(5);
    expect(store.getState().runs.toast?.text).toContain("stays in Runs");
    session.undo();
    expect([...store.getState().runs.byId.keys()]).toEqual(["r1"]);
    expect(shown(store).id).toBe("r1");
    expect(types().filter((type) => type === "end-study")).toHaveLength(1);
    expect(types().filter((type) => type === "remove-run")).toHaveLength(4);
  });

  it("is not offered where nothing would be lost", () => {
    const { session, ready, store } = openSession();
    ready();
    session.reset();
    expect(store.getState().runs.toast).toBeNull();
  });

  it("of a deletion brings the run back; after a while it is carried out", () => {
    const { session, store, types, sent } = trained();
    session.removeRuns(["r1"]);
    expect(store.getState().runs.hidden).toEqual(["r1"]);
    session.undo();
    expect(store.getState().runs.hidden).toEqual([]);
    vi.runAllTimers();
    expect(types()).not.toContain("remove-run");
    session.removeRuns(["r1"]);
    vi.runAllTimers();
    expect(sent.at(-1)).toEqual({ type: "remove-run", run: "r1" });
    expect(store.getState().runs.toast).toBeNull();
  });

  it("of Reset leaves a deletion before it carried out, once", () => {
    const { session, tell, ready, types } = trained();
    for (const event of [created("b"), prepared("b"), step("b", 1)]) tell(event);
    session.removeRuns(["b"]);
    session.reset();
    ready();
    session.undo();
    vi.runAllTimers();
    // Of the deleted run, and of the new one that had no step.
    expect(types().filter((type) => type === "remove-run")).toHaveLength(2);
  });

  it("of one deletion leaves an earlier one as it was carried out", () => {
    const { session, store, sent, tell } = trained();
    for (const event of [created("b"), prepared("b"), step("b", 1)]) tell(event);
    session.removeRuns(["r1"]);
    session.removeRuns(["b"]);
    expect(sent.at(-1)).toEqual({ type: "remove-run", run: "r1" });
    tell({ type: "removed", run: "r1" });
    session.undo();
    expect([...store.getState().runs.byId.keys()]).toEqual(["b"]);
    expect(store.getState().runs.hidden).toEqual([]);
  });
});

describe("a study", () => {
  const two = catalogue.contestants.slice(0, 2);

  it("is a group of all methods for each seed, with their own settings and rates", () => {
    const groups = raceGroups(config, two, 3);
    expect(groups.map((group) => group.map(({ training }) => training.seed))).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    expect(groups.map((group) => group.map(({ method }) => method))).toEqual(
      Array(3).fill(two.map(({ method }) => method)),
    );
    const own = { ...two[0]!, rates: { method: 0.5 } };
    expect(contestantConfig(config, own).training.learningRate).toEqual({
      ...config.training.learningRate,
      method: 0.5,
    });
    expect(GROUP_LIMIT).toBeGreaterThanOrEqual(2);
  });

  it("is one run after the other for a sweep, and one for each task for references", () => {
    const sweep = sweepGroups(catalogue, config, "training.learningRate.method", [0.1, 0.2], 2);
    expect(sweep.map(([run]) => [run!.training.learningRate.method, run!.training.seed])).toEqual([
      ...[
        [0.1, 0],
        [0.2, 0],
      ],
      ...[
        [0.1, 1],
        [0.2, 1],
      ],
    ]);
    expect(referenceGroups(catalogue, config).map(([run]) => run!.tasks)).toEqual(config.tasks.map((task) => [task]));
  });

  it("lists its runs at once, pins its first method where nothing is pinned, and is followed from group to group", () => {
    const { session, store, tell, sent } = openSession();
    session.study("race", raceGroups(config, two, 2));
    const command = sent.find((one) => one.type === "study")!;
    const groups = command.groups.map((group) => group.map(({ run }) => run));
    const { study } = command;
    const { runs } = store.getState();
    expect([...runs.byId.values()].filter(isListed).map(({ id }) => id)).toEqual(groups.flat());
    expect(runs.reference).toEqual([groups[0]![0], groups[1]![0]]);
    expect(runs.current).toBe(groups[0]![0]);
    expect(runs.colours.get(groups[0]![1]!)).toBe(runs.colours.get(groups[1]![1]!));
    tell({ type: "study", study, kind: "race", groups, group: 1, estimateMs: 9000 });
    expect(store.getState().runs.current).toBe(groups[1]![0]);
    expect(store.getState().runs.studies.get(study)).toMatchObject({ group: 1, estimateMs: 9000 });
  });

  it("leaves no trace of runs that were not begun when it is ended", () => {
    const { session, store, tell, sent } = openSession();
    session.study("queue", [[config], [withField(config, "training.seed", 1)]]);
    const { study, groups } = sent.find((one) => one.type === "study")!;
    const ids = groups.map((group) => group.map(({ run }) => run));
    const [first, second] = ids.flat();
    for (const event of [created(first!), prepared(first!), step(first!, 1)]) tell(event);
    session.endStudy(study);
    expect(sent.at(-1)).toEqual({ type: "end-study", study });
    tell({ type: "study", study, kind: "queue", groups: ids, group: 2 });
    expect(store.getState().runs.byId.has(first!)).toBe(true);
    expect(store.getState().runs.byId.has(second!)).toBe(false);
  });

  it("of references pins them together when all have ended", () => {
    const { session, store, tell, sent } = openSession();
    session.study("references", referenceGroups(catalogue, config));
    const { study, groups } = sent.find((one) => one.type === "study")!;
    const ids = groups.map((group) => group.map(({ run }) => run));
    for (const id of ids.flat()) for (const event of [created(id), prepared(id), step(id, 1)]) tell(event);
    tell({ type: "study", study, kind: "references", groups: ids, group: ids.length - 1 });
    expect(store.getState().runs.reference).toEqual([]);
    tell({ type: "study", study, kind: "references", groups: ids, group: ids.length });
    expect(store.getState().runs.reference).toEqual(ids.flat());
  });

  it("starts and pauses by any of its runs, and a changed set-up leaves it alone", () => {
    const { session, store, tell, sent, types } = openSession();
    session.study("race", raceGroups(config, two, 1));
    const { study, groups } = sent.find((one) => one.type === "study")!;
    const ids = groups.map((group) => group.map(({ run }) => run));
    const place = { study, kind: "race", group: 0 } as const;
    for (const id of ids.flat())
      for (const event of [created(id, { place }), prepared(id), state(id, "ready")]) tell(event);
    store.show("train");
    store.setField("training.seed", 3);
    vi.runAllTimers();
    expect(types().filter((type) => type === "prepare")).toHaveLength(1);
    session.startStudy(study);
    expect(sent.at(-1)).toEqual({ type: "start", run: ids[0]![0] });
    session.pauseStudy(study);
    expect(sent.at(-1)).toEqual({ type: "pause", run: ids[0]![0] });
  });

  it("forgets a wish to start the run before it", () => {
    const { session, tell, types } = openSession();
    session.start();
    session.study("race", raceGroups(config, two, 1));
    const [first] = ["r2"];
    for (const event of [created(first!), prepared(first!), state(first!, "ready")]) tell(event);
    expect(types()).not.toContain("start");
  });
});

describe("branching", () => {
  it("makes a run of its own, shown at once, and leaves the old one as it was", () => {
    const { session, store, sent, run } = trained();
    const other = withField(config, "training.seed", 5);
    session.branch("r1", "best", other);
    expect(sent.at(-1)).toEqual({ type: "branch", run: "r2", from: { run: "r1", checkpoint: "best" }, config: other });
    expect(shown(store)).toMatchObject({ id: "r2", config: other });
    expect(run("r1")!.run.step).toBe(2);
  });
});
