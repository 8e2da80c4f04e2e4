/** The page's worker: a session behind the message boundary. */
import type { Command } from "../../../contracts/command";
import type { RunEvent } from "../../../contracts/runEvent";
import { browserRasteriser } from "../../platform/browser/browserRasteriser";
import { type Opened, openStore } from "../../platform/browser/openStore";
import type { Platform } from "../../platform/platform";
import { createRasteriser } from "../../products/pictures/rasterise";
import { createSamplePool, sampleWorkers } from "../../workers/samples/samplePool";
import { createSvdPool } from "../../workers/svd/svdPool";
import { svdCache } from "../library";
import { Session } from "../session";
import { webWorkerPort } from "./workerPort";

const scope = self as unknown as {
  readonly crossOriginIsolated: boolean;
  postMessage(message: unknown, transfer?: Transferable[]): void;
  onmessage: ((message: MessageEvent<Command>) => void) | null;
};

const threads = scope.crossOriginIsolated ? Math.max(1, Math.min(8, navigator.hardwareConcurrency)) : 1;

async function readAsset(path: string): Promise<Uint8Array> {
  const url = new URL(`${import.meta.env.BASE_URL}${path}`, self.location.href.replace(/\/(assets|src)\/.*$/, "/"));
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(
      `${path} could not be loaded (${response.status} ${response.statusText}). Reload the page; if that does not help, build it again.`,
    );
  return new Uint8Array(await response.arrayBuffer());
}

/** The day and time, and a few digits that tell two tabs apart. */
const newRun = (): string =>
  `runs/${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}-${Math.random().toString(36).slice(2, 6)}`;

/** Steps between checkpoints of the page. */
const KEEP_EVERY = 100;

const tell = (event: RunEvent): void => scope.postMessage(event);
const onWarning = (message: string): void => tell({ type: "log", level: "warning", message });

async function openSession(): Promise<Session> {
  const opened = await openStore(navigator.storage as StorageManager | undefined);
  const session = new Session(platformOf(opened), tell);
  await session.open();
  if ("store" in opened) await session.send({ type: "keep", every: KEEP_EVERY });
  return session;
}

const platformOf = (opened: Opened): Platform => ({
  executorHost: {
    gpu: navigator.gpu as GPU | undefined,
    isNode: false,
    hasWebgl: typeof OffscreenCanvas !== "undefined" && new OffscreenCanvas(1, 1).getContext("webgl2") !== null,
    threads,
  },
  svd: createSvdPool({
    startWorker: () =>
      webWorkerPort(
        new Worker(new URL("../../workers/svd/svdWorker.ts", import.meta.url), { type: "module", name: "svd" }),
      ),
    workers: Math.max(1, Math.min(4, navigator.hardwareConcurrency - 1)),
    ...("store" in opened && { cache: svdCache(opened.store) }),
    onWarning,
  }),
  rows: createSamplePool({
    startWorker: () =>
      webWorkerPort(
        new Worker(new URL("../../workers/samples/sampleWorker.ts", import.meta.url), { type: "module", name: "rows" }),
      ),
    workers: sampleWorkers(navigator.hardwareConcurrency),
    onWarning,
  }),
  readAsset,
  rasterise: createRasteriser(browserRasteriser),
  ...("store" in opened ? { keeping: { store: opened.store, newRun } } : { whyNothingKept: opened.whyNot }),
  persisted: (ask) => (ask ? navigator.storage.persist() : navigator.storage.persisted()),
  now: () => performance.now(),
});

// Commands wait for the catalogue; after that each starts at once, so that a pause overtakes the start it interrupts.
const session = openSession();
scope.onmessage = ({ data }) => void session.then((opened) => opened.send(data));
