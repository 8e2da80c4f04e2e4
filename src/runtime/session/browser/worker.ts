/** The page's worker: a session behind the message boundary. */
import type { Command } from "../../../contracts/command";
import type { RunEvent } from "../../../contracts/runEvent";
import { browserRasteriser } from "../../platform/browser/browserRasteriser";
import { type Opened, openStore } from "../../platform/browser/openStore";
import { webWorkerPort } from "../../platform/browser/webWorker";
import type { Platform } from "../../platform/platform";
import { createRasteriser } from "../../platform/rasterise";
import { createWorkers, type Workers } from "../../workers/workers";
import { svdCache } from "../library";
import { Session } from "../session";

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

/** Names of the locks that this tab holds. */
const ownLocks = new Set<string>();

/** Takes hold of what one tab may use at a time, until it is let go; undefined where another tab has it. */
const lock = (name: string): Promise<(() => void) | undefined> =>
  new Promise((resolve, reject) => {
    const held = (it: Lock | null): Promise<void> | undefined => {
      if (!it) return void resolve(undefined);
      ownLocks.add(name);
      return new Promise<void>((release) => resolve(release)).finally(() => ownLocks.delete(name));
    };
    navigator.locks.request(name, { ifAvailable: true }, held).catch(reject);
  });

const lockedElsewhere = async (): Promise<readonly string[]> =>
  ((await navigator.locks.query()).held ?? []).flatMap(({ name = "" }) => (ownLocks.has(name) ? [] : [name]));

/** Steps between checkpoints of the page. */
const KEEP_EVERY = 100;

const tell = (event: RunEvent): void => scope.postMessage(event);
const onWarning = (message: string): void => tell({ type: "log", level: "warning", message });

/** The bundler wants each address written out. */
const startWorker = (kind: keyof Workers) =>
  webWorkerPort(
    kind === "svd"
      ? new Worker(new URL("./svdWorker.ts", import.meta.url), { type: "module", name: "svd" })
      : new Worker(new URL("./sampleWorker.ts", import.meta.url), { type: "module", name: "samples" }),
  );

const workersOf = (opened: Opened): Workers =>
  createWorkers({
    startWorker,
    cores: navigator.hardwareConcurrency,
    mostSvdWorkers: 4,
    ...("store" in opened && { cache: svdCache(opened.store) }),
    onWarning,
  });

const platformOf = (opened: Opened): Platform => ({
  executorHost: {
    gpu: navigator.gpu as GPU | undefined,
    isNode: false,
    hasWebgl: typeof OffscreenCanvas !== "undefined" && new OffscreenCanvas(1, 1).getContext("webgl2") !== null,
    threads,
  },
  readAsset,
  rasterise: createRasteriser(browserRasteriser),
  ...("store" in opened
    ? { runs: { store: opened.store, folderOf: (run: string) => `runs/${run}` } }
    : { whyNothingKept: opened.whyNot }),
  ...(navigator.locks && { lock, lockedElsewhere }),
  persisted: (ask) => (ask ? navigator.storage.persist() : navigator.storage.persisted()),
  now: () => performance.now(),
});

async function openSession(): Promise<Session> {
  const opened = await openStore(navigator.storage as StorageManager | undefined);
  const session = new Session(platformOf(opened), workersOf(opened), tell);
  await session.open();
  if ("store" in opened) await session.send({ type: "keep", every: KEEP_EVERY });
  return session;
}

// Commands wait for the catalogue; after that each starts at once, so that a pause overtakes the start it interrupts.
const session = openSession();
scope.onmessage = ({ data }) => void session.then((opened) => opened.send(data));
