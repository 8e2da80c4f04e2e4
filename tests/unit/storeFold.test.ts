import { afterEach, describe, expect, it, vi } from "vitest";
import { createStudioStore } from "../../src/store/studio";
import * as told from "./runEvents";
import { catalogue, config, created, FIRST, openSession, shown } from "./runEvents";

const prepared = told.prepared(FIRST);
const stepEvent = (step: number, loss: number) => told.step(FIRST, step, loss);
const state = (name: Parameters<typeof told.state>[1]) => told.state(FIRST, name);
const evaluation = (step: number, value: number) => told.evaluation(FIRST, step, value);

function trained() {
  const store = createStudioStore();
  store.markAsked({ type: "prepare", run: FIRST, config });
  for (const event of [
    created(FIRST),
    prepared,
    state("running"),
    stepEvent(1, 1),
    stepEvent(2, 0.5),
    evaluation(2, 0.3),
  ])
    store.apply(event);
  store.apply({ type: "warps", run: FIRST, step: 2, theta: Float32Array.of(1, 2) });
  return store;
}

afterEach(() => vi.useRealTimers());

describe("the store", () => {
  it("gathers steps in order", () => {
    const { history, run, results } = shown(trained());
    expect([...history.steps.values()]).toEqual([1, 2]);
    expect([...history.curves.get("normals")!.values()]).toEqual([2, 1]);
    expect([...history.curves.get("total")!.values()]).toEqual([3, 1.5]);
    expect(run.step).toBe(2);
    expect(results.evaluations).toHaveLength(1);
  });

  it("a run that is told from its first event clears what it has shown", () => {
    const store = trained();
    const before = shown(store).history.version;
    store.apply(created(FIRST));
    store.apply(prepared);
    const { history, run, results } = shown(store);
    expect(history.steps.length).toBe(0);
    expect(history.curves.size).toBe(0);
    expect(history.version).toBeGreaterThan(before);
    expect(run.step).toBe(0);
    expect(run.last).toBeNull();
    expect(run.prepared).not.toBeNull();
    expect(results).toEqual({ evaluations: [], warps: null, pictures: null, updateAnalysis: null, analysing: false });
  });

  it("a run that is taken up again keeps what it has shown up to its checkpoint", () => {
    const store = trained();
    store.apply(evaluation(1, 0.1));
    store.apply(evaluation(2, 0.3));
    store.apply(prepared);
    store.apply({ type: "resumed", run: FIRST, step: 1 });
    const { history, run, results } = shown(store);
    expect([...history.steps.values()]).toEqual([1]);
    expect(run.step).toBe(1);
    expect(results.evaluations.map(({ step }) => step)).toEqual([1]);
  });

  it("lets a step that is told again replace what followed it", () => {
    const store = trained();
    store.apply(stepEvent(3, 0.25));
    store.apply(stepEvent(2, 9));
    const { history } = shown(store);
    expect([...history.steps.values()]).toEqual([1, 2]);
    expect([...history.curves.get("semseg")!.values()]).toEqual([1, 9]);
  });

  it("lets an evaluation of the same step replace the older one", () => {
    const store = trained();
    store.apply(evaluation(2, 0.4));
    expect(shown(store).results.evaluations.map(({ metrics }) => metrics.semseg)).toEqual([
      { [told.semseg.metric]: 0.4 },
    ]);
  });

  it("remembers losses that are not finite and keeps counting", () => {
    const store = trained();
    store.apply(stepEvent(3, Number.NaN));
    store.apply(stepEvent(4, 0.2));
    const { history } = shown(store);
    expect(history.broken.map(({ step, curve }) => `${step} ${curve}`)).toEqual(["3 total", "3 semseg", "3 normals"]);
    expect(history.curves.get("semseg")!.at(3)).toBe(0.2);
  });

  it("fills a curve that starts late with gaps, so that every curve has a value for every step", () => {
    const store = trained();
    store.apply({ ...stepEvent(3, 1), losses: { depth: 7 } });
    const { curves } = shown(store).history;
    expect([...curves.get("depth")!.values()]).toEqual([Number.NaN, Number.NaN, 7]);
  });

  it("keeps everything when a run fails", () => {
    const store = trained();
    store.apply({ type: "failed", run: FIRST, message: "The GPU device was lost.", detail: "x", recoverable: true });
    store.apply(told.state(FIRST, "failed", "The GPU device was lost."));
    const { run, history } = shown(store);
    expect(run.failure?.message).toBe("The GPU device was lost.");
    expect(history.steps.length).toBe(2);
  });

  it("publishes steps when asked to, and what has gathered before any other event", () => {
    const waiting: (() => void)[] = [];
    const store = createStudioStore({ schedule: (publish) => waiting.push(publish) });
    const seen: string[] = [];
    store.markAsked({ type: "prepare", run: FIRST, config });
    store.subscribe(() => seen.push(`${shown(store).run.state} ${shown(store).run.step}`));
    store.apply(prepared);
    store.apply(state("running"));
    for (let step = 1; step <= 50; step++) store.apply(stepEvent(step, 1));
    expect(waiting).toHaveLength(1);
    expect(shown(store).run.step).toBe(0);
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
    const opened = openSession(hash);
    const { store, ready, current, tell } = opened;
    /** Beside the list of the library, which is asked for at the start. */
    const sent = () =>
      opened.sent
        .filter(({ type }) => type !== "library")
        .map((command) => (command.type === "prepare" ? `prepare ${command.config.training.seed}` : command.type));
    const says = (event: (run: string) => Parameters<typeof tell>[0]): void => tell(event(current()));
    return { ...opened, store, ready, sent, says };
  }

  it("counts what would be trained once for changes that follow each other quickly", () => {
    vi.useFakeTimers();
    const send = vi.fn();
    const { tell, store } = openSession("", send);
    const counted = () => send.mock.calls.filter(([{ type }]) => type === "count").length;
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
    expect(sent()).toEqual(["prepare 7"]);
  });

  it("prepares a changed set-up after a pause, once for several changes", () => {
    const { sent, ready, store } = open();
    ready();
    store.setField("training.seed", 1);
    store.setField("training.seed", 2);
    expect(sent()).toEqual(["prepare 0"]);
    vi.runAllTimers();
    expect(sent()).toEqual(["prepare 0", "prepare 2", "remove-run"]);
  });

  it("prepares nothing for a change that was taken back", () => {
    const { sent, ready, store } = open();
    ready();
    store.setField("training.seed", 1);
    store.setField("training.seed", 0);
    vi.runAllTimers();
    expect(sent()).toEqual(["prepare 0"]);
  });

  it("leaves a run under way alone; Reset then prepares the change as a run of its own", () => {
    const { sent, ready, says, store, session } = open();
    ready();
    session.start();
    says((run) => told.state(run, "running"));
    says((run) => told.step(run, 1));
    store.setField("training.seed", 5);
    vi.runAllTimers();
    expect(sent()).toEqual(["prepare 0", "start"]);
    session.reset();
    expect(sent()).toEqual(["prepare 0", "start", "prepare 5"]);
  });

  it("makes a new run without preparing where nothing was changed", () => {
    const { sent, ready, says, session } = open();
    ready();
    says((run) => told.step(run, 1));
    session.reset();
    expect(sent()).toEqual(["prepare 0", "restart"]);
  });

  it("starts the changed set-up when Start is pressed before it is prepared", () => {
    const { sent, ready, says, store, session } = open();
    ready();
    store.setField("training.seed", 3);
    session.start();
    expect(sent()).toEqual(["prepare 0", "prepare 3", "remove-run"]);
    says((run) => told.state(run, "preparing"));
    ready();
    expect(sent()).toEqual(["prepare 0", "prepare 3", "remove-run", "start"]);
    vi.runAllTimers();
    expect(sent()).toHaveLength(4);
  });
});
