/**
 * Bottleneck adapters (Houlsby et al., "Parameter-Efficient Transfer Learning for NLP", ICML 2019): behind the attention's and the
 * MLP's last map, before the residual, stands y + up(GELU(down(y))). `down` starts normal with deviation 0.01, as published, `up` at 0
 * (published: as `down`), so that training starts from the pretrained model exactly. Layer norms train too, as in the paper.
 *
 * The multi-task comparison's row (MTLoRA, Agiza et al., CVPR 2024, Table 1, taken from Polyhistor, Liu et al., NeurIPS 2022: 11.24 M on
 * Swin-T, decoders included) says neither the reduction nor whether tasks share adapters. It follows from the printed numbers if
 * there is one set a task: rho = 4 gives 4 × 2,167,584 weights and biases and 23,040 norms, 8,693,376. The table's row of full tuning
 * implies decoders of 30.06 - 27.52 = 2.54 to 2.55 M (not the 1,946,624 of MTLoRA's code), and with 2.5465 M this row, and those of BitFit,
 * VPT and Compacter, come out to the last printed digit: 11.24 M. With 1,946,624 no reduction fits: 9.29 M lie between rho = 4
 * (8.69 M) and rho = 3 (11.58 M) of one set a task. Four sets amount to four single-task runs of this method; here all tasks share one
 * by default, and `streams` gives each its own in the last block of each stage.
 */
import { type ParameterSpec, zeros } from "../nn/parameters";
import {
  BottleneckAdapter,
  type BottleneckSettings,
  bottleneckSettings,
  bottleneckWidth,
  type MapRule,
} from "./bottleneckSites";
import { isDecoder, type MethodDef, unfreezeNone } from "./method";
import { moduleRates } from "./rates";
import { streamsSetting } from "./streams";

const DEVIATION = 0.01;

/** A weight of its own for every map. */
const matrices = (reduction: number): MapRule => ({
  bottleneck: (site) => bottleneckWidth(site, reduction),
  weight(store, names, { inSize, outSize }, zero) {
    const init = zero ? zeros : ({ kind: "normal", deviation: DEVIATION } as const);
    const slot = store.declareStack(
      `${names[0]!}.weight`,
      names.map((name): ParameterSpec => {
        return { name: `${name}.weight`, shape: [outSize, inSize], group: "method", init };
      }),
    );
    return (f) => f.value(slot);
  },
});

export const bottleneck: MethodDef<BottleneckSettings> = {
  id: "bottleneck",
  label: "Adapter",
  about:
    "Puts a narrow two-layer network behind attention and MLP. Published comparisons do not say how wide theirs was, nor that each task had its own.",
  family: "Modules and tokens",
  source: "Houlsby et al., ICML 2019",
  defaults: { reduction: 4, streams: "shared", sites: ["proj", "fc2"] },
  settings: [bottleneckSettings.reduction, streamsSetting("adapters"), bottleneckSettings.sites],
  unfreeze: { ...unfreezeNone, norms: true },
  rates: moduleRates,
  trains: ({ group }) => group === "method" || isDecoder(group),
  create: (settings) => new BottleneckAdapter(settings, matrices(settings.reduction), "adapter"),
};
