/** Events of runs as a session tells them, and a session of the page that writes down what it sends. */
import type { Command } from "../../src/contracts/command";
import type { RunId, StepColumns } from "../../src/contracts/run";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { EventOfRun, RunEvent, RunState, RunSummary } from "../../src/contracts/runEvent";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import type { Written } from "../../src/store/library/exportFiles";
import { shownRun } from "../../src/store/runs/runsSlice";
import { createSession } from "../../src/store/session";
import { createStudioStore, type StudioStore } from "../../src/store/studio";

export const catalogue = buildCatalogue([], null, []);
export const { config } = catalogue.presets[0]!;
export const semseg = catalogue.tasks.find(({ id }) => id === "semseg")!;

/** The first run that a session makes. */
export const FIRST = "r1";

type Created = Extract<EventOfRun, { type: "created" }>;

export const created = (run: RunId, about: Partial<Created> = {}): Created => ({
  ...{ type: "created", run, config, name: "", note: "", created: Number(run.slice(1)) || 1 },
  ...about,
});

export const prepared = (run: RunId, of: RunConfig = config): EventOfRun => ({
  type: "prepared",
  run,
  config: of,
  executor: { choice: "wasm", description: "wasm", reason: "", available: true, active: true },
  sites: [],
  parameters: [],
  stepsPerEpoch: 10,
  dispatches: 0,
  memoryBytes: 0,
  baseline: {},
});

export const state = (run: RunId, name: RunState, message = ""): EventOfRun => ({
  type: "state",
  run,
  state: name,
  message,
});

export const step = (run: RunId, number: number, loss = 1): Extract<EventOfRun, { type: "step" }> => ({
  ...{ type: "step", run, step: number, epoch: number / 10, total: 3 * loss, gradientNorm: 1 },
  losses: { semseg: loss, normals: 2 * loss },
  learningRates: {},
  stepMs: 100,
});

export const evaluation = (run: RunId, at: number, value: number): EventOfRun => ({
  ...{ type: "evaluation", run, step: at, images: 8, ms: 1 },
  metrics: { semseg: { [semseg.metric]: value } },
});

/** Steps from `from` to `to`, as a record that is opened tells them. */
export function columns(from: number, to: number, loss = 1): StepColumns {
  const steps = Float64Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const all = (value: number): Float64Array => steps.map(() => value);
  return {
    ...{ step: steps, epoch: all(0), total: all(3 * loss), gradientNorm: all(1), stepMs: all(100) },
    losses: { semseg: all(loss) },
    learningRates: { method: all(0.02) },
  };
}

export const summary = (run: RunId, about: Partial<RunSummary> = {}): RunSummary => ({
  ...{ run, config, name: "", note: "", created: 1, state: "paused", step: 120, metrics: {}, resumable: true },
  ...about,
});

export const shown = (store: StudioStore) => shownRun(store.getState().runs);

/** The page's session on a client that writes down what it is sent, beside counting. Its runs are r1, r2, ... */
export function openSession(hash = "", also: (command: Command) => void = () => {}) {
  const sent: Command[] = [];
  const written: Written[] = [];
  let tell: (event: RunEvent) => void = () => {};
  let made = 0;
  const store = createStudioStore();
  const session = createSession(
    store,
    {
      send(command) {
        if (command.type !== "count") sent.push(command);
        also(command);
      },
      subscribe: (listener) => {
        tell = listener;
        return () => {};
      },
    },
    { link: { query: "", hash }, onExport: (files) => written.push(files), newRun: () => `r${++made}` },
  );
  tell({ type: "catalogue", catalogue });
  const current = (): RunId => store.getState().runs.current!;
  /** The run that is shown has told of itself and is ready. */
  const ready = (of?: RunConfig): void => {
    const known = of ?? store.getState().setup.config!;
    for (const event of [created(current(), { config: known }), prepared(current(), known), state(current(), "ready")])
      tell(event);
  };
  return { store, session, sent, written, tell, current, ready, types: () => sent.map(({ type }) => type) };
}
