/**
 * DiTASK (Mantri et al., CVPR 2025): every adapted weight W = U diag(S) Vᵀ keeps its singular vectors; its singular values are warped
 * by a CPAB diffeomorphism, one shared and, in the last block of each stage, one per task. Task and shared warps start from the same
 * frozen W, not from each other. The frozen bias stays.
 *
 * Where we differ from the released code (a setting where there is one): value-warp by default, theta starts at 0 (the identity), no decay on
 * theta, no thetas that reach nothing (its task thetas of qkv; the shared thetas behind the last outputs; `reference` keeps both), one
 * SVD at load instead of one a forward pass. Its dropout of 0.05 on the input of every adapted layer is left out: masks come from
 * the host here, and these would be as many numbers as all activations of a step.
 */
import { isDecoder, type MethodDef, unfreezeAll } from "./method";
import { blockSites, sitesSetting } from "./sites";
import { evaluationSetting, SpectralMethod, type SpectralSettings } from "./spectralMethod";
import { WarpRule, type WarpSettings } from "./spectralWarp";
import { streamsSetting } from "./streams";

export { FLOW_TIME } from "./spectralWarp";

export interface DitaskSettings extends WarpSettings, SpectralSettings {
  /** Keeps the last stage's shared stream and its thetas, and task thetas of qkv, though no output depends on them, as the released code does. */
  readonly reference: boolean;
}

const cells = { min: 2, max: 256, step: 1, unit: "cells", logarithmic: false, integer: true } as const;

export const ditask: MethodDef<DitaskSettings> = {
  id: "ditask",
  label: "DiTASK",
  about: "Keeps the singular vectors of every weight and warps its singular values by smooth, monotone maps.",
  family: "Singular values",
  source: "Mantri et al., CVPR 2025",
  defaults: {
    reading: "value",
    boundary: "zero",
    sharedCells: 16,
    taskCells: 16,
    streams: "both",
    start: "identity",
    evaluation: "auto",
    reference: false,
    sites: blockSites,
  },
  settings: [
    {
      key: "reading",
      kind: "choice",
      label: "Warp acts on",
      help: "Two readings of the published method. Both keep the order of the singular values and all singular vectors.",
      choices: [
        {
          id: "value",
          label: "the values (paper)",
          help: "sigma' = sigma_max · phi(sigma / sigma_max): each singular value moves by its size.",
        },
        {
          id: "index",
          label: "the index (released code)",
          help: "The sorted curve of singular values is resampled at phi(i); with fixed ends the first and last never move.",
        },
      ],
    },
    streamsSetting("warps"),
    {
      key: "sharedCells",
      kind: "number",
      label: "Cells, shared warp",
      help: "N_P: pieces of the piecewise-affine velocity on [0,1]. A warp has N_P − 1 numbers.",
      ...cells,
    },
    {
      key: "taskCells",
      kind: "number",
      perTask: true,
      label: "Cells, task warps",
      help: "N_P of the warps that each task has for itself.",
      ...cells,
    },
    {
      key: "boundary",
      kind: "choice",
      label: "Ends of the warps",
      help: "Whether the smallest and the largest end of the spectrum may move. The order of the values is kept either way.",
      advanced: true,
      choices: [
        {
          id: "zero",
          label: "fixed (paper)",
          help: "The velocity is 0 at both ends: 0 and the largest singular value stay. N_P − 1 numbers a warp.",
        },
        {
          id: "free",
          label: "free",
          help: "N_P + 1 numbers a warp. Values may outgrow the largest one; past 0 a pair of singular vectors changes its sign.",
        },
      ],
    },
    {
      key: "start",
      kind: "choice",
      label: "Start of the warps",
      help: "Where theta starts.",
      advanced: true,
      choices: [
        { id: "identity", label: "identity", help: "theta = 0: training starts from the pretrained model exactly." },
        {
          id: "reference",
          label: "random (released code)",
          help: "Uniform in ±1/sqrt(N_P − 1): the first step already bends the spectrum.",
        },
      ],
    },
    evaluationSetting,
    {
      key: "reference",
      kind: "flag",
      label: "Keep unused warps",
      help: "Keeps the last block's shared warps and declares task warps of q, k and v, though no output depends on them, as the released code does. For counting as it counts.",
      advanced: true,
    },
    sitesSetting(),
  ],
  unfreeze: unfreezeAll,
  rates: {},
  trains: ({ group }) => group === "theta" || isDecoder(group),
  startsNeutral: ({ start }) => start === "identity",
  create: (settings) => new SpectralMethod(settings, new WarpRule(settings, settings.reference), settings.reference),
};
