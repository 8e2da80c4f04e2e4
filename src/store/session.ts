/**
 * The page's commands, translated into those of the worker. Each part handles one kind: the run that is shown (`runCommands`), the list of runs
 * (`runListCommands`), studies (`studyCommands`), looking at data (`inspectionCommands`, `thumbnails`), files and the library (`libraryCommands`), and
 * when a changed set-up is prepared (`preparation`). Plain functions over the store and a client; no DOM, no React.
 */
import type { Catalogue } from "../contracts/catalogue";
import type { RunId } from "../contracts/run";
import type { DeviceChoice } from "../contracts/runConfig";
import type { RunEvent } from "../contracts/runEvent";
import { createInspection, type InspectionCommands } from "./data/inspectionCommands";
import { createThumbnails, type ThumbnailCommands } from "./data/thumbnails";
import { gatherFiles, type Written } from "./library/exportFiles";
import { createDataKeeping } from "./library/keepData";
import { createLibraryCommands, type LibraryCommands } from "./library/libraryCommands";
import { createPreparation } from "./runs/preparation";
import { createRunCommands, type RunCommands } from "./runs/runCommands";
import { createRunListCommands, type RunListCommands } from "./runs/runListCommands";
import { shownRun } from "./runs/runsSlice";
import { createStudyCommands, type StudyCommands } from "./runs/studyCommands";
import { type Client, type SessionContext, type SessionPart, sessionContext } from "./sessionPart";
import { readLink, readPlace } from "./setup/urlState";
import type { StudioStore } from "./studio";

export interface SessionOptions {
  /** The page's address, read once when the catalogue comes. */
  readonly link: { readonly query: string; readonly hash: string };
  /** Quiet time after a change before it is prepared. */
  readonly delayMs?: number;
  /** Takes the files of an export when all of them have come. */
  readonly onExport?: (written: Written) => void;
  /** Makes ids of runs; absent: by time and chance. */
  readonly newRun?: () => RunId;
}

export interface Session
  extends RunCommands,
    RunListCommands,
    StudyCommands,
    ThumbnailCommands,
    InspectionCommands,
    LibraryCommands {
  diagnose(device: DeviceChoice): void;
  /** Compares a step of the current set-up with TensorFlow.js; "auto" computes it on the set-up's own device. */
  compareStep(device: DeviceChoice): void;
  dispose(): void;
}

export function createSession(store: StudioStore, client: Client, options: SessionOptions): Session {
  const context = sessionContext(store, client, options.delayMs ?? 400, options.newRun);
  const parts = createParts(context);
  const { run, list, studies, thumbnails, inspection, library } = parts;
  const end = listen(store, client, parts, options);
  return {
    ...run.commands,
    ...list.commands,
    ...studies.commands,
    ...thumbnails.commands,
    ...inspection.commands,
    ...library.commands,
    diagnose(device) {
      store.markDiagnosing(device);
      context.send({ type: "diagnose", device });
    },
    compareStep(device) {
      const { config } = store.getState().setup;
      if (!config) return;
      store.markComparing();
      const chosen = device === "auto" ? config.device : device;
      context.send({ type: "compare-step", config, device: chosen, reference: "auto" });
    },
    dispose() {
      for (const part of Object.values<SessionPart>(parts)) part.dispose?.();
      end();
    },
  };
}

function createParts(context: SessionContext) {
  const preparation = createPreparation(context);
  return {
    thumbnails: createThumbnails(context),
    inspection: createInspection(context),
    library: createLibraryCommands(context),
    dataKeeping: createDataKeeping(context),
    preparation,
    run: createRunCommands(context, preparation),
    list: createRunListCommands(context, preparation),
    studies: createStudyCommands(context),
  };
}

type Parts = ReturnType<typeof createParts>;

/** Tells the parts what comes from the client and what changes in the store. Returns what ends it. */
function listen(store: StudioStore, client: Client, parts: Parts, { link, onExport }: SessionOptions): () => void {
  const told = Object.values<SessionPart>(parts);
  const takeFile = gatherFiles((written) => onExport?.(written));
  const takeEvent = (event: RunEvent): void => {
    const before = store.getState();
    const failure = shownRun(before.runs).run.failure;
    if (!parts.thumbnails.admits(event)) return;
    store.apply(event);
    const { setup, runs } = store.getState();
    // The catalogue is told again when a folder is opened or a device taken; the link counts once.
    if (event.type === "catalogue" && setup.config === null) begin(store, event.catalogue, link, parts);
    if (event.type === "failed" && shownRun(runs).run.failure !== failure) parts.run.forget();
    for (const part of told) part.takeEvent?.(event, before);
    takeFile(event);
  };
  const endEvents = client.subscribe(takeEvent);
  const endChanges = store.subscribe((state, before) => {
    for (const part of told) part.takeChange?.(state, before);
  });
  return () => {
    endEvents();
    endChanges();
  };
}

/** Begins with the view and the set-up that the page's address names. */
function begin(
  store: StudioStore,
  catalogue: Catalogue,
  { query, hash }: SessionOptions["link"],
  { library, preparation }: Parts,
): void {
  const place = readPlace(query, hash);
  store.showPlace(place);
  store.begin(readLink(catalogue, query, hash));
  library.commands.listLibrary();
  if (place.view === "train") preparation.prepare();
}
