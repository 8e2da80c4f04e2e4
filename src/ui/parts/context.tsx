/** React's thin adapter to the store: the page's parts read slices and speak to the session, nothing else. */
import { createContext, use, useMemo } from "react";
import { useStore } from "zustand";
import type { Catalogue } from "../../contracts/catalogue";
import type { CustomTask } from "../../contracts/customTask";
import type { RunState } from "../../contracts/runEvent";
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

/** A choice of what to look at, kept in the page's address under `name`; `usual` where none, or none of `choices`, was made. */
export function useShown<T extends string>(
  name: string,
  usual: T,
  choices?: readonly { readonly id: T }[],
): readonly [T, (value: T) => void] {
  const { store } = useStudio();
  const given = useSlice((state) => state.shown[name]) as T | undefined;
  const known = given !== undefined && (!choices || choices.some(({ id }) => id === given));
  return [known ? given : usual, (value) => store.choose(name, value === usual ? undefined : value)];
}

/** The same of several: what is chosen, in the address as a list. */
export function useShownSet(name: string): readonly [ReadonlySet<string>, (values: ReadonlySet<string>) => void] {
  const [text, choose] = useShown<string>(name, "");
  const values = useMemo(() => new Set(text.split(",").filter(Boolean)), [text]);
  return [values, (next) => choose([...next].join(","))];
}

const moving: ReadonlySet<RunState> = new Set(["running", "evaluating", "preparing"]);

/** Whether what is of `step` is older than the run, which rests. While it trains, everything is about to be renewed. */
export const useStale = (step: number | undefined): boolean =>
  useRun(({ run }) => step !== undefined && step < run.step && !moving.has(run.state));
