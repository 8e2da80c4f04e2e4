/**
 * Names of Swin checkpoints. Sources: the original release (microsoft/Swin-Transformer), timm's `swin_transformer.py` (whose versions
 * from 0.8 on put patch merging at the start of the next stage), Hugging Face transformers' `modeling_swin.py` (the layout of released
 * files, and that of its newer source), torchvision's `swin_transformer.py`. DiTASK and MTLoRA keep the original names under "backbone.".
 */
import type { BlockNames, NamedTable } from "./table";

export interface SwinNames extends NamedTable, BlockNames {
  readonly patchNorm: string;
  block(stage: number, block: number): string;
  /** The module that merges the patches of a stage into those of the next one. */
  merge(stage: number): string;
  /** The table of relative position biases, inside of a block. */
  readonly positions: string;
}

const original = {
  patch: "patch_embed.proj",
  patchNorm: "patch_embed.norm",
  block: (stage, block) => `layers.${stage}.blocks.${block}`,
  merge: (stage) => `layers.${stage}.downsample`,
  norm1: "norm1",
  qkv: ["attn.qkv"],
  proj: "attn.proj",
  positions: "attn.relative_position_bias_table",
  norm2: "norm2",
  fc1: "mlp.fc1",
  fc2: "mlp.fc2",
} as const satisfies Omit<SwinNames, "id" | "label">;

const huggingFace = {
  ...original,
  patch: "embeddings.patch_embeddings.projection",
  patchNorm: "embeddings.norm",
  block: (stage: number, block: number) => `encoder.layers.${stage}.blocks.${block}`,
  merge: (stage: number) => `encoder.layers.${stage}.downsample`,
  norm1: "layernorm_before",
  norm2: "layernorm_after",
};

export const swinTables = [
  { ...original, id: "swin", label: "the original Swin release (also timm up to 0.6, DiTASK, MTLoRA)" },
  {
    ...original,
    id: "swin-timm",
    label: "timm 0.8 and later",
    merge: (stage) => `layers.${stage + 1}.downsample`,
  },
  {
    ...original,
    id: "swin-timm-features",
    label: "timm's feature extractor",
    block: (stage, block) => `layers_${stage}.blocks.${block}`,
    merge: (stage) => `layers_${stage + 1}.downsample`,
  },
  {
    ...huggingFace,
    id: "swin-hf",
    label: "Hugging Face transformers",
    qkv: ["attention.self.query", "attention.self.key", "attention.self.value"],
    proj: "attention.output.dense",
    positions: "attention.self.relative_position_bias_table",
    fc1: "intermediate.dense",
    fc2: "output.dense",
  },
  {
    ...huggingFace,
    id: "swin-hf-projections",
    label: "Hugging Face transformers (q_proj, k_proj, v_proj)",
    qkv: ["attention.q_proj", "attention.k_proj", "attention.v_proj"],
    proj: "attention.o_proj",
    positions: "attention.relative_position_bias.relative_position_bias_table",
  },
  {
    ...original,
    id: "swin-torchvision",
    label: "torchvision",
    patch: "features.0.0",
    patchNorm: "features.0.2",
    block: (stage, block) => `features.${2 * stage + 1}.${block}`,
    merge: (stage) => `features.${2 * stage + 2}`,
    fc1: "mlp.0",
    fc2: "mlp.3",
  },
] as const satisfies readonly SwinNames[];
