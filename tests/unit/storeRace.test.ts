import { describe, expect, it, vi } from "vitest";
import { type Command, RACE_LIMIT } from "../../src/contracts/command";
import type { RunEvent, RunState } from "../../src/contracts/runEvent";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { deltaTo, ranking } from "../../src/store/runs/raceRanking";
import { createSession } from "../../src/store/session";
import { createStudioStore } from "../../src/store/studio";

const catalogue = buildCatalogue([], null, []);
const { config } = catalogue.presets[0]!;
const entries = catalogue.tasks.filter(({ id }) => id === "semseg" || id === "normals");

const raceState = (state: RunState, message = ""): RunEvent => ({ type: "race-state", state, message });
const prepared = (ids: readonly string[], of = config): RunEvent => ({
  type: "race-prepared",
  config: of,
  executor: { choice: "wasm", description: "wasm", reason: "", available: true, active: true },
  contestants: ids.map((id) => ({
    id,
    label: id,
    parameters: [],
    trainedBackbone: 1,
    trainedDecoders: 2,
    learningRates: {},
    memoryBytes: 3,
  })),
  baseline: {},
});
const stepOf = (step: number, totals: Readonly<Record<string, number>>): RunEvent => ({
  type: "race-step",
  step,
  contestants: Object.entries(totals).map(([id, total]) => ({ id, total, losses: { semseg: total / 2 }, stepMs: 100 })),
});

