/** When a changed set-up is counted, told to the run that is under way, or prepared: after a quiet moment, or at once where it is needed. */
import type { RunId } from "../../contracts/run";
import type { RunConfig } from "../../contracts/runConfig";
import type { SessionContext, SessionPart } from "../sessionPart";
import { type Differences, differences, isLive, liveValue } from "../setup/liveFields";
import { sameValue } from "../setup/paths";
import type { Field } from "../setup/recipeDiff";
import type { StudioState, StudioStore } from "../studio";
import { createTimers } from "../timers";
import { isFresh, isUnderWay } from "./runSlice";
import { shownRun } from "./runsSlice";

export interface Preparation extends SessionPart {
  /** Prepares the set-up as it is, at once. */
  prepare(): void;
  /** What was to be prepared soon is not. */
  cancel(): void;
  /** Tells the run that is under way of the live fields that differ, at once. */
  tellChanges(): void;
}

/** The controls show something else than the run that is shown. */
export const hasPendingChange = ({ getState }: Pick<StudioStore, "getState">): boolean => {
  const { config, sent } = getState().setup;
  return config !== null && !sameValue(config, sent);
};

const noDifference: Differences = { live: [], anew: [] };
let compared: { readonly config: RunConfig; readonly sent: RunConfig; readonly answer: Differences } | null = null;

/** How the set-up differs from the run that is shown. The same answer for the same question, so that nothing is drawn twice. */
export function pendingFields({ catalogue: { known }, setup: { config, sent } }: StudioState): Differences {
  if (!known || !config || !sent || config === sent) return noDifference;
  if (compared?.config !== config || compared.sent !== sent)
    compared = { config, sent, answer: differences(known, config, sent) };
  return compared.answer;
}

const noFields: readonly Field[] = [];
let waiting: { readonly of: Differences; readonly answer: readonly Field[] } | null = null;

/** The changes that need a new run: all of them where the run that is shown takes no more steps. */
export function waitingFields(state: StudioState): readonly Field[] {
  const { run } = shownRun(state.runs);
  if (isFresh(run)) return noFields;
  const of = pendingFields(state);
  if (isUnderWay(run) || of.live.length === 0) return of.anew;
  if (waiting?.of !== of) waiting = { of, answer: [...of.anew, ...of.live] };
  return waiting.answer;
}

/** Whether the run under way cannot take up a change of the field at `path`. */
export function needsNewRun({ catalogue: { known }, setup: { config }, runs }: StudioState, path: string): boolean {
  const { run } = shownRun(runs);
  return known !== null && config !== null && isUnderWay(run) && !isLive(known, config, path);
}

/** It may give way to another set-up by itself. */
const mayGiveWay = ({ runs }: StudioState): boolean => {
  const { run, place } = shownRun(runs);
  return isFresh(run) && place === undefined;
};

export function createPreparation(context: SessionContext): Preparation {
  const { store, delayMs } = context;
  const { soon, cancel, dispose } = createTimers();
  const prepare = (): void => {
    cancel("prepare");
    prepareSetup(context);
  };
  const count = (): void => {
    const { config } = store.getState().setup;
    if (config) context.send({ type: "count", config });
  };
  const tellChanges = (): void => {
    cancel("change");
    sendChanges(context);
  };
  return {
    prepare,
    tellChanges,
    cancel: () => cancel("prepare"),
    takeChange(state, before) {
      if (state.setup.config === before.setup.config && state.view === before.view) return;
      // Long before the model is ready, the page can say what would be trained.
      soon("count", count, delayMs / 4);
      // The first set-up is prepared at once, and that of a run that goes on is about to come.
      if (before.setup.config === null || state.library.resuming !== null) return;
      const { run } = shownRun(state.runs);
      if (isUnderWay(run)) soon("change", tellChanges, delayMs / 2);
      const wanted = state.view === "train" && mayGiveWay(state) && hasPendingChange(store);
      if (wanted) soon("prepare", prepare, delayMs);
      else cancel("prepare");
    },
    dispose,
  };
}

/** A run that nobody started leaves the list for the one that takes its place. */
function prepareSetup({ store, send, request, newRun }: SessionContext): void {
  const { setup, runs } = store.getState();
  if (!setup.config) return;
  const old = runs.current === null ? undefined : runs.byId.get(runs.current);
  const leaves = old && isFresh(old.run) && old.place === undefined ? old.id : null;
  request({ type: "prepare", run: newRun(), config: setup.config });
  store.markSent();
  if (leaves !== null) forget({ store, send }, [leaves]);
}

/** Deletes runs that have no step: on the page at once, in the session by its turn. */
export function forget({ store, send }: Pick<SessionContext, "store" | "send">, runs: readonly RunId[]): void {
  store.dropRuns(runs);
  for (const run of runs) send({ type: "remove-run", run });
}

function sendChanges({ store, send }: SessionContext): void {
  const state = store.getState();
  const { runs, setup, catalogue } = state;
  if (!setup.config || !catalogue.known || runs.current === null || !isUnderWay(shownRun(runs).run)) return;
  for (const field of pendingFields(state).live)
    send({
      type: "change",
      run: runs.current,
      field: field.path,
      value: liveValue(catalogue.known, setup.config, field),
    });
}
