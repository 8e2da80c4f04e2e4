/** The backbone stays as it was pretrained; only downsamplers and heads train. */
import { declareBaseLinear } from "../nn/layers";
import { type AdapterDef, plainAdapter } from "./adapter";
import { plainLinear } from "./plainLinear";

export const decoderOnly: AdapterDef<Record<string, never>> = {
  id: "decoderOnly",
  label: "Decoders only",
  about: "Keeps the backbone frozen and trains the decoders alone.",
  defaults: {},
  trains: ["downsampler", "head"],
  frozen: [],
  create: () => plainAdapter((store, site) => plainLinear(declareBaseLinear(store, site))),
};
