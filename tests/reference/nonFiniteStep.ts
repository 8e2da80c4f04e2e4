/** What every executor keeps of a step whose loss or gradient is not finite: nothing moves, and the host is told. */
import { expect, it } from "vitest";
import { GRADIENT, inputs } from "../../src/core/model/graphs";
import { applyGraph, decaysOf, GRADIENT_NORM, optimiserGroups, SKIPPED } from "../../src/core/model/optimiser";
import { initialStates, transientStates } from "../../src/core/model/states";
import { optimiserFeeds, optimiserStates } from "../../src/core/optim/adamw";
import type { GraphRunner, NumberFeeds, RunnerPlan } from "../../src/runtime/products/conformance/runner";
import { trainStep } from "./trainStep";

const spec = {
  backbone: "micro",
  backboneSettings: { depths: [1, 1], embed: 4, window: 2 },
  method: { id: "full" },
} as const;

/** A model's two plans on one executor, and what a test asks of them. */
async function openStep(runner: GraphRunner) {
  const { graph, feeds, weights } = trainStep(spec);
  await runner.releaseStates();
  const start = initialStates(weights);
  for (const [name, data] of start) runner.writeState(name, data);
  const plans = {
    train: await runner.compile(graph, "train"),
    apply: await runner.compile(applyGraph(weights.layout), "apply"),
  };
  const groups = optimiserGroups(weights.layout);
  const lasting = [...start.keys()].filter((name) => !transientStates(weights).has(name));
  const applyFeeds = (step: number, holds: boolean): NumberFeeds =>
    optimiserFeeds({
      step,
      learningRates: groups.groups.map(() => 0.01),
      weightDecays: decaysOf(groups, 0.1),
      clipNorm: 1,
      microBatches: 2,
      holds,
    });
  return {
    feeds,
    states: async () => {
      const read: [string, number[]][] = [];
      for (const name of lasting) read.push([name, Array.from(await runner.readState(name))]);
      return Object.fromEntries(read);
    },
    /** Two micro-batches; a bad one has a depth that is infinite. */
    train: async (...kinds: readonly ("good" | "bad")[]) => {
      for (const [i, kind] of kinds.entries()) await plans.train.run(microFeeds(feeds, kind, i));
    },
    apply: (step: number, holds = false) => verdictOf(plans.apply, applyFeeds(step, holds)),
    close: () => {
      plans.train.dispose();
      plans.apply.dispose();
    },
  };
}

function microFeeds(feeds: NumberFeeds, kind: "good" | "bad", micro: number): NumberFeeds {
  const label = Array.from(feeds[inputs.label("depth")]!);
  if (kind === "bad") label[5] = Number.POSITIVE_INFINITY;
  return { ...feeds, [inputs.label("depth")]: label, [inputs.accumulate]: [micro === 0 ? 0 : 1] };
}

async function verdictOf(plan: RunnerPlan, feeds: NumberFeeds) {
  const out = await plan.run(feeds);
  return { skipped: out[SKIPPED]![0]!, norm: out[GRADIENT_NORM]![0]! };
}

/** Tests one executor. */
export function testNonFiniteSteps(runner: GraphRunner, timeoutMs?: number): void {
  it("a step with an infinite loss moves no parameter, no moment and no running statistic; the next one does", {
    ...(timeoutMs && { timeout: timeoutMs }),
  }, async () => {
    const step = await openStep(runner);
    await step.train("good", "good");
    expect((await step.apply(1)).skipped).toBe(0);
    const before = await step.states();
    for (const kinds of [["bad", "good"] as const, ["good", "bad"] as const]) {
      await step.train(...kinds);
      expect((await step.apply(2)).skipped).toBe(1);
      expect(await step.states()).toEqual(before);
    }
    await step.train("good", "good");
    expect((await step.apply(2)).skipped).toBe(0);
    const after = await step.states();
    for (const [name, numbers] of Object.entries(before)) expect(after[name], name).not.toEqual(numbers);
    step.close();

    // As if the skipped steps had never been there.
    const other = await openStep(runner);
    for (const count of [1, 2]) {
      await other.train("good", "good");
      await other.apply(count);
    }
    expect(await other.states()).toEqual(after);
    other.close();
  });

  it("a norm beyond all numbers, by finite losses, moves nothing", {
    ...(timeoutMs && { timeout: timeoutMs }),
  }, async () => {
    const step = await openStep(runner);
    await step.train("good", "good");
    const before = await step.states();
    for (const huge of [runner.exact ? 1e200 : 1e30, Number.POSITIVE_INFINITY, Number.NaN]) {
      const gradient = Array.from(await runner.readState(GRADIENT), (g, i) => (i === 3 ? huge : g));
      runner.writeState(GRADIENT, gradient);
      const { skipped, norm } = await step.apply(1);
      expect([skipped, Number.isFinite(norm)]).toEqual([1, false]);
      expect(await step.states()).toEqual(before);
    }
    step.close();
  });

  it("holds the run where that is asked for: steps in flight behind it are skipped too, until the host ends it", {
    ...(timeoutMs && { timeout: timeoutMs }),
  }, async () => {
    const step = await openStep(runner);
    const before = await step.states();
    await step.train("good", "bad");
    expect((await step.apply(1, true)).skipped).toBe(1);
    await step.train("good", "good");
    expect((await step.apply(2, true)).skipped).toBe(1);
    expect(await step.states()).toEqual(before);
    runner.writeState(optimiserStates.stepLoss, [0]);
    await step.train("good", "good");
    expect((await step.apply(1, true)).skipped).toBe(0);
    step.close();
  });
}
