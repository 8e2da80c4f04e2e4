/** The page's worker: a session behind the message boundary. */
import type { Command } from "../../../contracts/command";
import type { RunEvent } from "../../../contracts/runEvent";
import { browserRasteriser } from "../../platform/browser/browserRasteriser";
import { opfsStore } from "../../platform/browser/storageOpfs";
import { webWorkerPort } from "../../platform/browser/webWorker";
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

/** Absent where the page is not served from a safe place, or the browser has no origin-private file system. */
const store = navigator.storage?.getDirectory ? opfsStore(() => navigator.storage.getDirectory()) : undefined;

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

const session = new Session(
  {
    executorHost: {
      gpu: navigator.gpu as GPU | undefined,
      isNode: false,
      hasWebgl: typeof OffscreenCanvas !== "undefined" && new OffscreenCanvas(1, 1).getContext("webgl2") !== null,
      threads,
    },
    readAsset,
    rasterise: createRasteriser(browserRasteriser),
    ...(store && { runs: { store, folderOf: (run: string) => `runs/${run}` } }),
    ...(navigator.locks && { lock, lockedElsewhere }),
    persisted: (ask) => (ask ? navigator.storage.persist() : navigator.storage.persisted()),
    now: () => performance.now(),
  },
  createWorkers({
    startWorker,
    cores: navigator.hardwareConcurrency,
    mostSvdWorkers: 4,
    ...(store && { cache: svdCache(store) }),
    onWarning,
  }),
  tell,
);

// Commands wait for the catalogue; after that each starts at once, so that a pause overtakes the start it interrupts.
const opened = session
  .open()
  .then(() => (store ? session.send({ type: "keep", every: KEEP_EVERY }) : Promise.resolve()));
scope.onmessage = ({ data }) => void opened.then(() => session.send(data));
