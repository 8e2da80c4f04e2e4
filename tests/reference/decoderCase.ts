/** A decoder on two tiny maps with random weights: the graph that suites run on executors and judge by the float64 evaluator. */

import type { DecoderDef } from "../../src/core/decoders/decoder";
import { type DecoderId, decoders } from "../../src/core/decoders/registry";
import { Builder } from "../../src/core/graph/builder";
import { gradients } from "../../src/core/graph/differentiate";
import { type Graph, sizeOf } from "../../src/core/graph/node";
import { statesOf } from "../../src/core/graph/passes";
import { random } from "../../src/core/math/random";
import { initialStates } from "../../src/core/model/states";
import { ACCUMULATE, Forward, flatGradient, pendingStatistic } from "../../src/core/nn/forward";
import { type ParameterLayout, ParameterStore } from "../../src/core/nn/parameters";
import { initialWeights } from "../../src/core/nn/weights";

export const decoderTasks = [
  { id: "a", channels: 3 },
  { id: "b", channels: 1 },
] as const;
/** Three images: batch norm over the images' means cannot learn from two. */
export const DECODER_BATCH = 3;
export const DECODER_IMAGE = 8;
const maps = [
  { channels: 5, side: 4 },
  { channels: 6, side: 2 },
];

/** Settings that make a decoder narrow; one that is not named runs as it is. */
const narrow: Partial<Record<DecoderId, object>> = { segformer: { channels: 6 }, aspp: { channels: 6, ratesSide: 24 } };

export interface DecoderCase {
  readonly layout: ParameterLayout;
  readonly graph: Graph;
  readonly feeds: Record<string, Float32Array>;
  readonly states: ReadonlyMap<string, Float32Array>;
}

interface DecoderCaseOptions {
  readonly training: boolean;
  /** Maps with a stream a task (all alike) instead of one stream for all. */
  readonly perTask?: boolean;
  readonly settings?: object;
}

/** Outputs: the logits of each task, "loss" (a randomly weighted sum of them all) and "gradient" [P]. */
export function decoderCase(
  id: DecoderId,
  { training, perTask = false, settings = {} }: DecoderCaseOptions,
): DecoderCase {
  const def = decoders[id] as DecoderDef<object>;
  const streams = perTask ? { shared: false, tasks: decoderTasks.map((task) => task.id) } : { shared: true, tasks: [] };
  const features = maps.map((map) => ({ ...map, streams }));
  const store = new ParameterStore(() => true);
  const context = { store, features, widths: [3, 4], tasks: decoderTasks, imageSize: DECODER_IMAGE };
  const head = def.build({ ...def.defaults, ...narrow[id], ...settings }, context);
  const layout = store.layout();
  const weights = initialWeights(layout, 1);
  const draw = random(2, "head case");
  // Away from the start, so that scales and shifts of batch norms carry gradients of their own.
  for (const p of layout.parameters)
    weights.set(
      p.name,
      weights.get(p.name).map((x) => x + 0.2 * draw.normal()),
    );
  const b = new Builder();
  const f = new Forward(b, weights, { training, batch: DECODER_BATCH });
  const copies = perTask ? decoderTasks.length : 1;
  const inputs = maps.map(({ channels, side }, i) => b.input(`f${i}`, [copies, DECODER_BATCH, side, side, channels]));
  const logits = head.forward(f, inputs);
  for (const [t, value] of logits.entries()) b.output(decoderTasks[t]!.id, value);
  const terms = logits.map((y) =>
    b.sum(
      b.mul(
        y,
        b.constant(
          Float32Array.from({ length: sizeOf(y.shape) }, () => draw.normal()),
          y.shape,
        ),
      ),
    ),
  );
  const loss = terms.reduce((sum, term) => b.add(sum, term));
  b.output("loss", loss);
  const slots = f.trainedSlots();
  const grads = gradients(
    b,
    loss,
    slots.map((slot) => f.value(slot)),
  );
  const found = new Map(slots.flatMap((slot, i) => (grads[i] ? [[slot, grads[i]] as const] : [])));
  b.output("gradient", flatGradient(f, found));
  const images = Object.fromEntries(
    maps.map(({ channels, side }, i) => {
      const own = Float32Array.from({ length: DECODER_BATCH * side * side * channels }, () => draw.normal());
      return [`f${i}`, Float32Array.from(Array.from({ length: copies }, () => [...own]).flat())];
    }),
  );
  const graph = b.build();
  const named = (name: string): boolean => statesOf(graph).has(name) || weights.statistics.has(name);
  return {
    layout,
    graph,
    feeds: { ...images, ...(training ? { [ACCUMULATE]: Float32Array.of(0) } : {}) },
    states: new Map([...initialStates(weights)].filter(([name]) => named(name))),
  };
}

/** States after a step that is not skipped: what is pending is valid. */
export const settled = <T>(states: ReadonlyMap<string, T>): Map<string, T> =>
  new Map(
    [...states]
      .filter(([name]) => !states.has(pendingStatistic(name)))
      .map(([name, data]) => [name.replace(pendingStatistic(""), ""), data]),
  );
