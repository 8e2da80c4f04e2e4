/**
 * What a person's wishes mean for the worker. Each part knows a kind of wish: the run (`runCommands`), the race (`raceCommands`), looking at data
 * (`examination`, `thumbnails`), files and the library (`keeping`), and when a changed set-up is prepared (`preparation`). Plain functions over the store and
 * a client; no DOM, no React.
 */
import type { Catalogue } from "../contracts/catalogue";
import type { DeviceChoice } from "../contracts/runConfig";
import type { RunEvent } from "../contracts/runEvent";
import { createInspection, type InspectionCommands } from "./data/inspectionCommands";
import { createThumbnails, type ThumbnailCommands } from "./data/thumbnails";
import { gatherFiles, type Written } from "./library/exportFiles";
import { createDataKeeping } from "./library/keepData";
import { createLibraryCommands, type LibraryCommands } from "./library/libraryCommands";
import { createPreparation } from "./runs/preparation";
import { createRaceCommands, type RaceCommands } from "./runs/raceCommands";
import { createRunCommands, type RunCommands } from "./runs/runCommands";
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
}

export interface Session extends RunCommands, RaceCommands, ThumbnailCommands, InspectionCommands, LibraryCommands {
  /** Goes on with a run of the library; what runs is dropped. */
  resume(run: string): void;
  diagnose(device: DeviceChoice): void;
  dispose(): void;
}

export function createSession(store: StudioStore, client: Client, options: SessionOptions): Session {
  const context = sessionContext(store, client, options.delayMs ?? 400);
  const parts = createParts(context);
  const { run, race, thumbnails, examination, keeping, preparation } = parts;
  const end = listen(store, client, parts, options);
  return {
    ...run.commands,
    ...race.commands,
    ...thumbnails.commands,
    ...examination.commands,
    ...keeping.commands,
    resume(from) {
      preparation.cancel();
      forgetWaiting(parts);
      context.request({ type: "resume", from: { run: from } });
      store.show("train");
    },
    diagnose(device) {
      store.markDiagnosing(device);
      context.send({ type: "diagnose", device });
    },
    dispose() {
      for (const part of Object.values<SessionPart>(parts)) part.dispose?.();
      end();
    },
  };
}

function createParts(context: SessionContext) {
  const preparation = createPreparation(context);
  const run = createRunCommands(context, preparation);
  return {
    thumbnails: createThumbnails(context),
    examination: createInspection(context),
    keeping: createLibraryCommands(context),
    dataKeeping: createDataKeeping(context),
    preparation,
    run,
    race: createRaceCommands(context, preparation, run),
  };
}

type Parts = ReturnType<typeof createParts>;

function forgetWaiting({ run, race }: Parts): void {
  run.forget();
  race.forget();
}

/** Tells the parts what comes from the client and what changes in the store. Returns what ends it. */
function listen(store: StudioStore, client: Client, parts: Parts, { link, onExport }: SessionOptions): () => void {
  const told = Object.values<SessionPart>(parts);
  const takeFile = gatherFiles((written) => onExport?.(written));
  const takeEvent = (event: RunEvent): void => {
    const before = store.getState();
    if (!parts.thumbnails.admits(event)) return;
    store.apply(event);
    const { setup, run } = store.getState();
    // The catalogue is told again when a folder is opened or a device taken; the link counts once.
    if (event.type === "catalogue" && setup.config === null) begin(store, event.catalogue, link, parts);
    if (event.type === "failed" && run.failure !== before.run.failure) forgetWaiting(parts);
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

/** Begins with the view, the contestants and the set-up that the page's address names. */
function begin(
  store: StudioStore,
  catalogue: Catalogue,
  { query, hash }: SessionOptions["link"],
  { keeping, preparation }: Parts,
): void {
  const place = readPlace(query, hash);
  store.showPlace(place);
  store.begin(readLink(catalogue, query, hash));
  keeping.commands.listLibrary();
  if (place.view === "train") preparation.prepare();
}
