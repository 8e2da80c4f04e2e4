/**
 * The state of the page: a fold over the session's events, one slice a file, and a few named changes that a person makes.
 *
 * Steps, warps and progress may come hundreds of times a second. They are folded at once but published by `schedule`, so that the page draws a few
 * times a second; every other event publishes what has gathered before it, so nothing is ever seen out of order.
 */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { RunEvent } from "../contracts/runEvent";
import { type CatalogueSlice, foldCatalogue, noCatalogue } from "./catalogueSlice";
import { foldHistory, type HistorySlice, noHistory } from "./historySlice";
import { foldLog, type LogLine } from "./logSlice";
import { foldResults, noResults, type ResultSlice } from "./resultSlice";
import { foldRun, noRun, type RunSlice } from "./runSlice";
import { foldSetup, noSetup, type SetupSlice, takeField, takePreset, takeSetup } from "./setupSlice";
import type { Setup } from "./urlState";

export interface StudioState {
  readonly catalogue: CatalogueSlice;
  readonly setup: SetupSlice;
  readonly run: RunSlice;
  readonly history: HistorySlice;
  readonly results: ResultSlice;
  readonly log: readonly LogLine[];
}

export interface StudioStore extends Pick<StoreApi<StudioState>, "getState" | "subscribe" | "getInitialState"> {
  apply(event: RunEvent): void;
  /** Publishes what `schedule` still holds back. */
  flush(): void;
  begin(setup: Setup): void;
  choosePreset(id: string): void;
  setField(path: string, value: unknown): void;
  markSent(): void;
  markOpening(name: string): void;
  dismissFailure(): void;
}

export interface StudioOptions {
  /** Calls `publish` some time later; at once unless given. */
  readonly schedule?: (publish: () => void) => void;
}

const fold = (state: StudioState, event: RunEvent): StudioState => {
  const asked = state.catalogue.opening !== null;
  const catalogue = foldCatalogue(state.catalogue, event);
  return {
    catalogue,
    setup: foldSetup(state.setup, event, catalogue.known, asked),
    run: foldRun(state.run, event),
    history: foldHistory(state.history, event),
    results: foldResults(state.results, event),
    log: foldLog(state.log, event),
  };
};

export function createStudioStore({ schedule = (publish) => publish() }: StudioOptions = {}): StudioStore {
  let current: StudioState = {
    catalogue: noCatalogue,
    setup: noSetup,
    run: noRun,
    history: noHistory(),
    results: noResults,
    log: [],
  };
  const store = createStore<StudioState>(() => current);
  let scheduled = false;
  const publish = (): void => {
    scheduled = false;
    if (store.getState() !== current) store.setState(current, true);
  };
  const change = (part: Partial<StudioState>): void => {
    current = { ...current, ...part };
    publish();
  };
  return {
    getState: store.getState,
    getInitialState: store.getInitialState,
    subscribe: store.subscribe,
    flush: publish,
    apply(event) {
      const often =
        event.type === "step" ||
        event.type === "warps" ||
        (event.type === "state" && event.state === current.run.state);
      if (!often) publish();
      current = fold(current, event);
      if (!often) return publish();
      if (scheduled) return;
      scheduled = true;
      schedule(publish);
    },
    begin: (setup) => change({ setup: takeSetup(current.setup, setup) }),
    choosePreset(id) {
      const { known } = current.catalogue;
      if (known) change({ setup: takePreset(current.setup, known, id) });
    },
    setField(path, value) {
      const { known } = current.catalogue;
      if (known) change({ setup: takeField(current.setup, known, path, value) });
    },
    markSent: () => change({ setup: { ...current.setup, sent: current.setup.config } }),
    markOpening: (name) => change({ catalogue: { ...current.catalogue, opening: name } }),
    dismissFailure: () => change({ run: { ...current.run, failure: null } }),
  };
}
