/** Weights from files, the library, runs that go on, and exports: what the store makes of their events, and what the page asks when. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { AdapterReport } from "../../src/contracts/adapterReport";
import type { Command } from "../../src/contracts/command";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { LibraryEntry, RunEvent, RunState } from "../../src/contracts/runEvent";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { gatherFiles, type Written } from "../../src/store/library/exportFiles";
import { interruptedRun } from "../../src/store/library/librarySlice";
import { lackOf } from "../../src/store/library/resumeNeeds";
import { hasPendingRace } from "../../src/store/runs/raceCommands";
import { createSession } from "../../src/store/session";
import { createStudioStore } from "../../src/store/studio";
import { fileNames } from "../../src/store/weights/weightsSlice";

const config = presets[0]!.config;
const catalogue = buildCatalogue([], null, []);
const MINUTE_MS = 60_000;
const now = Date.UTC(2026, 0, 10);

const state = (name: RunState, message = ""): RunEvent => ({ type: "state", state: name, message });
const prepared = (of: RunConfig): RunEvent => ({
  type: "prepared",
  config: of,
  executor: { choice: "wasm", description: "wasm", reason: "", available: true, active: true },
  sites: [],
  parameters: [],
  stepsPerEpoch: 10,
  dispatches: 0,
  memoryBytes: 0,
  baseline: {},
});
const step = (number: number): RunEvent => ({
  type: "step",
  step: number,
  epoch: 0,
  losses: { semseg: 1 },
  total: 1,
  gradientNorm: 1,
  learningRates: {},
  stepMs: 10,
});
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
const entry = (id: string, about: Partial<LibraryEntry> = {}, at = 120, steps = 320): LibraryEntry => ({
  id,
  kind: "run",
  label: "",
  whole: true,
  bytes: 1000,
  files: 2,
  changed: now - 3 * MINUTE_MS,
  run: { backbone: "embedded", method: "ditask", tasks: ["semseg"], step: at, steps },
  ...about,
});
const library = (...entries: LibraryEntry[]): RunEvent => ({ type: "library", entries, persisted: false });
const blob = { path: "swin.pth", file: new Blob([]) };

/** The page's session on a client that writes down what it is sent, beside counting. */
function open(hash = "") {
  vi.useFakeTimers();
  const sent: Command[] = [];
  const written: Written[] = [];
  let tell: (event: RunEvent) => void = () => {};
  const store = createStudioStore();
  const session = createSession(
    store,
    {
      send: (command) => command.type !== "count" && sent.push(command),
      subscribe: (listener) => {
        tell = listener;
        return () => {};
      },
    },
    { link: { query: "", hash }, onExport: (files) => written.push(files) },
  );
  tell({ type: "catalogue", catalogue });
  return { store, session, sent, written, tell, types: () => sent.map(({ type }) => type) };
}

