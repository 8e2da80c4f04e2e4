/** Reducers of the list of runs, for changes by a person or by the session on their behalf. */
import type { RunId } from "../../contracts/run";
import type { CatalogueSlice } from "../catalogueSlice";
import { type SetupSlice, takeShown } from "../setup/setupSlice";
import type { RunEntry } from "./runEntry";
import { noRuns, type RunsSlice, type Toast, tick, withoutRuns } from "./runsSlice";

export interface RunChanges {
  /** Its panels are those of Train, and its configuration is the set-up's. */
  showRun(run: RunId): void;
  /** Lays its curves over those of the others, or takes them away. */
  tickRun(run: RunId, on: boolean): void;
  /** What Δm is measured against; none: nothing. */
  pinRuns(runs: readonly RunId[]): void;
  /** Takes runs out of the list until they are deleted, or shown again. */
  hideRuns(runs: readonly RunId[]): void;
  unhideRuns(runs: readonly RunId[]): void;
  /** Forgets runs that have no step. */
  dropRuns(runs: readonly RunId[]): void;
  showToast(toast: Toast | null): void;
  markRenamed(run: RunId, name: string, note: string): void;
  markAnalysing(): void;
  dismissFailure(): void;
}

/** Of the methods that an address names for a race, those that there are. */
export const proposedOf = ({ known }: CatalogueSlice, ids: readonly string[]): readonly string[] =>
  ids.filter((id) => known?.contestants.some((contestant) => contestant.id === id));

/** The slices that are read and changed here. */
interface Looked {
  readonly setup: SetupSlice;
  readonly runs: RunsSlice;
}

export function createRunChanges(get: () => Looked, change: (part: Partial<Looked>) => void): RunChanges {
  const set = (part: Partial<RunsSlice>): void => change({ runs: { ...get().runs, ...part } });
  const edit = (run: RunId, how: (entry: RunEntry) => RunEntry): void => {
    const entry = get().runs.byId.get(run);
    if (entry) set({ byId: new Map(get().runs.byId).set(run, how(entry)) });
  };
  return {
    showRun(run) {
      const { runs, setup } = get();
      const config = runs.byId.get(run)?.config;
      // What is fetched from the library says its configuration with its record.
      change({
        runs: { ...runs, current: run, failure: null },
        setup: config ? takeShown(setup, config) : { ...setup, sent: null },
      });
    },
    tickRun: (run, on) => change({ runs: tick(get().runs, run, on) }),
    pinRuns: (reference) => set({ reference }),
    hideRuns(runs) {
      const { hidden, ticked } = get().runs;
      set({ hidden: [...hidden, ...runs], ticked: ticked.filter((id) => !runs.includes(id)) });
    },
    unhideRuns: (runs) => set({ hidden: get().runs.hidden.filter((id) => !runs.includes(id)) }),
    dropRuns: (runs) => change({ runs: withoutRuns(get().runs, runs) }),
    showToast: (toast) => set({ toast }),
    markRenamed: (run, name, note) => edit(run, (entry) => ({ ...entry, name, note })),
    markAnalysing() {
      const { current } = get().runs;
      if (current !== null) edit(current, (entry) => ({ ...entry, results: { ...entry.results, analysing: true } }));
    },
    dismissFailure() {
      const { current } = get().runs;
      set({ failure: noRuns.failure });
      if (current !== null) edit(current, (entry) => ({ ...entry, run: { ...entry.run, failure: null } }));
    },
  };
}
