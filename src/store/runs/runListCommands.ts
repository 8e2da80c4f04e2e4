/** Commands for the list of runs: show, resume, branch, rename, delete, open. */
import type { FolderFile } from "../../contracts/dataOrigin";
import type { CheckpointKind, RunId } from "../../contracts/run";
import type { RunConfig } from "../../contracts/runConfig";
import type { SessionContext, SessionPart } from "../sessionPart";
import { createTimers } from "../timers";
import { forget, type Preparation } from "./preparation";

export interface RunListCommands {
  /** Shows it in Train; a run of the library tells its record first. */
  showRun(run: RunId): void;
  /** Lays its curves over those of the others, or takes them away. */
  tickRun(run: RunId, on: boolean): void;
  /** Goes on with a run from its newest checkpoint. */
  resume(run: RunId): void;
  branch(from: RunId, checkpoint: CheckpointKind, config?: RunConfig): void;
  rename(run: RunId, name: string, note: string): void;
  /** Deletes runs after a while in which it can be undone. */
  removeRuns(runs: readonly RunId[]): void;
  /** A record, a checkpoint, or the folder of a headless run. */
  importRun(files: readonly FolderFile[]): void;
  /** Takes back what the toast says. */
  undo(): void;
  dismissToast(): void;
}

export interface RunListPart extends SessionPart {
  readonly commands: RunListCommands;
}

/** How long a deletion, or a new run, can be taken back. */
const UNDO_MS = 8000;

export function createRunListCommands(context: SessionContext, preparation: Preparation): RunListPart {
  const { store, send } = context;
  const timers = createTimers();
  const deleted = new Set<RunId>();
  /** Carries out, once, what could have been undone until now. */
  const settle = (): void => {
    const { hidden, toast } = store.getState().runs;
    timers.cancel("toast");
    if (toast) store.showToast(null);
    for (const run of hidden.filter((id) => !deleted.has(id))) {
      deleted.add(run);
      send({ type: "remove-run", run });
    }
  };
  return {
    commands: { ...listCommands(context, preparation, settle), dismissToast: settle },
    takeChange({ runs }, before) {
      if (runs.toast && runs.toast !== before.runs.toast) timers.soon("toast", settle, UNDO_MS);
    },
    dispose: timers.dispose,
  };
}

type Commands = Omit<RunListCommands, "dismissToast">;

function listCommands(context: SessionContext, preparation: Preparation, settle: () => void): Commands {
  const { store, send, request, newRun } = context;
  const tell = (run: RunId): void => {
    if (!store.getState().runs.byId.get(run)?.told) request({ type: "open-run", run });
  };
  const toTrain = (run: RunId): void => {
    preparation.cancel();
    store.showRun(run);
    store.show("train");
  };
  return {
    showRun(run) {
      tell(run);
      toTrain(run);
    },
    tickRun(run, on) {
      if (on) tell(run);
      store.tickRun(run, on);
    },
    resume(run) {
      request({ type: "resume", run });
      toTrain(run);
    },
    branch(of, checkpoint, config) {
      request({ type: "branch", run: newRun(), from: { run: of, checkpoint }, ...(config && { config }) });
      toTrain(store.getState().runs.current ?? of);
    },
    rename(run, name, note) {
      store.markRenamed(run, name, note);
      send({ type: "rename-run", run, name, note });
    },
    removeRuns(runs) {
      settle();
      store.hideRuns(runs);
      const text = runs.length === 1 ? "The run is deleted." : `${runs.length} runs are deleted.`;
      store.showToast({ text, undo: "keep", run: null, others: runs });
    },
    importRun(files) {
      const run = newRun();
      request({ type: "import-run", run, files });
      store.tickRun(run, true);
      store.show("runs");
    },
    undo() {
      undo(context);
      settle();
    },
  };
}

function undo(context: SessionContext): void {
  const { store, send } = context;
  const { toast, byId } = store.getState().runs;
  if (!toast) return;
  store.showToast(null);
  if (toast.undo === "keep") {
    store.unhideRuns(toast.others);
    return;
  }
  if (toast.study !== undefined) send({ type: "end-study", study: toast.study });
  if (toast.run !== null) store.showRun(toast.run);
  forget(
    context,
    toast.others.filter((id) => byId.get(id)?.run.step === 0),
  );
}
