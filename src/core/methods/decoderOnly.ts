/** The backbone stays as it was pretrained; only downsamplers and decoders train, and whatever groups a run unfreezes beside them. */
import { declareBaseLinear } from "../nn/layers";
import { isDecoder, type MethodDef, plainMethod, unfreezeNone } from "./method";
import { plainLinear, plainMerged } from "./plainLinear";

export const decoderOnly: MethodDef<Record<never, never>> = {
  id: "decoderOnly",
  label: "Decoders only",
  about: "Keeps the backbone frozen and trains the decoders alone, or with the groups that are unfrozen beside them.",
  family: "Parts of the backbone",
  source: "the usual baseline",
  defaults: {},
  settings: [],
  unfreeze: unfreezeNone,
  rates: {},
  trains: ({ group }) => isDecoder(group),
  create: () =>
    plainMethod({ linear: (store, site) => plainLinear(declareBaseLinear(store, site)), merged: plainMerged }),
};
