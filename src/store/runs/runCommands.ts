/** What a person asks of the run: what Start and Step wait for, what Reset has to do. */
import type { RunEvent } from "../../contracts/runEvent";
import { hasPendingChange, type Preparation } from "./preparation";
import { isFresh } from "./runSlice";
import type { SessionContext, SessionPart } from "../sessionPart";

export interface RunCommands {
  start(): void;
  pause(): void;
  step(): void;
  stop(): void;
  reset(): void;
  evaluate(): void;
  /** Measures what training did to the weights, and how the tasks' gradients lie to each other. */
  analyseUpdates(): void;
  /** The data that is looked at becomes the set-up's; with `start`, a run begins on it, and one under way is dropped. */
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

function createWaiting({ store, send }: SessionContext, { prepare }: Preparation): Waiting {
  let wanted: "start" | "step" | null = null;
  return {
    ask(wish) {
      const { run, library } = store.getState();
      const resuming = library.resuming !== null;
      const changed = isFresh(run) && hasPendingChange(store);
      if (!resuming && !changed && run.prepared && run.state !== "preparing" && run.state !== "idle") {
        send({ type: wish });
        return;
      }
      wanted = wish;
      if (!resuming && changed) prepare();
    },
    startAnew() {
      wanted = "start";
      prepare();
    },
    forget() {
      wanted = null;
    },
    takeEvent(event) {
      // "prepared" of an older set-up may still arrive after a change: the wish waits for its own. A run that goes on is paused.
      const ready = event.type === "state" && (event.state === "ready" || event.state === "paused");
      if (!ready || !wanted || store.getState().library.resuming !== null || hasPendingChange(store)) return;
      send({ type: wanted });
      wanted = null;
    },
  };
}

function runCommands({ store, send }: SessionContext, { prepare }: Preparation, waiting: Waiting): RunCommands {
  const end = (type: "pause" | "stop"): void => {
    waiting.forget();
    send({ type });
  };
  return {
    start: () => waiting.ask("start"),
    step: () => waiting.ask("step"),
    pause: () => end("pause"),
    stop: () => end("stop"),
    reset() {
      waiting.forget();
      if (hasPendingChange(store) || store.getState().run.state === "failed") prepare();
      else send({ type: "reset" });
    },
    evaluate: () => send({ type: "evaluate" }),
    analyseUpdates() {
      store.markAnalysing();
      send({ type: "update-analysis" });
    },
    takeData(start) {
      store.takeData();
      if (start) waiting.startAnew();
      store.show("train");
    },
  };
}
