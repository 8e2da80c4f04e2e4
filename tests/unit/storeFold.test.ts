import { describe, expect, it, vi } from "vitest";
import type { RunEvent } from "../../src/contracts/runEvent";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { createSession } from "../../src/store/session";
import { createStudioStore } from "../../src/store/studio";

const config = presets[0]!.config;
const catalogue = buildCatalogue([], null, []);

const stepEvent = (step: number, loss: number): RunEvent => ({
  type: "step",
  step,
  epoch: step / 10,
  losses: { semseg: loss, normals: 2 * loss },
  total: 3 * loss,
  gradientNorm: 1,
  learningRates: {},
  stepMs: 100,
});
const prepared: RunEvent = {
  type: "prepared",
  config,
  executor: { choice: "wasm", description: "wasm", reason: "", available: true, active: true },
  sites: [],
  parameters: [],
  stepsPerEpoch: 10,
  dispatches: 0,
  memoryBytes: 0,
  baseline: {},
};
const state = (name: "preparing" | "ready" | "running" | "paused" | "finished"): RunEvent => ({
  type: "state",
  state: name,
  message: "",
});
const evaluation = (step: number, value: number): RunEvent => ({
  type: "evaluation",
  step,
  metrics: { semseg: { miou: value } },
  images: 8,
  ms: 1,
});

function trained() {
  const store = createStudioStore();
  for (const event of [prepared, state("running"), stepEvent(1, 1), stepEvent(2, 0.5), evaluation(2, 0.3)])
    store.apply(event);
  store.apply({ type: "warps", step: 2, theta: Float32Array.of(1, 2) });
  return store;
}

describe("the store", () => {
  it("gathers steps in order", () => {
    const { history, run, results } = trained().getState();
    expect([...history.steps.values()]).toEqual([1, 2]);
    expect([...history.curves.get("normals")!.values()]).toEqual([2, 1]);
    expect([...history.curves.get("total")!.values()]).toEqual([3, 1.5]);
    expect(run.step).toBe(2);
    expect(results.evaluations).toHaveLength(1);
  });

  it.each(["reset", "prepared"] as const)("%s clears what the run has shown", (kind) => {
    const store = trained();
    const before = store.getState().history.version;
    store.apply(kind === "reset" ? { type: "restart" } : prepared);
    const { history, run, results } = store.getState();
    expect(history.steps.length).toBe(0);
    expect(history.curves.size).toBe(0);
    expect(history.version).toBeGreaterThan(before);
    expect(run.step).toBe(0);
    expect(run.last).toBeNull();
    expect(run.prepared).not.toBeNull();
    expect(results).toEqual({ evaluations: [], warps: null, pictures: null, updateAnalysis: null, analysing: false });
  });

  it("lets a step that is told again replace what followed it", () => {
    const store = trained();
    store.apply(stepEvent(3, 0.25));
    store.apply(stepEvent(2, 9));
    const { history } = store.getState();
    expect([...history.steps.values()]).toEqual([1, 2]);
    expect([...history.curves.get("semseg")!.values()]).toEqual([1, 9]);
  });

  it("lets an evaluation of the same step replace the older one", () => {
    const store = trained();
    store.apply(evaluation(2, 0.4));
    expect(store.getState().results.evaluations.map(({ metrics }) => metrics.semseg)).toEqual([{ miou: 0.4 }]);
  });

  it("remembers losses that are not finite and keeps counting", () => {
    const store = trained();
    store.apply(stepEvent(3, Number.NaN));
    store.apply(stepEvent(4, 0.2));
    const { history } = store.getState();
    expect(history.broken.map(({ step, curve }) => `${step} ${curve}`)).toEqual(["3 total", "3 semseg", "3 normals"]);
    expect(history.curves.get("semseg")!.at(3)).toBe(0.2);
  });

  it("fills a curve that starts late with gaps, so that every curve has a value for every step", () => {
    const store = trained();
    const late = stepEvent(3, 1) as Extract<RunEvent, { type: "step" }>;
    store.apply({ ...late, losses: { depth: 7 } });
    const { curves } = store.getState().history;
    expect([...curves.get("depth")!.values()]).toEqual([Number.NaN, Number.NaN, 7]);
  });

  it("keeps everything when a run fails", () => {
    const store = trained();
    store.apply({ type: "failed", message: "The GPU device was lost.", detail: "x", recoverable: true });
    store.apply({ type: "state", state: "failed", message: "The GPU device was lost." });
    const { run, history } = store.getState();
    expect(run.failure?.message).toBe("The GPU device was lost.");
    expect(history.steps.length).toBe(2);
  });

  it("publishes steps when asked to, and what has gathered before any other event", () => {
    const waiting: (() => void)[] = [];
    const store = createStudioStore({ schedule: (publish) => waiting.push(publish) });
    const seen: string[] = [];
    store.subscribe(({ run }) => seen.push(`${run.state} ${run.step}`));
    store.apply(prepared);
    store.apply(state("running"));
    for (let step = 1; step <= 50; step++) store.apply(stepEvent(step, 1));
    expect(waiting).toHaveLength(1);
    expect(store.getState().run.step).toBe(0);
    store.apply(state("paused"));
    expect(seen.at(-1)).toBe("paused 50");
    expect(seen).toContain("running 50");
    waiting[0]!();
    expect(seen.at(-1)).toBe("paused 50");
  });
});

