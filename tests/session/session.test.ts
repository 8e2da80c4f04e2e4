/** Commands and events of a session, on the smallest model. */
import { afterEach, describe, expect, it } from "vitest";
import type { RunConfig } from "../../src/contracts/runConfig";
import { readSafetensors } from "../../src/core/checkpoint/safetensors";
import { methodChoice } from "../../src/runtime/run/prepare/modelSpec";
import { openSession, preset, type Watched } from "./open";

const micro = preset("micro");
const config = (changes: Partial<RunConfig["training"]> = {}, rest: Partial<RunConfig> = {}): RunConfig => ({
  ...micro,
  device: "wasm",
  data: { ...micro.data, train: 8, val: 4 },
  training: { ...micro.training, steps: 6, ...changes },
  ...rest,
});

let open: Watched | null = null;
const prepared = async (c: RunConfig): Promise<Watched> => {
  open = await openSession();
  await open.send({ type: "prepare", config: c });
  return open;
};
afterEach(async () => {
  await open?.session.dispose();
  open = null;
});

const lastState = (watched: Watched): string => watched.of("state").at(-1)!.state;

describe("a session", () => {
  it("tells a catalogue with tasks, methods, backbones, presets, settings and devices", async () => {
    open = await openSession();
    const { catalogue } = open.of("catalogue")[0]!;
    expect(catalogue.tasks).toHaveLength(6);
    expect(catalogue.devices.some((device) => device.available)).toBe(true);
    // Every control has its place in the run file.
    for (const { path } of catalogue.settings) {
      const value = path.split(".").reduce<unknown>((place, key) => (place as Record<string, unknown>)[key], micro);
      expect(value, path).toBeDefined();
    }
  });

  it("prepares: sites with descending singular values, a budget, baselines", async () => {
    const watched = await prepared(config());
    const [event] = watched.of("prepared");
    expect(lastState(watched)).toBe("ready");
    expect(event!.sites.length).toBeGreaterThan(0);
    for (const { sigma } of event!.sites) expect([...sigma]).toEqual([...sigma].sort((a, b) => b - a));
    for (const task of micro.tasks) expect(Object.keys(event!.baseline[task]!)).not.toHaveLength(0);
    expect(event!.parameters.some((group) => group.id === "theta" && group.trained > 0)).toBe(true);
  });

  it("step advances by one, reset starts over with the very same numbers", async () => {
    const watched = await prepared(config());
    await watched.send({ type: "step" });
    await watched.send({ type: "step" });
    await watched.send({ type: "restart" });
    await watched.send({ type: "step" });
    const steps = watched.of("step");
    expect(steps.map((s) => s.step)).toEqual([1, 2, 1]);
    expect(steps[2]!.losses).toEqual(steps[0]!.losses);
  });

  it("paused, tells warps and pictures of the step where it rests, before it says so", async () => {
    const watched = await prepared(config({ steps: 400 }));
    const run = watched.send({ type: "start" });
    while (watched.of("step").length < 5) await new Promise((resolve) => setTimeout(resolve, 1));
    await watched.send({ type: "pause" });
    await run;
    for (const rest of ["pause", "step"]) {
      if (rest === "step") await watched.send({ type: "step" });
      const { step } = watched.of("step").at(-1)!;
      expect([watched.of("warps").at(-1)!.step, watched.of("predictions").at(-1)!.step]).toEqual([step, step]);
      const types = watched.events.map((event) => (event.type === "state" ? event.state : event.type));
      expect(types.lastIndexOf("paused")).toBeGreaterThan(types.lastIndexOf("predictions"));
    }
  });

  it("runs to its end with an evaluation before and after, and bends the warps", async () => {
    const watched = await prepared(config());
    await watched.send({ type: "start" });
    expect(lastState(watched)).toBe("finished");
    expect(watched.of("evaluation").map((e) => e.step)).toEqual([0, 6]);
    const theta = watched.of("warps").at(-1)!.theta;
    expect(watched.of("warps")[0]!.theta.every((v) => v === 0)).toBe(true);
    expect(theta.some((v) => Math.abs(v) > 1e-4)).toBe(true);
    const sample = watched.of("predictions").at(-1)!.samples[0]!;
    expect(sample.tasks.map((t) => t.task)).toEqual(micro.tasks);
    expect(new Set(sample.tasks[0]!.prediction.rgba).size).toBeGreaterThan(2);
  });

  it("accumulating two batches of one is a step of its own, and not two", async () => {
    const watched = await prepared(config({ accumulate: 2, batchSize: 1, steps: 3 }));
    await watched.send({ type: "start" });
    expect(watched.of("step").map((s) => s.step)).toEqual([1, 2, 3]);
  });

  it("exports every trained number under its name", async () => {
    const watched = await prepared(config());
    await watched.send({ type: "export", what: "adapter" });
    const [artefact] = watched.of("artefact");
    const { tensors, metadata } = readSafetensors(artefact!.bytes);
    const numbers = [...tensors].filter(([name]) => !/running_/.test(name)).reduce((n, [, t]) => n + t.data.length, 0);
    expect(numbers).toBe(watched.of("prepared")[0]!.parameters.reduce((n, group) => n + group.trained, 0));
    expect(JSON.parse(metadata["config"]!)).toEqual(config());
  });

  it("goes on where an export that was asked for meanwhile cannot be written, which is told at once", async () => {
    const watched = await prepared(config({ steps: 400 }));
    const run = watched.send({ type: "start" });
    while (watched.of("step").length < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    await watched.send({ type: "export", what: "official" });
    expect(watched.of("failed")).toMatchObject([{ of: "export", message: expect.stringContaining("reading") }]);
    await run;
    const done = watched.of("step").length;
    expect(done).toBeLessThan(400);
    while (watched.of("step").length < done + 3) await new Promise((resolve) => setTimeout(resolve, 1));
    await watched.send({ type: "pause" });
    expect(lastState(watched)).toBe("paused");
  });

  it("hears a pause between two steps of an engine that computes without waiting", async () => {
    const watched = await prepared(config({ steps: 400 }));
    const run = watched.send({ type: "start" });
    // As a page's message comes: in a task of its own, while the run goes on.
    while (watched.of("step").length < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    const done = watched.of("step").length;
    void watched.send({ type: "pause" });
    await run;
    expect(watched.of("step").length).toBeLessThanOrEqual(done + 2);
    expect(lastState(watched)).toBe("paused");
  });

  it("prepares the newest of several configurations, and only that one", async () => {
    open = await openSession();
    const all = [1, 2, 3].map((seed) => open!.send({ type: "prepare", config: config({ seed }) }));
    await Promise.all(all);
    expect(open.of("failed")).toEqual([]);
    expect(open.of("prepared").map((event) => event.config.training.seed)).toEqual([3]);
    expect(lastState(open)).toBe("ready");
  });

  it("a task that the data does not label is refused by name, and the session lives on", async () => {
    open = await openSession();
    await open.send({ type: "prepare", config: config({}, { data: { ...micro.data, source: "folder" } }) });
    expect(open.of("failed")[0]!.message).toMatch(/no folder was opened/);
    await open.send({ type: "prepare", config: config() });
    expect(lastState(open)).toBe("ready");
  });

  it("a configuration that cannot be is refused before anything is allocated, naming field and value", async () => {
    open = await openSession();
    const bad = { ...config(), method: { ...micro.method, settings: { sharedCells: 1 } } };
    await open.send({ type: "prepare", config: bad });
    expect(open.of("failed")[0]!.message).toMatch(/method\.settings\.sharedCells is 1/);
    await open.send({ type: "prepare", config: { ...config(), backbone: "resnet" } });
    expect(open.of("failed")[1]!.message).toMatch(/"resnet".*embedded/);
  });

  it("other methods train on the same model: full, and decoders alone", async () => {
    const watched = await prepared(config({ steps: 2 }, { method: methodChoice("full") }));
    await watched.send({ type: "start" });
    await watched.send({
      type: "prepare",
      config: config({ steps: 2 }, { method: methodChoice("decoderOnly") }),
    });
    await watched.send({ type: "start" });
    expect(watched.of("failed")).toEqual([]);
    const [full, decoders] = watched.of("prepared").map((e) => e.parameters.reduce((n, g) => n + g.trained, 0));
    expect(full!).toBeGreaterThan(2 * decoders!);
  });
});
