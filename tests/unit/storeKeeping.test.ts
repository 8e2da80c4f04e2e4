/** Weights from files, the library, runs that go on, and exports: what the store makes of their events, and what the page asks when. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { AdapterReport } from "../../src/contracts/adapterReport";
import type { Command } from "../../src/contracts/command";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { LibraryEntry, RunEvent, RunState } from "../../src/contracts/runEvent";
import { gatherFiles, type Written } from "../../src/store/library/exportFiles";
import { interruptedRun } from "../../src/store/library/librarySlice";
import { lackOf } from "../../src/store/library/resumeNeeds";
import { raceGroups } from "../../src/store/runs/studyCommands";
import { createStudioStore } from "../../src/store/studio";
import { fileNames } from "../../src/store/weights/weightsSlice";
import * as told from "./runEvents";
import { catalogue, config, FIRST, openSession, shown, summary } from "./runEvents";

const MINUTE_MS = 60_000;
const now = Date.UTC(2026, 0, 10);

const state = (name: RunState, message = "", run = FIRST): RunEvent => told.state(run, name, message);
const prepared = (of: RunConfig, run = FIRST): RunEvent => told.prepared(run, of);
const step = (number: number, run = FIRST): RunEvent => told.step(run, number);
const failed = (message: string, of?: Command["type"]): RunEvent => ({
  type: "failed",
  message,
  detail: "",
  recoverable: true,
  ...(of && { of }),
});
const weights = (label = "Swin-T"): RunEvent => ({
  type: "weights",
  entry: { id: "file", label: `${label} (your file)`, help: "", imageSize: 224, parameters: 1, embedded: false },
  recognised: {
    label,
    family: "swin",
    naming: "timm",
    prefix: "",
    settings: {},
    imageSize: 224,
    assumed: [],
    notes: [],
  },
  report: { matched: 1, missing: [], unexpected: [], setAside: [], buffers: 0, converted: [], mismatched: [] },
});
const entry = (run: string, about: Partial<LibraryEntry> = {}, at = 120, steps = 320): LibraryEntry => ({
  id: `runs/${run}`,
  kind: "run",
  label: "",
  whole: true,
  bytes: 1000,
  files: 2,
  changed: now - 3 * MINUTE_MS,
  run: summary(run, { step: at, config: { ...config, training: { ...config.training, steps } } }),
  ...about,
});
const library = (...entries: LibraryEntry[]): RunEvent => ({ type: "library", entries, persisted: false });
const blob = { path: "swin.pth", file: new Blob([]) };

function open(hash = "") {
  vi.useFakeTimers();
  return openSession(hash);
}

/** As `open`, with a model that is ready. */
function ready() {
  const opened = open();
  opened.ready(config);
  return opened;
}

afterEach(() => vi.useRealTimers());

