/**
 * Norms only: gains and shifts of all layer norms of the backbone train, that of the patch embedding among them. A common floor for
 * what small changes can do (Lu et al., "Frozen Pretrained Transformers as Universal Computation Executors", AAAI 2022, train them beside
 * input and output layers). On its own it shows what the norms that DiTASK and MTLoRA free beside their adapters bring by themselves.
 */
import { declareBaseLinear } from "../nn/layers";
import { isDecoder, type MethodDef, plainMethod } from "./method";
import { plainLinear, plainMerged } from "./plainLinear";
import { biasRates } from "./rates";

/** "patch_embed.norm.weight": a norm that is counted with the layer it stands in. */
const isNorm = (name: string): boolean => /(^|\.)norm\d*\.(weight|bias)$/.test(name);

export const normsOnly: MethodDef<Record<never, never>> = {
  id: "normsOnly",
  label: "Norms only",
  about: "Trains the gains and shifts of the backbone's layer norms and nothing else of it.",
  family: "Parts of the backbone",
  source: "after Lu et al., AAAI 2022",
  defaults: {},
  settings: [],
  unfreeze: null,
  rates: biasRates,
  trains: ({ name, group }) => isDecoder(group) || group === "norm" || (group === "patch_embed" && isNorm(name)),
  create: () =>
    plainMethod({ linear: (store, site) => plainLinear(declareBaseLinear(store, site)), merged: plainMerged }),
};
