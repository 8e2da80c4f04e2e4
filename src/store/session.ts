/**
 * What a person's wishes mean for the worker: when a changed set-up is prepared, what Start waits for, what Reset has to do.
 * Plain functions over the store and a client; no DOM, no React.
 */
import type { Command } from "../contracts/command";
import type { FolderFile } from "../contracts/dataOrigin";
import type { DeviceChoice, RunConfig } from "../contracts/runConfig";
import type { RunEvent } from "../contracts/runEvent";
import { createExamination, type Examination } from "./examination";
import { gatherFiles, type Written } from "./exportFiles";
import { type Keeping, keepingOf } from "./keeping";
import { sameValue } from "./paths";
import { isRacing } from "./raceSlice";
import { isFresh } from "./runSlice";
import type { StudioStore } from "./studio";
import { readLink, readPlace } from "./urlState";

export interface Client {
  send(command: Command): void;
  subscribe(listener: (event: RunEvent) => void): () => void;
}

export interface SessionOptions {
  /** The page's address, read once when the catalogue comes. */
  readonly link: { readonly query: string; readonly hash: string };
  /** Quiet time after a change before it is prepared. */
  readonly delayMs?: number;
  /** Takes the files of an export when all of them have come. */
  readonly onExport?: (written: Written) => void;
}

export interface Session extends Keeping, Pick<Examination, "survey" | "lookAt" | "preview"> {
  start(): void;
  pause(): void;
  step(): void;
  stop(): void;
  reset(): void;
  evaluate(): void;
  save(what: Extract<Command, { type: "export" }>["what"]): void;
  /** Files are looked at first; a run uses them when `takeData` says so. */
  openFolder(name: string, files: readonly FolderFile[]): void;
  /** The data that is looked at becomes the set-up's; with `start`, a run begins on it, and one under way is dropped. */
  takeData(start: boolean): void;
  /** Goes on with a run of the library; what runs is dropped. */
  resume(run: string): void;
  /** Measures what training did to the weights, and how the tasks' gradients lie to each other. */
  weighEvidence(): void;
  diagnose(device: DeviceChoice): void;
  /** Prepares the chosen contestants where that was not done yet, and starts; a run under way is dropped. */
  startRace(): void;
  pauseRace(): void;
  stopRace(): void;
  dispose(): void;
}

/** The controls show something else than what was prepared. */
export const hasPendingChange = (store: Pick<StudioStore, "getState">): boolean => {
  const { config, sent } = store.getState().setup;
  return config !== null && !sameValue(config, sent);
};

/** The set-up or the contestants are others than those of the race that was prepared. */
export const hasPendingRace = ({ getState }: Pick<StudioStore, "getState">): boolean => {
  const { setup, race } = getState();
  if (!race.prepared) return true;
  const { config, contestants } = race.prepared;
  const ids = contestants.map(({ id }) => id);
  return !sameValue(ids, race.chosen) || !sameValue(raceConfig(setup.config), raceConfig(config));
};

/** What a race takes of a configuration: everything but the method, of which every contestant has its own, and what was trained by one. */
const raceConfig = (config: RunConfig | null): unknown => {
  if (!config) return null;
  const { method: _, adapter: __, ...shared } = config;
  return shared;
};

