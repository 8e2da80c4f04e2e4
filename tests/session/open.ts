/** A session on a chosen executor, with everything it says kept. */
import { readFile } from "node:fs/promises";
import type { Command } from "../../src/contracts/command";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { RunEvent } from "../../src/contracts/runEvent";
import { nodeExecutorHost } from "../../src/runtime/platform/node/nodeExecutorHost";
import type { Platform } from "../../src/runtime/platform/platform";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { Session } from "../../src/runtime/session/session";
import { createSvdPool } from "../../src/runtime/workers/svd/svdPool";

export type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

export const preset = (id: string): RunConfig => presets.find((p) => p.id === id)!.config;

export interface Watched {
  readonly session: Session;
  readonly events: RunEvent[];
  of<T extends RunEvent["type"]>(type: T): EventOf<T>[];
  send(command: Command): Promise<void>;
}

export async function openSession(extra: Partial<Platform> = {}): Promise<Watched> {
  const events: RunEvent[] = [];
  const session = new Session(
    {
      executorHost: await nodeExecutorHost(),
      svd: createSvdPool(),
      readAsset: async (path) => new Uint8Array(await readFile(`public/${path}`)),
      now: () => performance.now(),
      ...extra,
    },
    (event) => events.push(event),
  );
  await session.open();
  return {
    session,
    events,
    of: (type) => events.filter((event): event is never => event.type === type),
    send: (command) => session.send(command),
  };
}

/** Runs a configuration to its end and returns what it said. Throws what the session reports as failed. */
export async function runToEnd(config: RunConfig): Promise<Watched> {
  const watched = await openSession();
  await watched.send({ type: "prepare", config });
  await watched.send({ type: "start" });
  const [failed] = watched.of("failed");
  await watched.session.dispose();
  if (failed) throw new Error(failed.message);
  return watched;
}
