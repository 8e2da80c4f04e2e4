/** A race of methods, on the smallest model. */
import { afterEach, describe, expect, it } from "vitest";
import type { RunConfig } from "../../src/contracts/runConfig";
import { contestantConfig, findContestants } from "../../src/runtime/products/catalogue/contestants";
import { openSession, preset, type Watched } from "./open";

const micro = preset("micro");
const config: RunConfig = {
  ...micro,
  device: "wasm",
  data: { ...micro.data, train: 8, val: 4 },
  training: { ...micro.training, steps: 4, evaluateEvery: 2 },
};

let open: Watched | null = null;
afterEach(async () => {
  await open?.session.dispose();
  open = null;
});

const prepared = async (contestants: readonly string[], own: RunConfig = config): Promise<Watched> => {
  open = await openSession();
  await open.send({ type: "race-prepare", config: own, contestants });
  return open;
};
const raceState = (watched: Watched): string => watched.of("race-state").at(-1)!.state;

describe("a race", () => {
  it("trains all contestants in lock-step and measures them after the same steps", async () => {
    const watched = await prepared(["decoders", "ditask"]);
    expect(watched.of("failed")).toEqual([]);
    const [told] = watched.of("race-prepared");
    expect(told!.contestants.map(({ id }) => id)).toEqual(["decoders", "ditask"]);
    expect(told!.contestants[0]!.trainedBackbone).toBe(0);
    expect(told!.contestants[1]!.trainedBackbone).toBeGreaterThan(0);
    await watched.send({ type: "race-start" });
    expect(raceState(watched)).toBe("finished");
    const steps = watched.of("race-step");
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    for (const { contestants } of steps) expect(contestants.map(({ id }) => id)).toEqual(["decoders", "ditask"]);
    // Both start from the pretrained model and see the same images.
    const [a, b] = steps[0]!.contestants;
    expect(b!.total).toBeCloseTo(a!.total, 4);
    expect(steps[3]!.contestants[0]!.total).not.toBe(steps[3]!.contestants[1]!.total);
    const evaluations = watched.of("race-evaluation");
    expect(evaluations.map(({ step }) => step)).toEqual([0, 2, 4]);
    for (const { contestants } of evaluations)
      for (const { metrics } of contestants) expect(Object.keys(metrics).sort()).toEqual([...micro.tasks].sort());
  });

  it("gives a contestant the numbers of a run of its own", async () => {
    const watched = await prepared(["full", "norms"]);
    await watched.send({ type: "race-start" });
    const raced = watched.of("race-step").map(({ contestants }) => contestants[0]!.total);
    await watched.send({ type: "prepare", config: contestantConfig(config, findContestants(["full"])[0]!) });
    await watched.send({ type: "start" });
    expect(watched.of("step").map(({ total }) => total)).toEqual(raced);
  });

  it("pauses between steps, goes on, and stops early with a last measurement", async () => {
    const watched = await prepared(["decoders", "norms"], {
      ...config,
      training: { ...config.training, steps: 500, evaluateEvery: 0 },
    });
    const running = watched.send({ type: "race-start" });
    await expect.poll(() => watched.of("race-step").length).toBeGreaterThan(1);
    await watched.send({ type: "race-pause" });
    await running;
    expect(raceState(watched)).toBe("paused");
    const before = watched.of("race-step").length;
    const again = watched.send({ type: "race-start" });
    await expect.poll(() => watched.of("race-step").length).toBeGreaterThan(before);
    await watched.send({ type: "race-stop" });
    await again;
    expect(raceState(watched)).toBe("finished");
    const last = watched.of("race-step").at(-1)!.step;
    expect(last).toBeLessThan(500);
    expect(watched.of("race-evaluation").at(-1)!.step).toBe(last);
  });

  it.each([
    [["decoders", "bogus"], /"bogus" is no contestant; known: .*ditask/],
    [["ditask", "ditask"], /"ditask" is named twice/],
    [[], /1 to 6 contestants.*0 came/],
    [["decoders", "norms", "bitfit", "full", "lora", "svft", "ditask"], /1 to 6 contestants.*7 came.*Take 1 away/],
    [["single-full"], /"single-full" is one model for each task/],
  ])("refuses %j by name and keeps what was prepared", async (contestants, message) => {
    open = await openSession();
    await open.send({ type: "prepare", config });
    await open.send({ type: "race-prepare", config, contestants });
    expect(open.of("failed").at(-1)!.message).toMatch(message);
    await open.send({ type: "step" });
    expect(open.of("step")).toHaveLength(1);
  });

  it("takes no step without a race", async () => {
    open = await openSession();
    await open.send({ type: "race-start" });
    expect(open.of("failed").at(-1)!.message).toMatch(/No race is prepared/);
  });
});