describe("an exported adapter", () => {
  const own: RunConfig = {
    ...config,
    method: { ...config.method, settings: { sharedCells: 6 } },
    tasks: ["sal", "depth"],
    decoder: "aspp",
    training: { ...config.training, seed: 9, steps: 7 },
  };
  const report: AdapterReport = {
    ref: { name: "adapter.zip", sha256: "a".repeat(64) },
    config: own,
    numbers: 100,
    base: { sha256: "b", label: "embedded" },
    found: { backbone: "embedded", label: "embedded", sha256: "b" },
    problem: "",
  };

  it("is reported, and used only when that is asked for; then the set-up is its run's, but for data and training", () => {
    const { store, session, sent, tell } = ready();
    session.openWeights([blob]);
    tell({ type: "adapter", report });
    expect(store.getState()).toMatchObject({ weights: { opening: null }, adapter: { asking: true, kept: false } });
    expect(store.getState().setup.config).toEqual(config);
    session.takeAdapter(true);
    expect(store.getState().adapter.asking).toBe(false);
    expect(store.getState().setup.config).toEqual({
      ...config,
      ...{ adapter: report.ref, method: own.method, decoder: "aspp", tasks: ["sal", "depth"] },
      training: { ...config.training, seed: 9 },
    });
    expect(sent.at(-1)).toEqual({ type: "library-keep", what: "adapter" });
    vi.runAllTimers();
    expect(sent.findLast(({ type }) => type === "prepare")).toMatchObject({ config: { adapter: report.ref } });
    tell({ type: "keeping", what: "adapter", doneBytes: 5, totalBytes: 5 });
    expect(store.getState().adapter.kept).toBe(true);
  });

  it("can be left again, and is told anew without a question when other weights are opened", () => {
    const { store, session, tell } = ready();
    session.openWeights([blob]);
    tell({ type: "adapter", report });
    session.takeAdapter(false);
    store.leaveAdapter();
    expect(store.getState().setup.config).not.toHaveProperty("adapter");
    session.openWeights([blob]);
    tell(weights());
    tell({ type: "adapter", report: { ...report, problem: "another base" } });
    expect(store.getState().adapter).toMatchObject({ asking: false, report: { problem: "another base" } });
    expect(store.getState().weights.asking).toBe(true);
  });

  it("is of no account for a race, whose methods have settings of their own", () => {
    const { store, session, tell } = ready();
    session.openWeights([blob]);
    tell({ type: "adapter", report: { ...report, config } });
    session.takeAdapter(false);
    expect(store.getState().setup.config).toHaveProperty("adapter");
    const groups = raceGroups(store.getState().setup.config!, catalogue.contestants.slice(0, 2), 2);
    for (const raced of groups.flat()) expect(raced).not.toHaveProperty("adapter");
  });
});

describe("weights from files", () => {
  it("are read, reported, and used only when that is asked for; then they are decomposed", () => {
    const { store, session, sent, tell, types } = ready();
    session.openWeights([blob]);
    expect(store.getState().weights.opening).toEqual({ name: "swin.pth", kept: false });
    tell(weights());
    expect(store.getState().weights).toMatchObject({ opening: null, asking: true, kept: false });
    expect(store.getState().setup.config?.backbone).toBe(config.backbone);
    session.takeWeights(true);
    expect(store.getState().weights.asking).toBe(false);
    expect(store.getState().setup.config?.backbone).toBe("file");
    expect(sent.slice(-2)).toMatchObject([
      { type: "decompose", config: { backbone: "file" } },
      { type: "library-keep", what: "weights" },
    ]);
    vi.runAllTimers();
    expect(types().slice(-2)).toEqual(["prepare", "remove-run"]);
  });

  it("that take the place of others from a file are prepared anew", () => {
    const { session, sent, tell, types, ready: isReady } = ready();
    for (const label of ["Swin-T", "Swin-S"]) {
      session.openWeights([blob]);
      tell(weights(label));
      session.takeWeights(false);
      vi.runAllTimers();
      isReady({ ...config, backbone: "file" });
    }
    expect(types().filter((type) => type === "prepare")).toHaveLength(3);
    expect(sent.findLast(({ type }) => type === "prepare")).toMatchObject({ config: { backbone: "file" } });
  });

  it("that cannot be read leave the run and what was open as they were", () => {
    const { store, session, tell } = ready();
    session.openWeights([blob]);
    tell(weights());
    tell(state("running"));
    session.openWeights([{ ...blob, path: "broken.pth" }]);
    tell(failed("broken.pth is empty.", "open-weights"));
    const after = store.getState();
    expect(after.weights).toMatchObject({ opening: null, problem: "broken.pth is empty." });
    expect(after.weights.opened?.recognised.label).toBe("Swin-T");
    expect(shown(store).run).toMatchObject({ state: "running", failure: null });
  });

  it("do not hide that the run itself fails meanwhile", () => {
    const { store, session, tell } = ready();
    tell(state("running"));
    session.openWeights([blob]);
    tell(state("failed", "The loss is NaN."));
    tell(failed("The loss is NaN."));
    expect(shown(store).run).toMatchObject({ state: "failed", failure: { message: "The loss is NaN." } });
    expect(store.getState().weights).toMatchObject({ opening: { name: "swin.pth" }, problem: "" });
  });

  it("are kept when a copy is complete, and from the start where they come from the library", () => {
    const { store, session, tell } = ready();
    session.openWeights([blob]);
    tell(weights());
    session.keep("weights");
    tell({ type: "keeping", what: "weights", doneBytes: 5, totalBytes: 10 });
    expect(store.getState().library.keeping).toEqual({ what: "weights", doneBytes: 5, totalBytes: 10 });
    expect(store.getState().weights.kept).toBe(false);
    tell({ type: "keeping", what: "weights", doneBytes: 10, totalBytes: 10 });
    expect(store.getState().library.keeping).toBeNull();
    expect(store.getState().weights.kept).toBe(true);
    tell(library(entry("", { id: "backbones/swin", kind: "backbone", label: "swin.pth" })));
    session.openKept("backbones/swin");
    expect(store.getState().weights.opening).toEqual({ name: "swin.pth", kept: true });
    tell(weights());
    expect(store.getState().weights.kept).toBe(true);
  });

  it("that a run brings which goes on are shown in no report: it uses them already", () => {
    const { store, session, tell } = ready();
    session.resume("runs/a");
    tell(weights());
    expect(store.getState().weights).toMatchObject({ opening: null, asking: false, kept: true });
  });

  it("say how far their decomposition is, until it is done", () => {
    const { store, tell } = ready();
    tell({ type: "decomposing", fraction: 0.2, done: 12, total: 52 });
    expect(store.getState().weights.decomposing).toEqual({ fraction: 0.2, done: 12, total: 52 });
    tell({ type: "decomposing", fraction: 1, done: 52, total: 52 });
    expect(store.getState().weights.decomposing).toBeNull();
  });

  it("are named by two files at most", () => {
    expect(fileNames(["a/x.pth"])).toBe("x.pth");
    expect(fileNames(["1", "2", "3", "4"])).toBe("1, 2 and 2 more");
  });
});

