/**
 * The HRNet-style decoder of the reference (Wang et al., TPAMI 2020), one a task: a 1×1 convolution without bias narrows each stage's
 * map ("downsampler"), all maps are resized to the finest and joined, then 1×1 convolution, batch norm, ReLU, 1×1 convolution, and
 * bilinear resizing to the image. Letters: T tasks, N pixels of the finest map over the batch, D joined channels, K hidden channels.
 */
import type { DecoderDef } from "./decoder";
import { declareBatchNorm, declareConv, declareDownsamplers, declarePrediction, joinMaps } from "./layers";

export interface HrnetSettings {
  /** Channels that each stage's map is narrowed to; null: those of the backbone's entry. */
  readonly widths: readonly number[] | null;
  /** K / D. */
  readonly expansion: number;
  /** Share of a new batch in the running statistics. */
  readonly momentum: number;
}

export const hrnet: DecoderDef<HrnetSettings> = {
  id: "hrnet",
  label: "HRNet-style decoder",
  about:
    "Joins the maps of all stages at the finest size and mixes them by one hidden layer, as published: 1×1 convolutions.",
  source: "Wang et al., TPAMI 2020",
  defaults: { widths: null, expansion: 4, momentum: 0.1 },
  build: ({ widths, expansion, momentum }, context) => {
    const narrow = widths ?? context.widths;
    const join = joinMaps(context, declareDownsamplers(context, narrow));
    const joined = narrow.reduce((n, width) => n + width, 0);
    const hidden = Math.round(joined * expansion);
    const mix = declareConv(context, "mix", joined, hidden, { bias: true });
    const norm = declareBatchNorm(context, "norm", hidden, momentum);
    const predict = declarePrediction(context, hidden);
    return {
      forward: (f, features) =>
        f.b.scope("head", () => {
          const mixed = mix(
            f,
            f.b.scope("join", () => join(f, features)),
          );
          return predict(f, f.b.relu(f.b.scope("norm", () => norm(f, mixed))));
        }),
    };
  },
};
