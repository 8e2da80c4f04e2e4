/** A session on a chosen executor, with everything it says kept. */
import { readFile } from "node:fs/promises";
import type { Command } from "../../src/contracts/command";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { RunEvent } from "../../src/contracts/runEvent";
import { nodeExecutorHost } from "../../src/runtime/platform/node/nodeExecutorHost";
import type { Platform } from "../../src/runtime/platform/platform";
import type { RunStorage, Store } from "../../src/runtime/platform/storage";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { stepsOf } from "../../src/runtime/run/record/stepColumns";
import { Session } from "../../src/runtime/session/session";
import { createSvdPool } from "../../src/runtime/workers/svd/svdPool";
import type { Workers } from "../../src/runtime/workers/workers";
import { memoryStore } from "./memoryStore";

export type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

export const preset = (id: string): RunConfig => presets.find((p) => p.id === id)!.config;

/** A command that may leave out its run: the one that was made last; "prepare" makes "one", "two", ... */
export type Asked = Command extends infer C
  ? C extends { readonly run: string }
    ? Omit<C, "run" | "of"> & { readonly run?: string; readonly of?: string }
    : C
  : never;

export interface Watched {
  readonly session: Session;
  readonly events: RunEvent[];
  of<T extends RunEvent["type"]>(type: T): EventOf<T>[];
  send(command: Asked): Promise<void>;
}

/** Runs of a session in a store, each in a folder named like its id. */
export const storedRuns = (store: Store = memoryStore()): RunStorage => ({ store, folderOf: (run) => `runs/${run}` });

const names = ["one", "two", "three", "four", "five", "six", "seven", "eight"];
const makes: readonly string[] = ["prepare", "restart", "branch", "import-run"];

export async function openSession(extra: Partial<Platform> = {}, workers: Partial<Workers> = {}): Promise<Watched> {
  const events: RunEvent[] = [];
  let made = 0;
  let newest = "one";
  const session = new Session(
    {
      executorHost: await nodeExecutorHost(),
      readAsset: async (path) => new Uint8Array(await readFile(`public/${path}`)),
      now: () => performance.now(),
      ...extra,
    },
    { svd: createSvdPool(), ...workers },
    (event) => events.push(event),
  );
  await session.open();
  const named = (command: Asked): Command => {
    const of = command.type === "restart" ? { of: newest } : {};
    if (makes.includes(command.type) && !("run" in command)) newest = names[made++]!;
    if ("run" in command && command.run) newest = command.run;
    return { run: newest, ...of, ...command } as Command;
  };
  return {
    session,
    events,
    of: (type) => events.filter((event): event is never => event.type === type),
    send: (command) => session.send(named(command)),
  };
}

/** All steps that a session told, of a record too, without times. */
export const stepsTold = ({ events }: Pick<Watched, "events">): readonly Omit<EventOf<"step">, "stepMs" | "run">[] =>
  events
    .flatMap((event) =>
      event.type === "steps" ? stepsOf(event.columns, event.run) : event.type === "step" ? [event] : [],
    )
    .map(({ stepMs: _ms, run: _run, ...step }) => step);

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