describe("a run that goes on", () => {
  const kept: RunConfig = { ...config, training: { ...config.training, seed: 7, steps: 50 } };
  const resumed: readonly RunEvent[] = [
    prepared(kept, "a"),
    step(1, "a"),
    step(2, "a"),
    { type: "resumed", run: "a", step: 2 },
    state("paused", "", "a"),
  ];

  it("brings its configuration into the controls, and Start then goes on without preparing", () => {
    const { store, session, sent, tell, types } = ready();
    session.resume("a");
    expect(sent.at(-1)).toEqual({ type: "resume", run: "a" });
    for (const event of resumed) tell(event);
    const { setup, runs, library } = store.getState();
    expect(setup.config).toEqual(kept);
    expect(shown(store).run).toMatchObject({ step: 2, state: "paused" });
    expect(library.resuming).toBeNull();
    expect(runs.current).toBe("a");
    session.start();
    vi.runAllTimers();
    expect(types().slice(-2)).toEqual(["resume", "start"]);
  });

  it("is not dropped for a change that waits to be prepared, nor for one made while it opens", () => {
    const { store, session, tell, types } = ready();
    store.setField("training.seed", 3);
    session.resume("a");
    store.setField("training.seed", 4);
    vi.runAllTimers();
    for (const event of resumed) tell(event);
    vi.runAllTimers();
    expect(types().filter((type) => type === "prepare")).toHaveLength(1);
    expect(store.getState().setup.config?.training.seed).toBe(7);
  });

  it("starts when Start was pressed while it was being opened", () => {
    const { session, tell, types } = ready();
    session.resume("a");
    session.start();
    expect(types().at(-1)).toBe("resume");
    for (const event of resumed) tell(event);
    expect(types().at(-1)).toBe("start");
  });

  it("opened from the library view, where nothing was prepared, is not prepared over", () => {
    const { session, store, tell, types } = open("#view=library");
    session.resume("a");
    expect(store.getState().view).toBe("train");
    vi.runAllTimers();
    for (const event of resumed) tell(event);
    vi.runAllTimers();
    expect(types()).toEqual(["library", "resume"]);
  });

  it("that needs a file says so, and can be tried again after a new preparation", () => {
    const { session, store, tell, types } = ready();
    session.resume("a");
    tell({ ...failed("No weights are open.", "resume"), run: "a" } as RunEvent);
    tell(state("failed", "No weights are open.", "a"));
    expect(store.getState().library).toMatchObject({
      resuming: null,
      refused: { run: "a", message: "No weights are open." },
    });
    expect(shown(store).run.failure?.message).toBe("No weights are open.");
    session.reset();
    expect(types().at(-1)).toBe("prepare");
    session.resume("a");
    expect(store.getState().library.refused).toBeNull();
  });
});

