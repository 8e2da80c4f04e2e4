/**
 * BitFit (Ben Zaken et al., "BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked Language-models", ACL 2022): all
 * bias vectors of the backbone train, those of linear layers, of layer norms and of the patch embedding; nothing is added.
 *
 * On Swin-T these are 51,456 numbers, 1,998,080 with the decoders of four tasks. The comparison table of MTLoRA (Agiza et al., CVPR 2024)
 * prints 2.85 M for its BitFit row, and its released code has no BitFit: what else trained there is not public.
 */
import { declareBaseLinear } from "../nn/layers";
import { type AdapterDef, isDecoder, plainAdapter } from "./adapter";
import { plainLinear, plainMerged } from "./plainLinear";

export const bitfit: AdapterDef<Record<never, never>> = {
  id: "bitfit",
  label: "BitFit",
  about:
    "Trains all bias vectors of the backbone and nothing else of it. The published multi-task row counts more numbers than the biases are; which, is not public.",
  family: "Parts of the backbone",
  source: "Ben Zaken et al., ACL 2022",
  defaults: {},
  settings: [],
  companions: null,
  trains: ({ name, group, shape }) => isDecoder(group) || (name.endsWith(".bias") && shape.length === 1),
  create: () =>
    plainAdapter({ linear: (store, site) => plainLinear(declareBaseLinear(store, site)), merged: plainMerged }),
};
