/** When a changed set-up is counted and prepared: after a quiet moment, or at once where a wish needs it. */
import { sameValue } from "../setup/paths";
import { isRacing } from "./raceSlice";
import { isFresh } from "./runSlice";
import type { SessionContext, SessionPart } from "../sessionPart";
import type { StudioStore } from "../studio";
import { createTimers } from "../timers";

export interface Preparation extends SessionPart {
  /** Prepares the set-up as it is, at once. */
  prepare(): void;
  /** What was to be prepared soon is not. */
  cancel(): void;
}

/** The controls show something else than what was prepared. */
export const hasPendingChange = (store: Pick<StudioStore, "getState">): boolean => {
  const { config, sent } = store.getState().setup;
  return config !== null && !sameValue(config, sent);
};

export function createPreparation({ store, send, request, delayMs }: SessionContext): Preparation {
  const { soon, cancel, dispose } = createTimers();
  const prepare = (): void => {
    cancel("prepare");
    const { config } = store.getState().setup;
    if (!config) return;
    store.markSent();
    request({ type: "prepare", config });
  };
  const count = (): void => {
    const { config } = store.getState().setup;
    if (config) send({ type: "count", config });
  };
  return {
    prepare,
    cancel: () => cancel("prepare"),
    takeChange(state, before) {
      if (state.setup.config === before.setup.config && state.view === before.view) return;
      // Long before the model is ready, the page can say what would be trained.
      soon("count", count, delayMs / 4);
      // The first set-up is prepared at once, and that of a run that goes on is about to come.
      if (before.setup.config === null || state.library.resuming !== null) return;
      // Beside a race there is no room for a run: it is prepared when it is asked for.
      const own = state.view === "train" && !isRacing(state.race);
      if (own && isFresh(state.run) && hasPendingChange(store)) soon("prepare", prepare, delayMs);
      else cancel("prepare");
    },
    dispose,
  };
}
