/** Tensors of a file that a backbone does not need: why each is there. */
import type { ImportReport } from "../../contracts/importReport";

/** Made anew whenever a model is built. */
const buffers = /(^|\.)(relative_position_index|attn_mask|num_batches_tracked|relative_coords_table)$/;

const kinds: readonly (readonly [what: string, sign: RegExp])[] = [
  ["Decoders of a trained model", /^(module\.)?(decoders|downsampler)\./],
  ["What a method added to a trained model", /\.(lora_|ssf_)\w*/],
  ["The classifier", /^(head|head_dist|classifier|cls_classifier|distillation_classifier|fc|pre_logits)\./],
  ["The final norm, which dense prediction does not use", /^(norm|fc_norm|layernorm|norm_layer)\.(weight|bias)$/],
  ["Norms of a feature extractor", /^norm\d+\.(weight|bias)$/],
  [
    "Tokens and layers that only pretraining used",
    /^(mask_token|masked_embed|embeddings\.mask_token|pooler\..*|decoder.*)$/,
  ],
];

/** `keys`: those that no parameter uses; `prefix` stands before the backbone's. */
export function sortRest(
  keys: readonly string[],
  prefix: string,
): Pick<ImportReport, "buffers" | "setAside" | "unexpected"> {
  const tensors = keys.filter((key) => !buffers.test(key));
  // A classifier stands beside the backbone ("swin." before the backbone's names alone) or inside of it.
  const inner = (key: string): string => (key.startsWith(prefix) ? key.slice(prefix.length) : key);
  const kindOf = (key: string): string | undefined =>
    kinds.find(([, sign]) => sign.test(inner(key)) || sign.test(key))?.[0];
  return {
    buffers: keys.length - tensors.length,
    setAside: kinds
      .map(([what]) => ({ what, names: tensors.filter((key) => kindOf(key) === what) }))
      .filter(({ names }) => names.length > 0),
    unexpected: tensors.filter((key) => kindOf(key) === undefined),
  };
}
