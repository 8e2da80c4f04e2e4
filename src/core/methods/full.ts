/** Full fine-tuning: every number of the backbone trains ("MTL full FT" of the literature). */
import { declareBaseLinear } from "../nn/layers";
import { type MethodDef, plainMethod } from "./method";
import { plainLinear, plainMerged } from "./plainLinear";
import { fullRates } from "./rates";

export const full: MethodDef<Record<never, never>> = {
  id: "full",
  label: "Full fine-tuning",
  about: "Trains all weights of the backbone and the decoders.",
  family: "Parts of the backbone",
  source: "the usual baseline",
  defaults: {},
  settings: [],
  unfreeze: null,
  rates: fullRates,
  trains: () => true,
  create: () =>
    plainMethod({ linear: (store, site) => plainLinear(declareBaseLinear(store, site)), merged: plainMerged }),
};
