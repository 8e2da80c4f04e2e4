/**
 * SVDiff (Han et al., "SVDiff: Compact Parameter Space for Diffusion Fine-Tuning", ICCV 2023): sigma' = relu(sigma + delta), a free
 * shift of each singular value that never turns one negative. The order may change.
 *
 * Where we differ: made for image generators with one adapted model; here streams may have shifts of their own for each task, and
 * queries, keys and values are decomposed one by one, as DiTASK does it. A value that relu has closed gets no gradient any more.
 */
import { isDecoder, type MethodDef, unfreezeAll } from "./method";
import { shiftRates } from "./rates";
import { blockSites, sitesSetting } from "./sites";
import { evaluationSetting, SpectralMethod, type SpectralSettings } from "./spectralMethod";
import { ShiftRule } from "./spectralShift";
import { streamsSetting } from "./streams";

export const svdiff: MethodDef<SpectralSettings> = {
  id: "svdiff",
  label: "SVDiff",
  about: "Keeps the singular vectors of every weight and shifts each singular value freely, but never below zero.",
  family: "Singular values",
  source: "Han et al., ICCV 2023",
  defaults: { streams: "both", evaluation: "auto", sites: blockSites },
  settings: [streamsSetting("shifts"), evaluationSetting, sitesSetting()],
  unfreeze: unfreezeAll,
  rates: shiftRates,
  trains: ({ group }) => group === "method" || isDecoder(group),
  create: (settings) => new SpectralMethod(settings, new ShiftRule(true)),
};
