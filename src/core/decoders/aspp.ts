/**
 * Atrous spatial pyramid pooling, the decoder of DeepLabv3 (Chen et al., "Rethinking Atrous Convolution for Semantic Image
 * Segmentation", 2017), one a task: a 1×1 convolution, three 3×3 convolutions with holes, and the image's mean through a 1×1
 * convolution stand side by side, a 1×1 convolution projects them; then a 3×3 convolution and a 1×1 convolution to the outputs. Every
 * convolution but the last is without bias and followed by batch norm and ReLU.
 *
 * The paper puts it on the last map of a backbone whose strides were taken out. Here it stands where the released code of the reference
 * has it: on all maps, narrowed by the tasks' downsamplers, resized to the finest and joined. That code's rates are 12, 24 and 36 for a
 * finest map of side 56. Smaller maps get proportionally smaller rates, as the paper halves them with the map (its 6, 12, 18 at output
 * stride 16 against 12, 24, 36 at 8); a rate that is not smaller than the map would leave the kernel's middle alone. We leave out its
 * dropout (0.5), as everywhere. The mean's batch norm sees one row an image: it needs at least three images a batch to learn anything,
 * as two numbers always normalise to plus and minus one.
 *
 * Letters: T tasks, B batch, F side of the finest map, N = B F² pixels, D joined channels, K hidden channels, r rate.
 */
import type { Builder } from "../graph/builder";
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import type { Layer } from "../nn/layers";
import type { DecoderContext, DecoderDef } from "./decoder";
import { declareConvNormRelu, declareDownsamplers, declarePrediction, finestSide, joinMaps } from "./layers";

export interface AsppSettings {
  /** Channels that each stage's map is narrowed to; null: those of the backbone's entry. */
  readonly widths: readonly number[] | null;
  /** K */
  readonly channels: number;
  /** Distances between the taps of the 3×3 kernels, in pixels of a map of side `ratesSide`. */
  readonly rates: readonly number[];
  /** The side that the rates are meant for: other maps scale them. 0: never scaled. */
  readonly ratesSide: number;
  /** Share of a new batch in the running statistics. */
  readonly momentum: number;
}

/** The rates on a map of some side: scaled, whole, at least 1. */
export const ratesOn = (side: number, { rates, ratesSide }: Pick<AsppSettings, "rates" | "ratesSide">): number[] =>
  rates.map((rate) => (ratesSide === 0 ? rate : Math.max(1, Math.round((rate * side) / ratesSide))));

/** The nine pixels that a 3×3 kernel with holes sees, side by side (row by row), zeros beyond the border. x: [M,F,F,C] → [M,F,F,9C]. */
export function neighbours(b: Builder, x: Value, rate: number): Value {
  const [maps, side, , channels] = x.shape as [number, number, number, number];
  const border = [0, rate, rate, 0];
  const padded = b.pad(x, border, border);
  const places = [0, rate, 2 * rate];
  const shifted = places.flatMap((y) => places.map((x) => b.slice(padded, [0, y, x, 0], [maps, side, side, channels])));
  return b.concat(shifted, 3);
}

/** 3×3 convolution with holes, batch norm, ReLU. x: [T,N,C] → [T,N,K]. */
function declareAtrous(
  context: DecoderContext,
  name: string,
  inSize: number,
  rate: number,
  { channels, momentum }: AsppSettings,
): Layer {
  const layer = declareConvNormRelu(context, name, 9 * inSize, channels, momentum);
  const side = finestSide(context);
  return (f, x) => {
    const seen = neighbours(f.b, f.b.reshape(x, [-1, side, side, inSize]), rate);
    return layer(f, f.b.reshape(seen, [x.shape[0]!, x.shape[1]!, 9 * inSize]));
  };
}

/** The mean of each image through a 1×1 convolution, batch norm and ReLU, the same at every pixel. x: [T,N,C] → [T,N,K]. */
function declarePooling(context: DecoderContext, inSize: number, { channels, momentum }: AsppSettings): Layer {
  const layer = declareConvNormRelu(context, "pooling", inSize, channels, momentum);
  const area = finestSide(context) ** 2;
  return (f, x) => {
    const { b } = f;
    const [tasks, pixels] = x.shape as [number, number];
    const images = pixels / area;
    const means = b.mean(b.reshape(x, [tasks, images, area, inSize]), [2]);
    const spread = b.broadcastTo(b.reshape(layer(f, means), [tasks, images, 1, channels]), [
      tasks,
      images,
      area,
      channels,
    ]);
    return b.reshape(spread, [tasks, pixels, channels]);
  };
}

export const aspp: DecoderDef<AsppSettings> = {
  id: "aspp",
  label: "ASPP (DeepLabv3)",
  about:
    "Looks around every pixel at three distances and at the whole image; by far the most work of the three decoders, and wants batches of at least three images.",
  source: "Chen et al., 2017",
  defaults: { widths: null, channels: 256, rates: [12, 24, 36], ratesSide: 56, momentum: 0.1 },
  build: (settings, context) => {
    const { channels, momentum } = settings;
    const widths = settings.widths ?? context.widths;
    const join = joinMaps(context, declareDownsamplers(context, widths));
    const joined = widths.reduce((n, width) => n + width, 0);
    const branches = [
      declareConvNormRelu(context, "point", joined, channels, momentum),
      ...ratesOn(finestSide(context), settings).map((rate, i) =>
        declareAtrous(context, `atrous.${i}`, joined, rate, settings),
      ),
      declarePooling(context, joined, settings),
    ];
    const project = declareConvNormRelu(context, "project", channels * branches.length, channels, momentum);
    const refine = declareAtrous(context, "refine", channels, 1, settings);
    const predict = declarePrediction(context, channels);
    const pyramid = (f: Forward, x: Value): Value =>
      f.b.concat(
        branches.map((branch) => branch(f, x)),
        2,
      );
    return {
      forward: (f, features) =>
        f.b.scope("head", () => {
          const x = f.b.scope("join", () => join(f, features));
          return predict(
            f,
            refine(
              f,
              project(
                f,
                f.b.scope("pyramid", () => pyramid(f, x)),
              ),
            ),
          );
        }),
    };
  },
};