/** As `open`, with a model that is ready. */
function ready() {
  const opened = open();
  opened.tell(prepared(config));
  opened.tell(state("ready"));
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
    expect(sent.at(-1)).toMatchObject({ type: "prepare", config: { adapter: report.ref } });
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

  it("is of no account for a race, whose contestants have methods of their own", () => {
    const { store, session, tell } = ready();
    const { contestants } = catalogue;
    store.chooseRace(contestants.slice(0, 1).map(({ id }) => id));
    const raced = contestants.slice(0, 1).map(({ id, label }) => ({
      ...{ id, label, parameters: [], trainedBackbone: 0, trainedDecoders: 0, learningRates: {}, memoryBytes: 0 },
    }));
    const { executor } = prepared(config) as Extract<RunEvent, { type: "prepared" }>;
    session.openWeights([blob]);
    tell({ type: "adapter", report: { ...report, config } });
    session.takeAdapter(false);
    tell({ type: "race-prepared", config, executor, contestants: raced, baseline: {} });
    expect(hasPendingRace(store)).toBe(false);
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
    expect(types().at(-1)).toBe("prepare");
  });

  it("that take the place of others from a file are prepared anew", () => {
    const { session, sent, tell, types } = ready();
    for (const label of ["Swin-T", "Swin-S"]) {
      session.openWeights([blob]);
      tell(weights(label));
      session.takeWeights(false);
      vi.runAllTimers();
      tell(prepared({ ...config, backbone: "file" }));
      tell(state("ready"));
    }
    expect(types().filter((type) => type === "prepare")).toHaveLength(3);
    expect(sent.at(-1)).toMatchObject({ type: "prepare", config: { backbone: "file" } });
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
    expect(after.run).toMatchObject({ state: "running", failure: null });
  });

  it("do not hide that the run itself fails meanwhile", () => {
    const { store, session, tell } = ready();
    tell(state("running"));
    session.openWeights([blob]);
    tell(state("failed", "The loss is NaN."));
    tell(failed("The loss is NaN."));
    expect(store.getState().run).toMatchObject({ state: "failed", failure: { message: "The loss is NaN." } });
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
    tell(library(entry("backbones/swin", { kind: "backbone", label: "swin.pth" })));
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
    prepared(kept),
    { type: "resumed", run: "runs/a", step: 2 },
    step(1),
    step(2),
    state("paused"),
  ];

  it("brings its configuration into the controls, and Start then goes on without preparing", () => {
    const { store, session, sent, tell, types } = ready();
    session.resume("runs/a");
    expect(sent.at(-1)).toEqual({ type: "resume", from: { run: "runs/a" } });
    for (const event of resumed) tell(event);
    const { setup, run, library: shelf } = store.getState();
    expect(setup.config).toEqual(kept);
    expect(run).toMatchObject({ step: 2, state: "paused" });
    expect(shelf).toMatchObject({ resuming: null, current: "runs/a" });
    session.start();
    vi.runAllTimers();
    expect(types().slice(-2)).toEqual(["resume", "start"]);
  });

  it("is not dropped for a change that waits to be prepared, nor for one made while it opens", () => {
    const { store, session, tell, types } = ready();
    store.setField("training.seed", 3);
    session.resume("runs/a");
    store.setField("training.seed", 4);
    vi.runAllTimers();
    for (const event of resumed) tell(event);
    vi.runAllTimers();
    expect(types().filter((type) => type === "prepare")).toHaveLength(1);
    expect(store.getState().setup.config?.training.seed).toBe(7);
  });

  it("starts when Start was pressed while it was being opened", () => {
    const { session, tell, types } = ready();
    session.resume("runs/a");
    session.start();
    expect(types().at(-1)).toBe("resume");
    for (const event of resumed) tell(event);
    expect(types().at(-1)).toBe("start");
  });

  it("opened from the library view, where nothing was prepared, is not prepared over", () => {
    const { session, store, tell, types } = open("#view=library");
    session.resume("runs/a");
    expect(store.getState().view).toBe("train");
    vi.runAllTimers();
    for (const event of resumed) tell(event);
    vi.runAllTimers();
    expect(types()).toEqual(["library", "resume"]);
  });

  it("that needs a file says so, and can be tried again after a new preparation", () => {
    const { session, store, tell, types } = ready();
    session.resume("runs/a");
    tell(failed("No weights are open.", "resume"));
    tell(state("failed", "No weights are open."));
    expect(store.getState().library).toMatchObject({
      resuming: null,
      refused: { run: "runs/a", message: "No weights are open." },
    });
    expect(store.getState().run.failure?.message).toBe("No weights are open.");
    session.reset();
    expect(types().at(-1)).toBe("prepare");
    session.resume("runs/a");
    expect(store.getState().library.refused).toBeNull();
  });
});

describe("the library", () => {
  const slice = (...entries: LibraryEntry[]) => {
    const store = createStudioStore();
    store.apply(library(...entries));
    return { store, found: () => interruptedRun(store.getState().library, now)?.id };
  };

  it("offers the newest run of an earlier visit that is unfinished, whole, and less than a week old", () => {
    const old = { changed: now - 8 * 24 * 60 * MINUTE_MS };
    const older = { changed: now - 60 * MINUTE_MS };
    const { run: _, ...unread } = entry("runs/cut", { whole: false, changed: now });
    expect(slice(entry("runs/older", older), entry("runs/a"), unread).found()).toBe("runs/a");
    expect(slice(entry("runs/done", {}, 320, 320), entry("runs/old", old), unread).found()).toBeUndefined();
    expect(slice().found()).toBeUndefined();
  });

  it("offers no run of this visit, none that was dismissed, none that was deleted", () => {
    const { store, found } = slice(entry("runs/a"), entry("runs/b", { changed: now - 5 * MINUTE_MS }));
    store.apply(library(entry("runs/new", { changed: now }), entry("runs/a"), entry("runs/b")));
    expect(found()).toBe("runs/a");
    store.dismissInterrupted("runs/a");
    expect(found()).toBe("runs/b");
    store.apply(library(entry("runs/a")));
    expect(found()).toBeUndefined();
  });

  it("is listed once at the start, when it is opened, and after checkpoints while it is shown", () => {
    const { store, tell, types } = ready();
    const asked = () => types().filter((type) => type === "library").length;
    const checkpoint: RunEvent = { type: "checkpoint", run: "runs/new", step: 100, bytes: 9 };
    tell({ type: "catalogue", catalogue });
    expect(asked()).toBe(1);
    tell(checkpoint);
    expect(asked()).toBe(1);
    expect(store.getState().library).toMatchObject({ current: "runs/new", checkpoint: { step: 100 } });
    store.show("library");
    expect(asked()).toBe(2);
    tell(checkpoint);
    expect(asked()).toBe(3);
  });

  it("marks what is being deleted until the list comes back, or says why it was not", () => {
    const { store, session, tell } = ready();
    session.remove("runs/a");
    expect(store.getState().library.removing).toBe("runs/a");
    tell(library());
    expect(store.getState().library.removing).toBeNull();
    session.remove("runs/b");
    tell(failed("The disk is locked.", "library-remove"));
    expect(store.getState().library).toMatchObject({ removing: null, problem: "The disk is locked." });
    expect(store.getState().run.state).toBe("ready");
  });

  it("forgets the last checkpoint when another run begins", () => {
    const { store, session, tell, sent } = ready();
    tell({ type: "checkpoint", run: "runs/new", step: 100, bytes: 9 });
    tell({ type: "reset" });
    expect(store.getState().library).toMatchObject({ current: null, checkpoint: null });
    session.keepEvery(null);
    expect(store.getState().library.every).toBeNull();
    expect(sent.at(-1)).toEqual({ type: "keep", every: null });
  });
});