describe("the race in the store", () => {
  it("gathers every contestant's losses at the same steps", () => {
    const store = createStudioStore();
    for (const event of [
      prepared(["a", "b"]),
      raceState("running"),
      stepOf(1, { a: 4, b: 6 }),
      stepOf(2, { a: 3, b: 5 }),
    ])
      store.apply(event);
    const { history, step, last } = store.getState().race;
    expect(step).toBe(2);
    expect([...history.steps.values()]).toEqual([1, 2]);
    expect([...history.curves.get("b")!.get("total")!.values()]).toEqual([6, 5]);
    expect([...history.curves.get("a")!.get("semseg")!.values()]).toEqual([2, 1.5]);
    expect(last.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it("remembers after which step a contestant's loss was not finite", () => {
    const store = createStudioStore();
    for (const event of [prepared(["a", "b"]), stepOf(1, { a: 4, b: 6 }), stepOf(2, { a: 3, b: Number.NaN })])
      store.apply(event);
    store.apply(stepOf(3, { a: 2, b: Number.NaN }));
    expect([...store.getState().race.diverged]).toEqual([["b", 2]]);
  });

  it("takes no contestant beyond the limit and none that the catalogue does not know", () => {
    const store = createStudioStore();
    store.apply({ type: "catalogue", catalogue });
    const ids = catalogue.contestants.map(({ id }) => id);
    store.chooseRace(["nobody", ...ids]);
    expect(store.getState().race.chosen).toEqual(ids.slice(0, RACE_LIMIT));
    store.toggleContestant(ids[RACE_LIMIT]!);
    expect(store.getState().race.chosen).toHaveLength(RACE_LIMIT);
    store.toggleContestant(ids[0]!);
    expect(store.getState().race.chosen).toEqual(ids.slice(1, RACE_LIMIT));
  });

  it("a race ends the run that was prepared, and a run the race; measured numbers stay", () => {
    const store = createStudioStore();
    const run: RunEvent = {
      type: "prepared",
      config,
      executor: { choice: "wasm", description: "wasm", reason: "", available: true, active: true },
      sites: [],
      parameters: [],
      stepsPerEpoch: 1,
      dispatches: 0,
      memoryBytes: 0,
      baseline: {},
    };
    store.apply(run);
    store.apply(raceState("preparing"));
    expect(store.getState().run.prepared).toBeNull();
    expect(store.getState().setup.sent).toBeNull();
    for (const event of [prepared(["a"]), raceState("running"), stepOf(1, { a: 4 }), run]) store.apply(event);
    expect(store.getState().race.state).toBe("finished");
    expect(store.getState().race.step).toBe(1);
  });
});

describe("the ranking", () => {
  it("turns the sign where smaller is better", () => {
    const reference = { semseg: { miou: 0.4 }, normals: { mean: 20 } };
    const names = entries.map(({ id, metric }) => [id, metric] as const);
    const of = (semseg: number, normals: number) =>
      Object.fromEntries(names.map(([id, metric]) => [id, { [metric]: id === "semseg" ? semseg : normals }]));
    const from = of(reference.semseg.miou, reference.normals.mean);
    expect(deltaTo(from, of(0.44, 18), entries)).toBeCloseTo(10, 9);
    expect(deltaTo(from, of(0.36, 22), entries)).toBeCloseTo(-10, 9);
    expect(deltaTo(from, of(0.44, 22), entries)).toBeCloseTo(0, 9);
    const places = ranking(
      [
        { id: "first", metrics: from },
        { id: "worse", metrics: of(0.36, 22) },
        { id: "unmeasured", metrics: {} },
        { id: "better", metrics: of(0.44, 18) },
      ],
      entries,
    );
    expect(places.map(({ id, rank }) => [id, rank])).toEqual([
      ["better", 1],
      ["first", 2],
      ["worse", 3],
      ["unmeasured", 4],
    ]);
  });

  it("has no Δ where a metric is missing, the reference is 0, or there is no task", () => {
    expect(deltaTo({}, {}, entries)).toBeUndefined();
    const zero = { semseg: { [entries[0]!.metric]: 0 } };
    expect(deltaTo(zero, zero, entries.slice(0, 1))).toBeUndefined();
    expect(deltaTo({}, {}, [])).toBeUndefined();
  });
});

describe("the session of a race", () => {
  function opened(hash: string) {
    vi.useFakeTimers();
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
    const session = createSession(store, client, { link: { query: "", hash } });
    tell({ type: "catalogue", catalogue });
    return { store, session, sent, tell: (event: RunEvent) => tell(event), types: () => sent.map(({ type }) => type) };
  }

  it("prepares no run when the link opens the race, and prepares the contestants before it starts them", () => {
    const { session, sent, tell, types } = opened("#view=race&race=full,decoders");
    vi.advanceTimersByTime(1000);
    expect(types()).toEqual(["library", "count"]);
    session.startRace();
    expect(sent.at(-1)).toMatchObject({ type: "race-prepare", contestants: ["full", "decoders"] });
    for (const event of [raceState("preparing"), prepared(["full", "decoders"]), raceState("ready")]) tell(event);
    expect(types().at(-1)).toBe("race-start");
    tell(raceState("running"));
    session.pauseRace();
    tell(raceState("paused"));
    session.startRace();
    expect(types().slice(-2)).toEqual(["race-pause", "race-start"]);
  });

  it("prepares anew when contestants or set-up have changed, and leaves the race alone until then", () => {
    const { store, session, tell, types } = opened("#view=race&race=full,decoders");
    session.startRace();
    for (const event of [raceState("preparing"), prepared(["full", "decoders"]), raceState("ready")]) tell(event);
    tell(raceState("paused"));
    store.setField("training.steps", 50);
    vi.advanceTimersByTime(2000);
    expect(types()).not.toContain("prepare");
    session.startRace();
    expect(types().at(-1)).toBe("race-prepare");
  });

  it("prepares the run by itself only where no race would be lost", () => {
    const { store, session, tell, types } = opened("#view=race&race=full");
    session.startRace();
    for (const event of [raceState("preparing"), prepared(["full"]), raceState("ready"), raceState("running")])
      tell(event);
    store.show("train");
    vi.advanceTimersByTime(2000);
    expect(types()).not.toContain("prepare");
    tell(raceState("finished"));
    store.show("race");
    store.show("train");
    vi.advanceTimersByTime(2000);
    expect(types().at(-1)).toBe("prepare");
  });

  it("takes the place of a run that was to start: that run does not start by itself after the race", () => {
    const { store, session, tell, types } = opened("#view=train&race=full");
    session.start();
    store.show("race");
    session.startRace();
    for (const event of [raceState("preparing"), prepared(["full"]), raceState("ready"), raceState("finished")])
      tell(event);
    store.show("train");
    vi.advanceTimersByTime(2000);
    expect(types().at(-1)).toBe("prepare");
    tell({ type: "state", state: "ready", message: "" });
    expect(types()).not.toContain("start");
    session.start();
    vi.advanceTimersByTime(2000);
    tell({ type: "state", state: "ready", message: "" });
    expect(types().at(-1)).toBe("start");
  });
});
