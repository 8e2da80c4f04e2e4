/**
 * Visual prompt tuning (Jia et al., "Visual Prompt Tuning", ECCV 2022): P learned tokens take part in the attention of a frozen backbone.
 * Shallow: they stand before the first block and go on through the others. Deep: every block puts its own in place of what came.
 * They start uniform in ±√(6 / (3 patch² + C)), with C the channels of the block that they stand before. How prompts stand in a
 * backbone's attention is the backbone's to say: in ViT behind the class token, in Swin in every window. No dropout, no projection
 * of the prompts, and all tasks share them. There is no start at which the pretrained model's output stays: keys that are added
 * take attention from the others, whatever their values.
 *
 * On Swin-T these are P·96 numbers shallow and P·4,416 deep; with the paper's P = 50 and the decoders of four tasks (1,946,624), 1.95 M
 * and 2.17 M train. The comparison table of MTLoRA (Agiza et al., CVPR 2024) is quoted with 2.57 M and 3.43 M: that fits 50 tokens of
 * its own for each of four tasks beside other decoders of about 2.546 M (an inference: docs/decisions/0003-published-parameter-counts.md).
 */
import { declareBaseLinear } from "../nn/layers";
import type { ParameterStore } from "../nn/parameters";
import { isDecoder, type Method, type MethodDef, type PromptPlace, plainMethod, unfreezeNone } from "./method";
import { plainLinear } from "./plainLinear";
import { tokenRates } from "./rates";

export interface VptSettings {
  /** "deep": every block has prompts of its own; "shallow": the first alone. */
  readonly depth: "shallow" | "deep";
  /** P */
  readonly tokens: number;
}

const createVpt = ({ depth, tokens }: VptSettings): Method => ({
  ...plainMethod({ linear: (store, site) => plainLinear(declareBaseLinear(store, site)), merged: () => undefined }),
  prompts: (store: ParameterStore, place: PromptPlace) => {
    if (depth === "shallow" && place.depth > 0) return undefined;
    const slot = store.declare({
      name: `${place.name}.prompts`,
      shape: [tokens, place.width],
      group: "method",
      init: { kind: "uniform", bound: Math.sqrt(6 / (place.patchSize + place.width)) },
    });
    return (f) => f.value(slot);
  },
});

export const vpt: MethodDef<VptSettings> = {
  id: "vpt",
  label: "Visual prompts (VPT)",
  about:
    "Adds learned tokens to the attention of a frozen backbone. One set serves all tasks; the published multi-task rows seem to have one set a task, and other decoders.",
  family: "Modules and tokens",
  source: "Jia et al., ECCV 2022",
  defaults: { depth: "deep", tokens: 50 },
  settings: [
    {
      key: "depth",
      kind: "choice",
      label: "Prompts",
      help: "Whether every block has prompts of its own, or the first block's go through all of them.",
      choices: [
        { id: "deep", label: "deep", help: "Every block puts its own prompts in place of those that came." },
        { id: "shallow", label: "shallow", help: "Only the first block has prompts; they go on through the others." },
      ],
    },
    {
      key: "tokens",
      kind: "number",
      label: "Tokens",
      help: "How many prompts a block has (50 in the paper's default). In Swin every window meets them all, so small windows are better served by a few.",
      min: 1,
      max: 512,
      step: 1,
      unit: "tokens",
      logarithmic: true,
      integer: true,
    },
  ],
  unfreeze: unfreezeNone,
  rates: tokenRates,
  trains: ({ group }) => group === "method" || isDecoder(group),
  startsNeutral: () => false,
  create: createVpt,
};
