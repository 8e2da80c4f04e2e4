/**
 * The all-MLP decoder of SegFormer (Xie et al., NeurIPS 2021, §3.2), one a task: each stage's map linearly to K channels, resized to the
 * finest map, joined; a 1×1 convolution without bias mixes them to K, batch norm, ReLU, a 1×1 convolution to the outputs, and bilinear
 * resizing to the image. K = 256, the paper's for its smaller models.
 *
 * It gets the stages' maps as they are, as in the paper: its own first layer is what the other decoders' downsamplers are. (The released
 * code of the reference puts it behind the downsamplers wherever those are switched on: two linear maps in a row, of which the first
 * leaves 18 channels of the finest map.) We leave out its dropout (0.1), as everywhere.
 */
import type { DecoderDef } from "./decoder";
import { declareConv, declareConvNormRelu, declarePrediction, joinMaps } from "./layers";

export interface SegformerSettings {
  /** K */
  readonly channels: number;
  /** Share of a new batch in the running statistics. */
  readonly momentum: number;
}

export const segformer: DecoderDef<SegformerSettings> = {
  id: "segformer",
  label: "SegFormer MLP",
  about: "Joins the maps of all stages, each narrowed to 256 channels, and mixes them by 1×1 convolutions.",
  source: "Xie et al., NeurIPS 2021",
  defaults: { channels: 256, momentum: 0.1 },
  build: ({ channels, momentum }, context) => {
    const maps = context.features.map((map, i) =>
      declareConv(context, `mlp.${i}`, map.channels, channels, { bias: true }),
    );
    const join = joinMaps(context, maps);
    const mix = declareConvNormRelu(context, "mix", channels * maps.length, channels, momentum);
    const predict = declarePrediction(context, channels);
    return {
      forward: (f, features) =>
        f.b.scope("head", () =>
          predict(
            f,
            mix(
              f,
              f.b.scope("join", () => join(f, features)),
            ),
          ),
        ),
    };
  },
};
