/** The backbone stays as it was pretrained; only downsamplers and heads train, and whatever groups a run frees beside them. */
import { declareBaseLinear } from "../nn/layers";
import { type AdapterDef, isDecoder, noCompanions, plainAdapter } from "./method";
import { plainLinear, plainMerged } from "./plainLinear";

export const decoderOnly: AdapterDef<Record<never, never>> = {
  id: "decoderOnly",
  label: "Decoders only",
  about: "Keeps the backbone frozen and trains the decoders alone, or with the groups that are freed beside them.",
  family: "Parts of the backbone",
  source: "the usual baseline",
  defaults: {},
  settings: [],
  companions: noCompanions,
  trains: ({ group }) => isDecoder(group),
  create: () =>
    plainAdapter({ linear: (store, site) => plainLinear(declareBaseLinear(store, site)), merged: plainMerged }),
};
