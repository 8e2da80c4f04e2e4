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
  about:
    "Adapts all layers at full rank by a few thousand parameters. It keeps the singular vectors of every weight and warps its singular values by smooth, monotone maps.",
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
      help: "Whether a warp bends the singular values themselves or their places in the sorted list. Both keep the order of the values and all singular vectors.",
      choices: [
        {
          id: "value",
          label: "the values (paper)",
          help: "Each singular value moves by its size. sigma' = sigma_max · phi(sigma / sigma_max).",
        },
        {
          id: "index",
          label: "the index (released code)",
          help: "The sorted curve of singular values is resampled. The new places are phi(i); with fixed ends the first and last never move.",
        },
      ],
    },
    streamsSetting("warps"),
    {
      key: "sharedCells",
      kind: "number",
      label: "Cells, shared warp",
      help: "How many pieces the shared warps have; more pieces bend more finely. N_P cells of the velocity field on [0,1], so N_P − 1 parameters a warp.",
      ...cells,
    },
    {
      key: "taskCells",
      kind: "number",
      perTask: true,
      label: "Cells, task warps",
      help: "How many pieces the warps of each task have. N_P, as for the shared warps.",
      ...cells,
    },
    {
      key: "boundary",
      kind: "choice",
      label: "Warp ends",
      help: "Whether the smallest and the largest end of the spectrum may move. The order of the values is kept either way.",
      advanced: true,
      choices: [
        {
          id: "zero",
          label: "fixed (paper)",
          help: "The largest singular value stays, and so does 0. The velocity is 0 at both ends: N_P − 1 parameters a warp.",
        },
        {
          id: "free",
          label: "free",
          help: "Values may outgrow the largest one; past 0 a pair of singular vectors changes its sign. N_P + 1 parameters a warp.",
        },
      ],
    },
    {
      key: "start",
      kind: "choice",
      label: "Warp start",
      help: "What the warps are before the first step: nothing, or small random maps. It is the start of theta.",
      advanced: true,
      choices: [
        { id: "identity", label: "identity", help: "Training starts from the pretrained model exactly. theta = 0." },
        {
          id: "reference",
          label: "random (released code)",
          help: "The spectrum is bent before the first step. theta is uniform in ±1/sqrt(N_P − 1).",
        },
      ],
    },
    evaluationSetting,
    {
      key: "reference",
      kind: "flag",
      label: "Keep unused warps",
      help: "Counts parameters as the released code does, with warps that no output depends on. These are the last block's shared warps and task warps of q, k and v.",
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
