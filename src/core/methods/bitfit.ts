/**
 * BitFit (Ben Zaken et al., "BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked Language-models", ACL 2022): all
 * bias vectors of the backbone train, those of linear layers, of layer norms and of the patch embedding; nothing is added.
 *
 * On Swin-T these are 51,456 numbers, 1,998,080 with the decoders of four tasks. The comparison table of MTLoRA (Agiza et al., CVPR 2024)
 * prints 2.85 M for its BitFit row. Its code has no BitFit; its full-tuning row of 30.06 M leaves 2.54 M for decoders, so the row stems
 * from a benchmark with larger ones, and the remaining 0.31 ± 0.01 M fit four times (one set a task) the biases and the position bias tables:
 * 4 · (51,456 + 23,322) = 299,112. That is an inference from the printed numbers. Here one set serves all tasks.
 */
import { declareBaseLinear } from "../nn/layers";
import { isDecoder, type MethodDef, plainMethod } from "./method";
import { plainLinear, plainMerged } from "./plainLinear";
import { biasRates } from "./rates";

export const bitfit: MethodDef<Record<never, never>> = {
  id: "bitfit",
  label: "BitFit",
  about:
    "Trains all bias vectors of the backbone and nothing else of it. One set serves all tasks; the published multi-task row seems to have one set a task.",
  family: "Parts of the backbone",
  source: "Ben Zaken et al., ACL 2022",
  defaults: {},
  settings: [],
  unfreeze: null,
  rates: biasRates,
  trains: ({ name, group, shape }) => isDecoder(group) || (name.endsWith(".bias") && shape.length === 1),
  create: () =>
    plainMethod({ linear: (store, site) => plainLinear(declareBaseLinear(store, site)), merged: plainMerged }),
};