describe("an export", () => {
  const file = (name: string): RunEvent => ({ type: "artefact", name, mime: "text/plain", bytes: new Uint8Array(1) });

  it("hands its files on together when the last has come", () => {
    const { store, session, tell, written } = ready();
    session.save("adapter");
    expect(store.getState().exporting).toEqual({ asked: "adapter", writing: true, problem: "" });
    tell(file("adapter/a"));
    tell(file("adapter/b"));
    expect(written).toEqual([]);
    tell({ type: "exported", what: "adapter", files: 2 });
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
    expect(store.getState().run).toMatchObject({ state: "paused", failure: null });
  });

  it("keeps the files of one apart from those of the next", () => {
    const all: Written[] = [];
    const take = gatherFiles((written) => all.push(written));
    for (const event of [file("a"), { type: "exported", what: "x", files: 1 } as const, file("b")]) take(event);
    take({ type: "exported", what: "y", files: 1 });
    expect(all.map(({ what, files }) => `${what} ${files.map(({ name }) => name)}`)).toEqual(["x a", "y b"]);
  });
});

describe("data of the user's own", () => {
  const identity = "ab".repeat(32);
  const inputs = { data: { label: "street-photos", identity }, weights: null };
  const kept = (id: string, whole = true): LibraryEntry => ({
    ...{ id, kind: "data", label: "street-photos", whole, bytes: 9, files: 1, changed: now },
  });
  const run: LibraryEntry = {
    ...{ id: "runs/a", kind: "run", label: "", whole: true, bytes: 1, files: 1, changed: now },
    run: { backbone: "embedded", method: "ditask", tasks: ["semseg"], step: 2, steps: 9, needs: inputs },
  };
  const library = (...entries: LibraryEntry[]): RunEvent => ({ type: "library", entries, persisted: true });

  it("is missing for a kept run until it is kept whole, or open", () => {
    const store = createStudioStore();
    const lack = (event: RunEvent): number => {
      store.apply(event);
      return lackOf(store.getState(), run).length;
    };
    expect(lack(library(run))).toBe(1);
    expect(lack(library(run, kept("data/cdcdcdcdcdcdcdcd")))).toBe(1);
    expect(lack(library(run, kept("data/abababababababab", false)))).toBe(1);
    expect(lack(library(run, kept("data/abababababababab")))).toBe(0);
    expect(lackOf(store.getState(), { ...run, run: { ...run.run!, needs: { data: null, weights: null } } })).toEqual(
      [],
    );
  });

  it("is asked to be kept once, when a run starts on it, and not where that is switched off", () => {
    const asked = (on: boolean): number => {
      const store = createStudioStore();
      const sent: Command[] = [];
      let tell: (event: RunEvent) => void = () => {};
      const client = {
        send: (command: Command) => sent.push(command),
        subscribe: (listener: (event: RunEvent) => void) => {
          tell = listener;
          return () => {};
        },
      };
      createSession(store, client, { link: { query: "", hash: "" } });
      store.keepData(on);
      for (const event of [
        ...[{ type: "catalogue", catalogue } as const, { ...prepared(config), inputs } as RunEvent],
        ...[state("running"), state("evaluating"), state("running"), state("paused"), state("running")],
      ])
        tell(event);
      return sent.filter((command) => command.type === "library-keep" && command.ifSmall).length;
    };
    expect([asked(true), asked(false)]).toEqual([1, 0]);
  });
});
