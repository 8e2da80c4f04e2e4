/**
 * SVFT, plain (Lingam et al., "SVFT: Parameter-Efficient Fine-Tuning with Singular Vectors", NeurIPS 2024): W + U M Vᵀ with M diagonal
 * and free, so sigma' = sigma + delta. Order and sign of the singular values may change.
 *
 * Where we differ: queries, keys and values are decomposed one by one, as DiTASK does it, where the paper takes a layer's matrix as
 * a whole; and task streams may have deltas of their own, so that what DiTASK's diffeomorphism adds can be seen on equal terms.
 */
import { isDecoder, type MethodDef, unfreezeAll } from "./method";
import { shiftRates } from "./rates";
import { blockSites, sitesSetting } from "./sites";
import { evaluationSetting, SpectralMethod, type SpectralSettings } from "./spectralMethod";
import { ShiftRule } from "./spectralShift";
import { streamsSetting } from "./streams";

export const svft: MethodDef<SpectralSettings> = {
  id: "svft",
  label: "SVFT (plain)",
  about: "Keeps the singular vectors of every weight and moves each singular value freely: one parameter for each.",
  family: "Singular values",
  source: "Lingam et al., NeurIPS 2024",
  defaults: { streams: "both", evaluation: "auto", sites: blockSites },
  settings: [streamsSetting("shifts"), evaluationSetting, sitesSetting()],
  unfreeze: unfreezeAll,
  rates: shiftRates,
  trains: ({ group }) => group === "method" || isDecoder(group),
  create: (settings) => new SpectralMethod(settings, new ShiftRule(false)),
};
