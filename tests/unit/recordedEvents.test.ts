/** The event logs that the page's tests replay: whole, small, and of the contracts of today. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseRunConfig } from "../../src/contracts/runConfig";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { shownRun } from "../../src/store/runs/runsSlice";
import { createStudioStore } from "../../src/store/studio";
import { pack, unpack } from "../events/recording";
import { openSession, preset } from "../session/open";

const text = readFileSync("tests/fixtures/events/micro.json", "utf8");
const recording = unpack(text);
const events = Object.values(recording).flatMap(({ opening, exchanges }) => [
  ...opening,
  ...exchanges.flatMap((exchange) => exchange.events),
]);
const AGAIN = "Record anew: node scripts/record-events.mjs";

/** Names of all fields, at any depth of plain objects; lists by their first item. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape);
  if (ArrayBuffer.isView(value)) return value.constructor.name;
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shape(one)]));
}

describe("the recorded events", () => {
  it("are less than a megabyte, and packed again are the same file", () => {
    expect(text.length).toBeLessThan(1e6);
    expect(pack(recording)).toBe(text);
  });

  it("are of the contracts of today: fields of a step and of what was prepared, configuration, catalogue", async () => {
    const { send, session, of } = await openSession();
    const micro = preset("micro");
    const config = { ...micro, device: "wasm", data: { ...micro.data, train: 8, val: 2 } } as const;
    for (const command of [{ type: "prepare", config } as const, { type: "step" } as const]) await send(command);
    await session.dispose();
    for (const type of ["prepared", "step", "warps", "predictions"] as const) {
      const recorded = events.filter((event) => event.type === type)[0];
      expect(shape(recorded), AGAIN).toEqual(shape(of(type)[0]));
    }
    const [catalogue] = events.filter((event) => event.type === "catalogue");
    const today = buildCatalogue([], null, []);
    expect({ ...catalogue?.catalogue, devices: [] }, AGAIN).toEqual({ ...today, devices: [] });
    for (const event of events)
      if (event.type === "prepared") expect(parseRunConfig(event.config)).toEqual(event.config);
  });

  it("fold into a store: a run that ends, one that fails, a library, a race", () => {
    const folded = (name: string) => {
      const store = createStudioStore();
      const { opening, exchanges } = recording[name]!;
      for (const event of opening) store.apply(event);
      for (const { command, events: told } of exchanges) {
        store.markAsked(command);
        for (const event of told) store.apply(event);
      }
      return store.getState();
    };
    expect(shownRun(folded("train").runs).run).toMatchObject({ state: "finished", step: 12 });
    expect(shownRun(folded("failure").runs).run.failure?.of).toBe("resume");
    expect(folded("library").library.listed?.entries.map(({ kind }) => kind)).toEqual(["data"]);
    const { byId, studies } = folded("race").runs;
    expect([...byId.values()].map(({ run }) => run.state)).toEqual(["finished", "finished"]);
    expect([...studies.values()].map(({ kind, group }) => [kind, group])).toEqual([["race", 1]]);
  });
});
