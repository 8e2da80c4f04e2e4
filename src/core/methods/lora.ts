/**
 * LoRA (Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022): y = W x + (alpha / r) B A x + b with W and b frozen,
 * one pair of factors a site, shared by all tasks.
 *
 * Hu et al. adapt the attention's queries and values only, each with a pair of its own. The multi-task comparisons print a LoRA row
 * (MTLoRA, Agiza et al., CVPR 2024, Table 1), but neither paper nor code says which layers and ranks it had, and its authors could not
 * tell when asked (github.com/scale-lab/MTLoRA, issue 8). Here the layers are a setting, and queries, keys and values are one matrix
 * with one pair, as MTLoRA's code has it. We differ in one more thing: no dropout before A (0.05 there).
 */
import { addBias, declareBaseLinear } from "../nn/layers";
import type { SiteKind } from "../nn/site";
import {
  checkAdapted,
  checkRank,
  declareFactors,
  type FactorNames,
  lowRank,
  mergedLowRank,
  rankControl,
} from "./lowRank";
import { isDecoder, type Method, type MethodDef, plainMethod, unfreezeNone } from "./method";
import { plainLinear, plainMerged } from "./plainLinear";
import { lowRankRates } from "./rates";
import { blockSites, sitesSetting } from "./sites";

export interface LoraSettings {
  /** r: rank of the update of each layer. */
  readonly rank: number;
  /** The update is scaled by alpha / r. */
  readonly alpha: number;
  readonly sites: readonly SiteKind[];
}

const namesAt = (site: string): FactorNames => ({ a: `${site}.lora_A`, b: `${site}.lora_B` });

function createLora({ rank, alpha, sites }: LoraSettings): Method {
  const scale = alpha / rank;
  let adapted = 0;
  const linear: Method["linear"] = (store, site) => {
    if (!sites.includes(site.kind)) return plainLinear(declareBaseLinear(store, site));
    checkRank("method.settings.rank", rank, site);
    adapted++;
    const base = declareBaseLinear(store, site, true);
    const factors = declareFactors(store, site, namesAt(site.name), rank);
    return (f, x) => {
      const frozen = addBias(f, f.b.matmul(x, f.value(base.weight), false, true), base);
      return f.b.add(frozen, lowRank(f, x, factors, scale));
    };
  };
  return {
    ...plainMethod({
      linear,
      merged: (weights, site) =>
        sites.includes(site.kind)
          ? mergedLowRank(weights, site, [namesAt(site.name)], scale)
          : plainMerged(weights, site),
    }),
    finish: () => checkAdapted(adapted, sites),
  };
}

export const lora: MethodDef<LoraSettings> = {
  id: "lora",
  label: "LoRA",
  about:
    "Adds a small low-rank update to every chosen layer, shared by all tasks. Published comparisons do not say which layers and ranks their LoRA row had.",
  family: "Low rank",
  source: "Hu et al., ICLR 2022",
  defaults: { rank: 8, alpha: 16, sites: blockSites },
  settings: [
    {
      key: "rank",
      label: "Rank",
      help: "How many directions the update of a weight may have, at most the smaller side of any adapted layer. r: it is a product of two matrices r wide.",
      ...rankControl,
    },
    {
      key: "alpha",
      kind: "number",
      label: "Alpha",
      help: "How strongly the update counts. It is scaled by alpha / r, so that a learning rate keeps its meaning when the rank changes.",
      min: 0.01,
      max: 1024,
      step: 0.01,
      unit: "",
      logarithmic: true,
      integer: false,
    },
    sitesSetting(),
  ],
  unfreeze: unfreezeNone,
  rates: lowRankRates,
  trains: ({ group }) => group === "method" || isDecoder(group),
  create: createLora,
};
