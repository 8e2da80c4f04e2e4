/**
 * Names of checkpoints of plain vision transformers. Sources: timm's `vision_transformer.py` (DeiT, DINO and MAE have its names), DeiT III
 * (facebookresearch/deit, `models_v2.py`), DINOv2 (facebookresearch/dinov2), Hugging Face transformers' `modeling_vit.py`, `modeling_deit.py`
 * and `modeling_dinov2.py`.
 */
import type { BlockNames, NamedTable } from "./table";

export interface VitNames extends NamedTable, BlockNames {
  readonly classToken: string;
  readonly positions: string;
  /** Register tokens [1,R,C] (Darcet et al., ICLR 2024), where a model has them. */
  readonly registers: string;
  /** DeiT's distillation token [1,1,C], where a model has it: a register here. */
  readonly distillation: string;
  block(depth: number): string;
  /** Layer scales [C] behind the attention and behind the MLP, inside of a block, where a model has them. */
  readonly scales: readonly [attention: string, mlp: string];
}

const timm = {
  patch: "patch_embed.proj",
  classToken: "cls_token",
  positions: "pos_embed",
  registers: "reg_token",
  distillation: "dist_token",
  block: (depth) => `blocks.${depth}`,
  norm1: "norm1",
  qkv: ["attn.qkv"],
  proj: "attn.proj",
  norm2: "norm2",
  fc1: "mlp.fc1",
  fc2: "mlp.fc2",
  scales: ["ls1.gamma", "ls2.gamma"],
} as const satisfies Omit<VitNames, "id" | "label">;

const huggingFace = {
  ...timm,
  patch: "embeddings.patch_embeddings.projection",
  classToken: "embeddings.cls_token",
  positions: "embeddings.position_embeddings",
  registers: "embeddings.register_tokens",
  distillation: "embeddings.distillation_token",
  block: (depth: number) => `encoder.layer.${depth}`,
  qkv: ["attention.attention.query", "attention.attention.key", "attention.attention.value"],
  proj: "attention.output.dense",
  scales: ["layer_scale1.lambda1", "layer_scale2.lambda1"],
} as const;

/** Of transformers 5. */
const projections = {
  ...huggingFace,
  qkv: ["attention.q_proj", "attention.k_proj", "attention.v_proj"],
  proj: "attention.o_proj",
} as const;

export const vitTables = [
  { ...timm, id: "vit", label: "timm (also DeiT, DINO, DINOv2 and MAE)" },
  { ...timm, id: "deit3", label: "the original DeiT III release", scales: ["gamma_1", "gamma_2"] },
  { ...timm, id: "dinov2", label: "the original DINOv2 release with registers", registers: "register_tokens" },
  {
    ...huggingFace,
    id: "vit-hf",
    label: "Hugging Face transformers, ViT and DeiT",
    norm1: "layernorm_before",
    norm2: "layernorm_after",
    fc1: "intermediate.dense",
    fc2: "output.dense",
  },
  { ...huggingFace, id: "dinov2-hf", label: "Hugging Face transformers, DINOv2" },
  {
    ...projections,
    id: "vit-hf-projections",
    label: "Hugging Face transformers 5, ViT and DeiT",
    block: (depth) => `layers.${depth}`,
    norm1: "layernorm_before",
    norm2: "layernorm_after",
  },
  { ...projections, id: "dinov2-hf-projections", label: "Hugging Face transformers 5, DINOv2" },
] as const satisfies readonly VitNames[];
