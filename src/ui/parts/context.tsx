/** React's thin adapter to the store: the page's parts read slices and speak to the session, nothing else. */
import { createContext, use, useMemo } from "react";
import { useStore } from "zustand";
import type { Catalogue } from "../../contracts/catalogue";
import type { CustomTask } from "../../contracts/customTask";
import { type ShownRun, shownRun } from "../../store/runs/runsSlice";
import type { Session } from "../../store/session";
import { withOwnTasks } from "../../store/setup/ownTasks";
import type { StudioState, StudioStore } from "../../store/studio";

export interface Studio {
  readonly store: StudioStore;
  readonly session: Session;
}

export const StudioContext = createContext<Studio | null>(null);

export function useStudio(): Studio {
  const studio = use(StudioContext);
  if (!studio) throw new Error("This part of the page was drawn outside of StudioContext.");
  return studio;
}

export function useSlice<T>(select: (state: StudioState) => T): T {
  return useStore(useStudio().store, select);
}

/** Of the run that is shown in Train; before there is one, of a run that told nothing. */
export const useRun = <T,>(select: (run: ShownRun) => T): T => useSlice((state) => select(shownRun(state.runs)));

const none: readonly CustomTask[] = [];

/** What exists, with the set-up's own tasks among the tasks; null until the session has told. */
export function useCatalogue(): Catalogue | null {
  const known = useSlice((state) => state.catalogue.known);
  const own = useSlice((state) => state.setup.config?.customTasks) ?? none;
  return useMemo(() => known && withOwnTasks(known, own), [known, own]);
}