describe("the session of the page", () => {
  function open(hash = "") {
    vi.useFakeTimers();
    /** Beside counting, which goes on whenever the set-up changes, and the list of the library, which is asked for at the start. */
    const sent: string[] = [];
    let counted = 0;
    let tell: (event: RunEvent) => void = () => {};
    const store = createStudioStore();
    const session = createSession(
      store,
      {
        send(command) {
          if (command.type === "count") counted++;
          else if (command.type === "prepare") sent.push(`prepare ${command.config.training.seed}`);
          else if (command.type !== "library") sent.push(command.type);
        },
        subscribe: (listener) => {
          tell = listener;
          return () => {};
        },
      },
      { link: { query: "", hash } },
    );
    tell({ type: "catalogue", catalogue });
    return { sent, counted: () => counted, tell, store, session };
  }
  const ready = (tell: (event: RunEvent) => void): void => {
    tell(prepared);
    tell(state("ready"));
  };

  it("counts what would be trained once for changes that follow each other quickly", () => {
    const { counted, tell, store } = open();
    tell({ type: "catalogue", catalogue });
    vi.runAllTimers();
    expect(counted()).toBe(1);
    store.setField("training.seed", 1);
    store.setField("method.id", "full");
    vi.runAllTimers();
    expect(counted()).toBe(2);
    const counts = { type: "counted", config, parameters: [], problem: "The window is too large." } as const;
    tell(counts);
    expect(store.getState().setup.counted).toEqual(counts);
  });

  it("prepares the link's set-up when the catalogue comes, once", () => {
    const { sent, tell } = open("#training.seed=7");
    tell({ type: "catalogue", catalogue });
    expect(sent).toEqual(["prepare 7"]);
  });

  it("prepares a changed set-up after a pause, once for several changes", () => {
    const { sent, tell, store } = open();
    ready(tell);
    store.setField("training.seed", 1);
    store.setField("training.seed", 2);
    expect(sent).toEqual(["prepare 0"]);
    vi.runAllTimers();
    expect(sent).toEqual(["prepare 0", "prepare 2"]);
  });

  it("prepares nothing for a change that was taken back", () => {
    const { sent, tell, store } = open();
    ready(tell);
    store.setField("training.seed", 1);
    store.setField("training.seed", 0);
    vi.runAllTimers();
    expect(sent).toEqual(["prepare 0"]);
  });

  it("leaves a run under way alone; Reset then prepares the change", () => {
    const { sent, tell, store, session } = open();
    ready(tell);
    session.start();
    tell(state("running"));
    tell(stepEvent(1, 1));
    store.setField("training.seed", 5);
    vi.runAllTimers();
    expect(sent).toEqual(["prepare 0", "start"]);
    session.reset();
    expect(sent).toEqual(["prepare 0", "start", "prepare 5"]);
  });

  it("resets without preparing where nothing was changed", () => {
    const { sent, tell, session } = open();
    ready(tell);
    tell(stepEvent(1, 1));
    session.reset();
    expect(sent).toEqual(["prepare 0", "reset"]);
  });

  it("starts the changed set-up when Start is pressed before it is prepared", () => {
    const { sent, tell, store, session } = open();
    ready(tell);
    store.setField("training.seed", 3);
    session.start();
    expect(sent).toEqual(["prepare 0", "prepare 3"]);
    tell(state("preparing"));
    ready(tell);
    expect(sent).toEqual(["prepare 0", "prepare 3", "start"]);
    vi.runAllTimers();
    expect(sent).toHaveLength(3);
  });
});