describe("the library", () => {
  const slice = (...entries: LibraryEntry[]) => {
    const store = createStudioStore();
    store.apply(library(...entries));
    return { store, found: () => interruptedRun(store.getState().library, now, store.getState().runs.byId)?.run.run };
  };

  it("offers the newest run of an earlier visit that is unfinished, whole, and less than a week old", () => {
    const old = { changed: now - 8 * 24 * 60 * MINUTE_MS };
    const older = { changed: now - 60 * MINUTE_MS };
    const { run: _, ...unread } = entry("cut", { whole: false, changed: now });
    expect(slice(entry("older", older), entry("a"), unread).found()).toBe("a");
    expect(slice(entry("done", {}, 320, 320), entry("old", old), unread).found()).toBeUndefined();
    expect(slice().found()).toBeUndefined();
  });

  it("offers no run of this visit, none that was dismissed, none that was deleted", () => {
    const { store, found } = slice(entry("a"), entry("b", { changed: now - 5 * MINUTE_MS }));
    store.apply(library(entry("new", { changed: now }), entry("a"), entry("b")));
    expect(found()).toBe("a");
    store.dismissInterrupted("a");
    expect(found()).toBe("b");
    store.apply(library(entry("a")));
    expect(found()).toBeUndefined();
  });

  it("is listed once at the start, when it is opened, and after checkpoints while it is shown", () => {
    const { store, tell, types } = ready();
    const asked = () => types().filter((type) => type === "library").length;
    const checkpoint: RunEvent = { type: "checkpoint", run: FIRST, kind: "newest", step: 100, bytes: 9 };
    tell({ type: "catalogue", catalogue });
    expect(asked()).toBe(1);
    tell(checkpoint);
    expect(asked()).toBe(1);
    expect(shown(store).checkpoints.newest).toMatchObject({ step: 100 });
    store.show("library");
    expect(asked()).toBe(2);
    tell(checkpoint);
    expect(asked()).toBe(3);
  });

  it("marks what is being deleted until the list comes back, or says why it was not", () => {
    const { store, session, tell } = ready();
    session.remove("data/a");
    expect(store.getState().library.removing).toBe("data/a");
    tell(library());
    expect(store.getState().library.removing).toBeNull();
    session.remove("data/b");
    tell(failed("The disk is locked.", "library-remove"));
    expect(store.getState().library).toMatchObject({ removing: null, problem: "The disk is locked." });
    expect(shown(store).run.state).toBe("ready");
  });

  it("says how often checkpoints are kept; those of one run are not those of another", () => {
    const { store, session, tell, sent, ready: isReady } = ready();
    tell({ type: "checkpoint", run: FIRST, kind: "newest", step: 100, bytes: 9 });
    tell({ type: "checkpoint", run: FIRST, kind: "best", step: 80, bytes: 9 });
    expect(shown(store).checkpoints).toMatchObject({ newest: { step: 100 }, best: { step: 80 } });
    session.reset();
    isReady();
    expect(shown(store).checkpoints).toEqual({});
    expect(store.getState().runs.byId.get(FIRST)?.checkpoints.best?.step).toBe(80);
    session.keepEvery(null);
    expect(store.getState().library.every).toBeNull();
    expect(sent.at(-1)).toEqual({ type: "keep", every: null });
  });
});

