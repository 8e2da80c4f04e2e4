/** React's thin adapter to the store: the page's parts read slices and speak to the session, nothing else. */
import { createContext, use } from "react";
import { useStore } from "zustand";
import type { Catalogue } from "../contracts/catalogue";
import type { Session } from "../store/session";
import type { StudioState, StudioStore } from "../store/studio";

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

/** Null until the session has told what exists. */
export const useCatalogue = (): Catalogue | null => useSlice((state) => state.catalogue.known);
