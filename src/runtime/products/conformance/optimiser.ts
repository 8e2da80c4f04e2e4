/** Optimiser steps: parameters after each clipped step, the gradient's norm before clipping, groups of decay and learning-rate curves. */

import { sizeOf } from "../../../core/graph/node";
import { GRADIENT } from "../../../core/model/graphs";
import {
  applyGraph,
  decaysOf,
  FIRST_MOMENT,
  GRADIENT_NORM,
  optimiserGroups,
  SECOND_MOMENT,
} from "../../../core/model/optimiser";
import { PARAMETERS } from "../../../core/nn/forward";
import { type ParameterLayout, ParameterStore, zeros } from "../../../core/nn/parameters";
import { adamwDefaults, optimiserFeeds, optimiserStates } from "../../../core/optim/adamw";
import { referenceSchedule, type Schedule } from "../../../core/optim/schedule";
import type { GoldenCase } from "./golden";
import type { CaseKind } from "./kind";
import type { Ledger } from "./ledger";
import type { GraphRunner } from "./runner";

/** Of one number, relative. */
const FLOAT32_ROUNDING = 1e-7;
const NORM_TOLERANCE = { exact: 1e-12, float32: 1e-6 } as const;

/** The parameters that have gradients. The others are frozen there, and have no place in the optimiser here. */
function layoutOf(golden: GoldenCase): ParameterLayout {
  const store = new ParameterStore(() => true);
  for (const tensor of golden.names("grad.0.")) {
    const name = tensor.slice("grad.0.".length);
    store.declare({ name, shape: golden.tensor(`param.0.${name}`).shape, group: "linear", init: zeros });
  }
  return store.layout();
}

/** The file's tensors "<prefix>.<name>" as one flat vector [P]. */
function flat(golden: GoldenCase, { parameters, size }: ParameterLayout, prefix: string): Float64Array {
  const all = new Float64Array(size);
  for (const { name, offset } of parameters) all.set(golden.data(`${prefix}.${name}`), offset);
  return all;
}

/** A curve's name says its shape, and whether the cosine starts after the warm-up ("_prefix"). */
function scheduleOf(golden: GoldenCase, curve: string): Schedule {
  const found = /^(cosine|linear)(_prefix)?$/.exec(curve);
  if (!found) throw new Error(`lr.${curve} is a curve of an unknown shape; known: cosine, cosine_prefix, linear.`);
  const perEpoch = golden.number("sizes.iters_per_epoch");
  const base = golden.number("sizes.base_lr");
  return referenceSchedule({
    steps: golden.number("sizes.epochs") * perEpoch,
    warmupSteps: golden.number("sizes.warmup_epochs") * perEpoch,
    warmupStart: golden.number("sizes.warmup_lr") / base,
    finalFraction: golden.number("sizes.min_lr") / base,
    shape: found[1] as "cosine" | "linear",
    warmupPrefix: found[2] !== undefined,
  });
}

/** Compares every curve; returns that which the steps ran with. */
function checkCurves(golden: GoldenCase, ledger: Ledger): Schedule {
  const base = golden.number("sizes.base_lr");
  const used = golden.numbers("values.lr_used");
  const allowed = golden.number("tolerances.lr_rel");
  let running: Schedule | undefined;
  for (const tensor of golden.names("lr.")) {
    const schedule = scheduleOf(golden, tensor.slice("lr.".length));
    const truth = golden.data(tensor);
    const ours = Float64Array.from(truth, (_, step) => base * schedule(step));
    ledger.relative("learning rate", tensor, ours, truth, golden.isDouble(tensor) ? allowed : FLOAT32_ROUNDING);
    const fits = used.every((rate, step) => Math.abs(rate - truth[step]!) <= FLOAT32_ROUNDING * rate);
    if (fits) running ??= schedule;
  }
  if (!running) throw new Error(`values.lr_used of ${golden.name} starts none of its curves.`);
  const ours = used.map((_, step) => base * running(step));
  ledger.relative("learning rate", "lr_used", ours, used, allowed);
  return running;
}

/** Each parameter's decay, by our reference rule against the groups of the file. */
function checkGroups(golden: GoldenCase, layout: ParameterLayout, decay: number, ledger: Ledger): void {
  const { groupOf, groups } = optimiserGroups(layout, "reference");
  const given = golden.find("values.groups");
  if (!Array.isArray(given)) return;
  const offsets = new Map(layout.parameters.map(({ name, offset }) => [name, offset]));
  for (const { weight_decay, names } of given as { weight_decay: number; names: string[] }[])
    for (const name of names.filter((known) => offsets.has(known))) {
      const own = groups[groupOf[offsets.get(name)!]!]!.decays ? decay : 0;
      ledger.absolute("decay", name, [own], [weight_decay], 0);
    }
}

async function checkSteps(
  golden: GoldenCase,
  layout: ParameterLayout,
  schedule: Schedule,
  runner: GraphRunner,
  ledger: Ledger,
) {
  const [beta1 = adamwDefaults.beta1, beta2 = adamwDefaults.beta2] = golden.numbers("sizes.betas");
  const decay = golden.number("sizes.weight_decay");
  const eps = golden.number("sizes.eps");
  const norms = golden.numbers("values.grad_norm_before_clipping");
  const plan = await runner.compile(applyGraph(layout, { decayRule: "reference", beta1, beta2, eps }), golden.name);
  runner.writeState(PARAMETERS, flat(golden, layout, "param.0"));
  for (const moment of [FIRST_MOMENT, SECOND_MOMENT]) runner.writeState(moment, new Float64Array(layout.size));
  runner.writeState(optimiserStates.stepLoss, [0]);
  const groups = optimiserGroups(layout, "reference");
  try {
    for (const [step, norm] of norms.entries()) {
      runner.writeState(GRADIENT, flat(golden, layout, `grad.${step}`));
      const rate = golden.number("sizes.base_lr") * schedule(step);
      const feeds = optimiserFeeds({
        step: step + 1,
        learningRates: groups.groups.map(() => rate),
        weightDecays: decaysOf(groups, decay),
        clipNorm: golden.number("sizes.clip_grad"),
        betas: [beta1, beta2],
      });
      const out = await plan.run(feeds);
      const normTolerance = NORM_TOLERANCE[runner.exact ? "exact" : "float32"];
      ledger.relative("gradient norm", `grad_norm[${step}]`, out[GRADIENT_NORM]!, [norm], normTolerance);
      compareParameters(golden, layout, step + 1, await runner.readState(PARAMETERS), runner.exact, ledger);
    }
  } finally {
    plan.dispose();
  }
}

function compareParameters(
  golden: GoldenCase,
  { parameters }: ParameterLayout,
  step: number,
  values: ArrayLike<number>,
  exact: boolean,
  ledger: Ledger,
): void {
  const tolerance = golden.number(`tolerances.${exact ? "f64_abs" : "f32_abs"}`);
  for (const { name, offset, shape } of parameters) {
    const own = Array.prototype.slice.call(values, offset, offset + sizeOf(shape)) as number[];
    ledger.absolute("parameters", `param.${step}.${name}`, own, golden.data(`param.${step}.${name}`), tolerance);
  }
}

export const optimiserKind: CaseKind = {
  prefix: "optim",
  check: async (golden, runner, ledger) => {
    const layout = layoutOf(golden);
    const schedule = checkCurves(golden, ledger);
    checkGroups(golden, layout, golden.number("sizes.weight_decay"), ledger);
    await checkSteps(golden, layout, schedule, runner, ledger);
  },
};