describe("an export", () => {
  const file = (name: string): RunEvent => ({
    type: "artefact",
    run: FIRST,
    name,
    mime: "text/plain",
    bytes: new Uint8Array(1),
  });

  it("hands its files on together when the last has come", () => {
    const { store, session, tell, written } = ready();
    session.save("adapter");
    expect(store.getState().exporting).toEqual({ asked: "adapter", writing: true, problem: "" });
    tell(file("adapter/a"));
    tell(file("adapter/b"));
    expect(written).toEqual([]);
    tell({ type: "exported", run: FIRST, what: "adapter", files: 2 });
    expect(written.map(({ what, files }) => [what, files.map(({ name }) => name)])).toEqual([
      ["adapter", ["adapter/a", "adapter/b"]],
    ]);
    expect(store.getState().exporting.writing).toBe(false);
  });

  it("that is refused says why, and the run stays where it was", () => {
    const { store, session, tell } = ready();
    tell(state("paused"));
    session.save("official");
    tell(failed("reading is value; index is needed.", "export"));
    expect(store.getState().exporting).toEqual({
      asked: "official",
      writing: false,
      problem: "reading is value; index is needed.",
    });
    expect(shown(store).run).toMatchObject({ state: "paused", failure: null });
  });

  it("keeps the files of one apart from those of the next", () => {
    const all: Written[] = [];
    const take = gatherFiles((written) => all.push(written));
    for (const event of [file("a"), { type: "exported", run: FIRST, what: "x", files: 1 } as const, file("b")])
      take(event);
    take({ type: "exported", run: FIRST, what: "y", files: 1 });
    expect(all.map(({ what, files }) => `${what} ${files.map(({ name }) => name)}`)).toEqual(["x a", "y b"]);
  });
});

it("a kept run that is to go on is being prepared until it tells more, and not at rest as its summary says", () => {
  const { store, session, tell } = openSession();
  tell(library(entry("a")));
  session.resume("a");
  expect([shown(store).id, shown(store).run.state]).toEqual(["a", "preparing"]);
});

describe("data of the user's own", () => {
  const identity = "ab".repeat(32);
  const inputs = { data: { label: "street-photos", identity }, weights: null };
  const kept = (id: string, whole = true): LibraryEntry => ({
    ...{ id, kind: "data", label: "street-photos", whole, bytes: 9, files: 1, changed: now },
  });
  const needing = summary("a", { step: 2, needs: inputs });
  const run = entry("a", { run: needing });

  it("is missing for a kept run until it is kept whole, or open", () => {
    const store = createStudioStore();
    const lack = (event: RunEvent): number => {
      store.apply(event);
      return lackOf(store.getState(), needing).length;
    };
    expect(lack(library(run))).toBe(1);
    expect(lack(library(run, kept("data/cdcdcdcdcdcdcdcd")))).toBe(1);
    expect(lack(library(run, kept("data/abababababababab", false)))).toBe(1);
    expect(lack(library(run, kept("data/abababababababab")))).toBe(0);
    expect(lackOf(store.getState(), { ...needing, needs: { data: null, weights: null } })).toEqual([]);
  });

  it("is asked to be kept once, when a run starts on it, and not where that is switched off", () => {
    const asked = (on: boolean): number => {
      const { store, sent, tell } = openSession();
      store.keepData(on);
      for (const event of [
        ...[{ ...prepared(config), inputs } as RunEvent],
        ...[state("running"), state("evaluating"), state("running"), state("paused"), state("running")],
      ])
        tell(event);
      return sent.filter((command) => command.type === "library-keep" && command.ifSmall).length;
    };
    expect([asked(true), asked(false)]).toEqual([1, 0]);
  });
});
