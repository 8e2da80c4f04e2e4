/** Full fine-tuning: every number of the backbone trains ("MTL full FT" of the literature). */
import { declareBaseLinear } from "../nn/layers";
import { parameterGroups } from "../nn/parameters";
import { type AdapterDef, plainAdapter } from "./adapter";
import { plainLinear } from "./plainLinear";

export const full: AdapterDef<Record<string, never>> = {
  id: "full",
  label: "Full fine-tuning",
  about: "Trains all weights of the backbone and the decoders.",
  defaults: {},
  trains: parameterGroups.filter((group) => group !== "theta"),
  frozen: [],
  create: () => plainAdapter((store, site) => plainLinear(declareBaseLinear(store, site))),
};
