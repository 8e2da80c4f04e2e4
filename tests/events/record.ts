/** Runs the real session headless on the smallest model through named scenarios, and takes down what it tells. */
import { readFile } from "node:fs/promises";
import type { Command } from "../../src/contracts/command";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { LibraryEntry, RunEvent } from "../../src/contracts/runEvent";
import { nodeExecutorHost } from "../../src/runtime/platform/node/nodeExecutorHost";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { Session } from "../../src/runtime/session/session";
import { createSvdPool } from "../../src/runtime/workers/svd/svdPool";
import { raceGroups } from "../../src/store/runs/studyCommands";
import { memoryStore } from "../session/memoryStore";
import { rooms } from "../session/rooms";
import { type Exchange, pack, type Scenario } from "./recording";

const micro = presets.find(({ id }) => id === "micro")!.config;

/** As the link `#preset=micro&device=wasm&training.steps=12&training.evaluateEvery=6&data.train=8&data.val=2` says it. */
export const recordedConfig: RunConfig = {
  ...micro,
  device: "wasm",
  data: { ...micro.data, train: 8, val: 2 },
  training: { ...micro.training, steps: 12, evaluateEvery: 6 },
};

/** A command, or one that goes with the run: it is sent when step `at` has been told. */
type Act = Command | { readonly at: number; readonly command: Command };

const config = recordedConfig;
const run = "recorded";
const study = "recorded-study";
const { contestants } = buildCatalogue([], null, []);
const racing = ["ditask", "lora"].map((id) => contestants.find((contestant) => contestant.id === id)!);

const scenarios: Readonly<Record<string, readonly Act[]>> = {
  train: [
    { type: "prepare", run, config },
    { type: "count", config },
    { type: "library" },
    { type: "start", run },
    { at: 3, command: { type: "pause", run } },
    { type: "step", run },
    { type: "evaluate", run },
    { type: "update-analysis", run },
    { type: "export", run, what: "metrics" },
    { type: "export", run, what: "official" },
    { type: "start", run },
  ],
  failure: [
    { type: "prepare", run, config: { ...config, data: { ...config.data, source: "folder" } } },
    { type: "open-weights", files: [{ path: "broken.safetensors", file: new Blob([new Uint8Array(9)]) }] },
    { type: "resume", run: "gone" },
  ],
  library: [
    { type: "keep", every: 2 },
    { type: "open-folder", name: "rooms", files: rooms(4) },
    { type: "library-keep", what: "data" },
    { type: "prepare", run, config },
    { type: "start", run },
    { at: 4, command: { type: "pause", run } },
    { type: "library" },
    { type: "resume", run },
    { type: "library-remove", id: "runs/recorded" },
  ],
  race: [
    {
      ...{ type: "study", study, kind: "race" },
      groups: raceGroups(config, racing, 1).map((group) =>
        group.map((of, i) => ({ run: `${run}-${i + 1}`, config: of })),
      ),
    },
    { type: "start", run: `${run}-1` },
    { at: 3, command: { type: "pause", run: `${run}-1` } },
    { type: "end-study", study },
  ],
};

/** Time that passes by being asked for: the same at every recording. */
function clock(): () => number {
  let now = 0;
  return () => {
    now += 10;
    return now;
  };
}

async function openSession(listener: (event: RunEvent) => void): Promise<Session> {
  const host = await nodeExecutorHost();
  const session = new Session(
    {
      executorHost: { ...host, gpu: undefined, threads: 1 },
      readAsset: async (path) => new Uint8Array(await readFile(`public/${path}`)),
      runs: { store: memoryStore(() => 0), folderOf: (id) => `runs/${id}` },
      now: clock(),
    },
    { svd: createSvdPool() },
    listener,
  );
  await session.open();
  return session;
}

const isStep = (event: RunEvent, at: number): boolean => event.type === "step" && event.step >= at;

/** What differs from one recording to the next is taken out: times, and how far preparing had come when it was asked. */
function settled(events: readonly RunEvent[]): RunEvent[] {
  const said = new Set<string>();
  return events.flatMap((event) => {
    if (event.type === "step") return [{ ...event, stepMs: 20 }];
    if (event.type === "evaluation") return [{ ...event, ms: 100 }];
    if (event.type === "created") return [{ ...event, created: 0 }];
    if (event.type === "library") return [{ ...event, entries: event.entries.map(undated) }];
    if (event.type === "failed") return [{ ...event, detail: "" }];
    if (event.type !== "state" || !("progress" in event)) return [event];
    const { progress: _, ...plain } = event;
    const key = JSON.stringify(plain).replace(/\d+/g, "");
    if (said.has(key)) return [];
    said.add(key);
    return [plain as RunEvent];
  });
}

const undated = (entry: LibraryEntry): LibraryEntry =>
  entry.run ? { ...entry, run: { ...entry.run, created: 0 } } : entry;

async function record(acts: readonly Act[]): Promise<Scenario> {
  let events: RunEvent[] = [];
  let heard: (event: RunEvent) => void = () => {};
  const session = await openSession((event) => {
    events.push(event);
    heard(event);
  });
  const opening = events;
  const exchanges: Exchange[] = [];
  let underWay: Promise<unknown> = Promise.resolve();
  for (const act of acts) {
    const command = "at" in act ? act.command : act;
    if (!("at" in act)) await underWay;
    events = [];
    exchanges.push({ command: plain(command), events });
    const next = acts[acts.indexOf(act) + 1];
    const told =
      next && "at" in next ? new Promise<void>((done) => (heard = (e) => isStep(e, next.at) && done())) : null;
    underWay = Promise.all([underWay, session.send(command)]);
    await (told ?? underWay);
  }
  await underWay;
  await session.dispose();
  const all = exchanges.map((one) => ({ ...one, events: settled(one.events) }));
  return { opening: settled(opening), exchanges: all };
}

/** Without the bytes of files, which nobody replays. */
const plain = (command: Command): Command => ("files" in command ? { ...command, files: [] } : command);

const recording: Record<string, Scenario> = {};
for (const [name, acts] of Object.entries(scenarios)) recording[name] = await record(acts);

/** Made while this module loads: what imports it closes behind it, and executors are loaded late. */
export const recorded: string = pack(recording);