export function createSession(store: StudioStore, client: Client, options: SessionOptions): Session {
  const { delayMs = 400 } = options;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let countTimer: ReturnType<typeof setTimeout> | undefined;
  let wanted: "start" | "step" | null = null;
  let raceWanted = false;
  const { request, ...keeping } = keepingOf(store, client);
  const takeFile = gatherFiles((written) => options.onExport?.(written));

  const prepare = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const { config } = store.getState().setup;
    if (!config) return;
    store.markSent();
    request({ type: "prepare", config });
  };
  const prepareSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(prepare, delayMs);
  };
  /** Long before the model is ready, the page can say what would be trained. */
  const countSoon = (): void => {
    clearTimeout(countTimer);
    countTimer = setTimeout(() => {
      const { config } = store.getState().setup;
      if (config) client.send({ type: "count", config });
    }, delayMs / 4);
  };
  const ask = (wish: "start" | "step"): void => {
    const { run, library } = store.getState();
    if (library.resuming !== null) {
      wanted = wish;
      return;
    }
    const changed = isFresh(run) && hasPendingChange(store);
    if (!changed && run.prepared && run.state !== "preparing" && run.state !== "idle") {
      client.send({ type: wish });
      return;
    }
    wanted = wish;
    if (changed) prepare();
  };

  const takeEvent = (event: RunEvent): void => {
    const { failure } = store.getState().run;
    if (!examination.admits(event)) return;
    const asked = store.getState().catalogue.opening !== null;
    store.apply(event);
    examination.takeEvent(event, asked);
    // The catalogue is told again when a folder is opened or a device taken; the link counts once.
    if (event.type === "catalogue" && store.getState().setup.config === null) {
      const place = readPlace(options.link.query, options.link.hash);
      store.show(place.view);
      store.chooseRace(place.race);
      store.begin(readLink(event.catalogue, options.link.query, options.link.hash));
      keeping.listLibrary();
      if (place.view === "train") prepare();
    }
    takeFile(event);
    // The list on the page grows old with every checkpoint.
    if (event.type === "checkpoint" && store.getState().view === "library") keeping.listLibrary();
    if (event.type === "failed" && store.getState().run.failure !== failure) {
      wanted = null;
      raceWanted = false;
    }
    if (event.type === "race-state" && event.state === "ready" && raceWanted) {
      raceWanted = false;
      client.send({ type: "race-start" });
    }
    // "prepared" of an older set-up may still arrive after a change: the wish waits for its own. A run that goes on is paused.
    const ready = event.type === "state" && (event.state === "ready" || event.state === "paused");
    if (ready && wanted && store.getState().library.resuming === null && !hasPendingChange(store)) {
      client.send({ type: wanted });
      wanted = null;
    }
  };
  const examination = createExamination(store, client, delayMs);
  const endEvents = client.subscribe(takeEvent);
  const endChanges = store.subscribe((state, before) => {
    examination.takeChange(state, before);
    const changed = state.setup.config !== before.setup.config || state.view !== before.view;
    if (!changed) return;
    countSoon();
    if (before.setup.config === null) return;
    if (state.view === "library" && before.view !== "library") keeping.listLibrary();
    // The set-up is about to be that of the run that goes on.
    if (state.library.resuming !== null) return;
    // Beside a race there is no room for a run: it is prepared when it is asked for.
    const own = state.view === "train" && !isRacing(state.race);
    if (own && isFresh(state.run) && hasPendingChange(store)) prepareSoon();
    else clearTimeout(timer);
  });

  return {
    ...keeping,
    start: () => ask("start"),
    step: () => ask("step"),
    pause() {
      wanted = null;
      client.send({ type: "pause" });
    },
    stop() {
      wanted = null;
      client.send({ type: "stop" });
    },
    reset() {
      wanted = null;
      if (hasPendingChange(store) || store.getState().run.state === "failed") prepare();
      else client.send({ type: "reset" });
    },
    evaluate: () => client.send({ type: "evaluate" }),
    save: (what) => request({ type: "export", what }),
    openFolder(name, files) {
      request({ type: "open-folder", name, files });
      store.show("data");
    },
    takeData(start) {
      store.takeData();
      if (start) {
        wanted = "start";
        prepare();
      }
      store.show("train");
    },
    survey: examination.survey,
    lookAt: examination.lookAt,
    preview: examination.preview,
    resume(run) {
      clearTimeout(timer);
      wanted = null;
      raceWanted = false;
      request({ type: "resume", from: { run } });
      store.show("train");
    },
    weighEvidence() {
      store.markWeighing();
      client.send({ type: "evidence" });
    },
    diagnose(device) {
      store.markDiagnosing(device);
      client.send({ type: "diagnose", device });
    },
    startRace() {
      const { setup, race } = store.getState();
      const canGoOn = race.state === "ready" || race.state === "paused";
      if (canGoOn && !hasPendingRace(store)) {
        client.send({ type: "race-start" });
        return;
      }
      if (!setup.config || race.chosen.length === 0) return;
      clearTimeout(timer);
      raceWanted = true;
      request({ type: "race-prepare", config: setup.config, contestants: race.chosen });
    },
    pauseRace() {
      raceWanted = false;
      client.send({ type: "race-pause" });
    },
    stopRace() {
      raceWanted = false;
      client.send({ type: "race-stop" });
    },
    dispose() {
      clearTimeout(timer);
      clearTimeout(countTimer);
      examination.dispose();
      endEvents();
      endChanges();
    },
  };
}
