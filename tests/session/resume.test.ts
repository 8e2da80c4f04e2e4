/** A run that goes on from a checkpoint is the very run that was not interrupted: every number of every step and evaluation, bit for bit. */
import { expect, it } from "vitest";
import type { RunConfig } from "../../src/contracts/runConfig";
import { hasOrtNative } from "../../src/core/exec/onnx/loadOrtNative";
import type { Store } from "../../src/runtime/platform/storage";
import { memoryStore } from "./memoryStore";
import { type Asked, type EventOf, openSession, preset, stepsTold, storedRuns, type Watched } from "./open";

const STEPS = 8;
const micro = preset("micro");
/** Everything that draws random numbers is on; an evaluation and an epoch's end lie between the checkpoint and the end. */
const config = (device: RunConfig["device"]): RunConfig => ({
  ...micro,
  device,
  data: { ...micro.data, train: 8, val: 4, augment: { ...micro.data.augment, horizontalFlip: true } },
  training: { ...micro.training, steps: STEPS, evaluateEvery: 3, dropPath: 0.3, accumulate: 2 },
});

const open = (store: Store): Promise<Watched> => openSession({ runs: storedRuns(store) });

async function does(watched: Watched, ...commands: readonly Asked[]): Promise<void> {
  for (const command of commands) await watched.send(command);
  const [failed] = watched.of("failed");
  if (failed) throw new Error(failed.message);
}

/** What must be equal: all but times and the run's id. */
const numbers = (watched: Watched): unknown[] => [
  ...stepsTold(watched),
  ...watched.of("evaluation").map(({ ms: _ms, run: _run, ...event }) => event),
];

async function adapterOf(watched: Watched): Promise<Uint8Array> {
  await does(watched, { type: "export", what: "adapter" });
  return (watched.of("artefact").at(-1) as EventOf<"artefact">).bytes;
}

const devices: RunConfig["device"][] = ["wasm", "tf", ...((await hasOrtNative()) ? (["cpu"] as const) : [])];

it.each(devices)("on %s, from a checkpoint that was kept while it ran", { timeout: 400_000 }, async (device) => {
  const store = memoryStore();
  const whole = await open(store);
  await does(whole, { type: "prepare", config: config(device) }, { type: "start" });
  const expected = numbers(whole);
  const adapter = await adapterOf(whole);
  expect(whole.of("checkpoint")).toEqual([]);

  // The same run, killed in the dark after the checkpoint of step 4: what its store held then is all that is left.
  const atFour = memoryStore();
  await does(whole, { type: "restart" }, { type: "keep", every: 4 });
  for (let step = 0; step < 4; step++) await does(whole, { type: "step" });
  for (const { name } of await store.list()) await atFour.write(name, (await store.read(name))!);
  expect(whole.of("checkpoint").at(-1)).toMatchObject({ run: "two", step: 4 });
  await whole.session.dispose();

  const resumed = await open(atFour);
  await does(resumed, { type: "resume", run: "two" });
  expect(resumed.of("resumed")).toEqual([{ type: "resumed", run: "two", step: 4 }]);
  expect(resumed.of("state").at(-1)!.state).toBe("paused");
  await does(resumed, { type: "start" });
  expect(numbers(resumed)).toEqual(expected);
  expect(Buffer.compare(await adapterOf(resumed), adapter)).toBe(0);
  await resumed.session.dispose();
});

it("goes on from a file too, measures where the kept run had yet to, and refuses damage, other weights and other data", async () => {
  const store = memoryStore();
  const first = await open(store);
  await does(first, { type: "prepare", config: config("wasm") }, { type: "keep", every: 0 }, { type: "step" });
  const name = (await store.list()).find((file) => file.name.endsWith(".safetensors"))!.name;
  const bytes = (await store.read(name))!;
  const fileOf = (content: Uint8Array) => [{ path: "a.safetensors", file: new Blob([content.slice()]) }];
  await does(first, { type: "import-run", files: fileOf(bytes) }, { type: "resume" }, { type: "step" });
  expect(first.of("resumed")).toEqual([{ type: "resumed", run: "two", step: 1 }]);
  expect(first.of("step").map(({ run, step }) => [run, step])).toEqual([
    ["one", 1],
    ["two", 2],
  ]);

  const { readRunState, writeRunState } = await import("../../src/core/checkpoint/runState");
  const state = readRunState(bytes);
  const refused = async (changed: Uint8Array): Promise<string> => {
    const before = first.of("failed").length;
    await first.send({ type: "import-run", files: fileOf(changed) });
    await first.send({ type: "resume" });
    return first.of("failed")[before]!.message;
  };
  expect(await refused(bytes.slice(0, 500))).toMatch(/damaged/);
  expect(await refused(writeRunState({ ...state, baseHash: "abc" }))).toMatch(
    /starting weights abc, but these are \w{64}/,
  );
  const images = { train: 9, val: 4 };
  expect(await refused(writeRunState({ ...state, images }))).toMatch(/9 training and 4 validation images.*8 and 4/);
  expect(await refused(writeRunState({ ...state, states: new Map() }))).toMatch(/0 numbers of "parameters"/);
  await first.session.dispose();
});
