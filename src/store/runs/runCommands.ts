/** Commands for the run that is shown: what Start and Step wait for, what Reset has to do. */
import type { RunId } from "../../contracts/run";
import type { RunEvent } from "../../contracts/runEvent";
import type { SessionContext, SessionPart } from "../sessionPart";
import { hasPendingChange, type Preparation } from "./preparation";
import { isFresh, type RunSlice } from "./runSlice";
import { shownRun } from "./runsSlice";

export interface RunCommands {
  start(): void;
  pause(): void;
  step(): void;
  stop(): void;
  /** A new run of the same configuration; the one before stays in the list. */
  reset(): void;
  /** A new run of the set-up as it is, started when it is ready; the one before stays in the list. */
  startNew(): void;
  evaluate(): void;
  /** Measures what training did to the weights, and how the tasks' gradients lie to each other. */
  analyseUpdates(): void;
  /** The data that is looked at becomes the set-up's; with `start`, a run begins on it. */
  takeData(start: boolean): void;
}

/** A wish to start or to step that waits until the set-up as it is now is prepared. */
interface Waiting {
  ask(wish: "start" | "step"): void;
  /** Prepares at once, and starts when that is done. */
  startAnew(): void;
  /** A wish that still waits is not carried out. */
  forget(): void;
  takeEvent(event: RunEvent): void;
}

export interface RunCommandPart extends SessionPart, Pick<Waiting, "forget"> {
  readonly commands: RunCommands;
}

export function createRunCommands(context: SessionContext, preparation: Preparation): RunCommandPart {
  const waiting = createWaiting(context, preparation);
  const commands = runCommands(context, preparation, waiting);
  return { commands, forget: waiting.forget, takeEvent: waiting.takeEvent };
}

const canStart = ({ prepared, state }: RunSlice): boolean =>
  prepared !== null && state !== "preparing" && state !== "idle";

function createWaiting({ store, send }: SessionContext, { prepare, tellChanges }: Preparation): Waiting {
  let wanted: { readonly type: "start" | "step"; readonly run: RunId | null } | null = null;
  const want = (type: "start" | "step"): void => {
    wanted = { type, run: store.getState().runs.current };
  };
  return {
    ask(wish) {
      const { runs, library } = store.getState();
      const { run, place } = shownRun(runs);
      const resuming = library.resuming !== null;
      const changed = isFresh(run) && place === undefined && hasPendingChange(store);
      if (!resuming && !changed && runs.current !== null && canStart(run)) {
        tellChanges();
        send({ type: wish, run: runs.current });
        return;
      }
      if (!resuming && changed) prepare();
      want(wish);
    },
    startAnew() {
      prepare();
      want("start");
    },
    forget() {
      wanted = null;
    },
    takeEvent(event) {
      if (event.type !== "state" || !wanted) return;
      const { runs, library } = store.getState();
      // "ready" of an older run may still arrive after a change: the wish waits for its own. A run that goes on is paused.
      const ready = event.run === runs.current && (event.state === "ready" || event.state === "paused");
      // A run that gave way to another set-up leaves its wish to it; one that is still there keeps it.
      const own = wanted.run === event.run || wanted.run === null || !runs.byId.has(wanted.run);
      if (!ready || !own || library.resuming !== null || hasPendingChange(store)) return;
      send({ type: wanted.type, run: event.run });
      wanted = null;
    },
  };
}

function runCommands(context: SessionContext, preparation: Preparation, waiting: Waiting): RunCommands {
  const { store, send, request } = context;
  const current = (act: (run: RunId) => void): void => {
    const run = store.getState().runs.current;
    if (run !== null) act(run);
  };
  const end = (type: "pause" | "stop"): void => {
    waiting.forget();
    current((run) => send({ type, run }));
  };
  /** Makes a new run in the place of the one that is shown, which can be shown again. */
  const replace = (make: () => void): void => {
    const old = shownRun(store.getState().runs);
    make();
    const { current: made } = store.getState().runs;
    if (old.id === undefined || old.run.step === 0 || made === null) return;
    const text = "A new run begins at step 0. The one before stays in Runs.";
    store.showToast({ text, undo: "show", run: old.id, others: [made] });
  };
  return {
    start: () => waiting.ask("start"),
    step: () => waiting.ask("step"),
    pause: () => end("pause"),
    stop: () => end("stop"),
    reset() {
      waiting.forget();
      const { run } = shownRun(store.getState().runs);
      const anew = hasPendingChange(store) || run.state === "failed" || run.prepared === null;
      if (anew) return replace(preparation.prepare);
      current((of) => replace(() => request({ type: "restart", run: context.newRun(), of })));
    },
    startNew: () => replace(waiting.startAnew),
    evaluate: () => current((run) => send({ type: "evaluate", run })),
    analyseUpdates() {
      store.markAnalysing();
      current((run) => send({ type: "update-analysis", run }));
    },
    takeData(start) {
      store.takeData();
      if (start) replace(waiting.startAnew);
      store.show("train");
    },
  };
}
