/** The configuration of the released code (its configs/ditask/tiny_448/ditask_tiny_448_r64.yaml and main.py show the keys). */
import type { RunConfig } from "../../../contracts/runConfig";
import { resolveBackbone } from "../../../core/backbones/registry";
import type { SwinSettings } from "../../../core/backbones/swin";
import type { DitaskSettings } from "../../../core/methods/ditask";
import type { Model } from "../../../core/model/model";

/** Channels that the released decoders narrow the four maps to. */
const RELEASED_WIDTHS = "18, 36, 72, 144";
/** Classes of semantic segmentation in its PASCAL and NYUD data. */
const RELEASED_CLASSES = "21 for PASCAL, 40 for NYUD";

/** N_P of a task's warps; where tasks do not part, they are copies of the shared one. */
export const cellsOfTask = ({ streams, sharedCells, taskCells }: DitaskSettings, task: string): number =>
  streams === "shared" ? sharedCells : typeof taskCells === "number" ? taskCells : (taskCells[task] ?? sharedCells);

const flag = (value: boolean): string => (value ? "True" : "False");
const list = (values: readonly (number | string)[]): string => `[${values.join(", ")}]`;

export function officialYaml(
  { method, tasks, training }: RunConfig,
  model: Model,
  settings: DitaskSettings,
  { embed, depths, heads, window }: SwinSettings,
): string {
  const has = (kind: DitaskSettings["sites"][number]): string => flag(settings.sites.includes(kind));
  const { norms, patchMerging, positionBias, patchEmbed } = method.unfreeze;
  return [
    "DATA:",
    `  IMG_SIZE: ${model.imageSize}`,
    "MODEL:",
    "  TYPE: swin",
    "  NAME: ditask_studio",
    `  DROP_PATH_RATE: ${training.dropPath}`,
    "  SWIN:",
    `    EMBED_DIM: ${embed}`,
    `    DEPTHS: ${list(depths)}`,
    `    NUM_HEADS: ${list(heads)}`,
    `    WINDOW_SIZE: ${window}`,
    "  DITASK:",
    "    ENABLED: True",
    `    R: ${list(depths.map(() => settings.sharedCells))}`,
    "    SHARED_SCALE: [1.0]",
    "    TASK_SCALE: [1.0]",
    `    DROPOUT: ${list(depths.map(() => "0.0"))}`,
    "    TRAINABLE_SCALE_SHARED: False",
    "    TRAINABLE_SCALE_PER_TASK: False",
    "    INTERMEDIATE_SPECIALIZATION: False",
    "    FREEZE_PRETRAINED: True",
    "    SPLIT_QKV: False",
    `    QKV_ENABLED: ${has("qkv")}`,
    `    PROJ_ENABLED: ${has("proj")}`,
    `    FC1_ENABLED: ${has("fc1")}`,
    `    FC2_ENABLED: ${has("fc2")}`,
    `    DOWNSAMPLER_ENABLED: ${has("reduction")}`,
    "    R_PER_TASK:",
    ...tasks.map((task) => `      ${task}: [${cellsOfTask(settings, task)}]`),
    `      shared: [${settings.sharedCells}]`,
    "  DECODER_HEAD:",
    ...tasks.map((task) => `    ${task}: hrnet`),
    "TRAIN:",
    `  FREEZE_LAYER_NORM: ${flag(!norms)}`,
    `  FREEZE_DOWNSAMPLE_REDUCTION: ${flag(!patchMerging)}`,
    `  FREEZE_RELATIVE_POSITION_BIAS: ${flag(!positionBias)}`,
    `  FREEZE_PATCH_EMBED: ${flag(!patchEmbed)}`,
    "",
  ].join("\n");
}

export function officialReadme({ tasks, training }: RunConfig, model: Model): string {
  const { decoderWidths } = resolveBackbone(model.spec.backbone, model.spec.backboneSettings);
  const classes = model.tasks.find(({ id }) => id === "semseg")?.channels;
  return [
    "# Going on in the released code of DiTASK",
    "",
    "Copy `ditask_studio.yaml` into its `configs/ditask`, then:",
    "",
    "```bash",
    `torchrun --nproc_per_node=8 --nnodes=1 main.py --cfg configs/ditask/ditask_studio.yaml --pascal PASCAL_ROOT --tasks ${tasks.join(",")} --batch-size ${training.batchSize} --ckpt-freq 20 --epochs 300 --resume ckpt.pth`,
    "```",
    "",
    "`--resume` takes parameters and running statistics from `ckpt.pth`; its optimiser and schedule start anew. Use `--nyud` for NYUD.",
    "The released code loads without strictness and ignores what does not fit, so read what it prints as missing or unexpected.",
    "",
    "What that code fixes and this run may not share:",
    "",
    `* Decoders narrow the maps to ${RELEASED_WIDTHS} channels; here to ${decoderWidths.join(", ")}. Where they differ, add \`--skip_decoder\`.`,
    `* Classes of semantic segmentation: ${RELEASED_CLASSES}${classes === undefined ? "" : `; here ${classes}`}.`,
    "* Patches of 4 pixels, and an MLP four times as wide as its block.",
    "",
  ].join("\n");
}
