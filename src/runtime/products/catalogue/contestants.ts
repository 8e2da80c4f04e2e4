/**
 * What a comparison or a race sets side by side: a method with settings, what is unfrozen beside it, and the rates around which its sweep
 * is centred. A new contestant is one entry here. Plain data: the page lists them too.
 */
import type { RunConfig, Unfreeze } from "../../../contracts/runConfig";
import { unfreezeAll, unfreezeNone } from "../../../core/methods/method";
import { biasRates, fullRates } from "../../../core/methods/rates";
import { methodOf } from "../../run/prepare/modelSpec";

export interface Contestant {
  readonly id: string;
  readonly label: string;
  /** What it is, in a sentence. */
  readonly note: string;
  readonly method: RunConfig["method"];
  /** One model for each task in place of one for all. */
  readonly perTask?: true;
  /** Peak rates in the middle of its sweep; absent: the method's own, else the configuration's. The decoders' rate is the same for all and not swept. */
  readonly rates?: Partial<Readonly<Record<"method" | "backbone", number>>>;
}

const method = (
  id: string,
  settings: RunConfig["method"]["settings"] = {},
  unfreeze: Unfreeze = unfreezeNone,
): RunConfig["method"] => ({ id, settings, unfreeze });

/** DiTASK with the cells of the default run. */
const ditask = (settings: RunConfig["method"]["settings"], unfreeze: Unfreeze): RunConfig["method"] =>
  method("ditask", { sharedCells: 32, taskCells: 16, ...settings }, unfreeze);

const svft = (id: "svft" | "svdiff", unfreeze: Unfreeze): RunConfig["method"] => method(id, {}, unfreeze);

/** Ranks that suit the narrow embedded backbone; the published ones are for one three times as wide. */
const mtlora = (settings: RunConfig["method"]["settings"] = {}, unfreeze = unfreezeAll): RunConfig["method"] =>
  method("mtlora", { rankShared: 8, rankTask: 4, ...settings }, unfreeze);

/** A first sweep of 100 steps found that warps alone wanted more than the 0.02 of the default run. */
const warpRates = { method: 0.06 } as const;

/** What Δm is measured against. */
export const REFERENCE = "single-full";

/** With the rates that differ from the method's own. */
const entries: readonly Contestant[] = [
  {
    id: REFERENCE,
    label: "Single task, full",
    note: "One whole model per task, every parameter trained: the reference of Δm.",
    method: method("full"),
    perTask: true,
  },
  {
    id: "full",
    label: "Full fine-tuning",
    note: "One model for all tasks, every parameter trained.",
    method: method("full"),
  },
  { id: "decoders", label: "Decoders only", note: "The backbone stays as it is.", method: method("decoderOnly") },
  {
    id: "norms",
    label: "Norms",
    note: "Scales and shifts of the layer norms.",
    method: method("normsOnly"),
  },
  {
    id: "bitfit",
    label: "BitFit",
    note: "All biases of the backbone.",
    method: method("bitfit"),
  },
  {
    id: "unfrozen",
    label: "Unfrozen groups alone",
    note: "What DiTASK unfreezes beside its warps (norms, patch merging, position bias, patch embedding), and no warp.",
    method: method("decoderOnly", {}, unfreezeAll),
    rates: fullRates,
  },
  {
    id: "ditask",
    label: "DiTASK",
    note: "Value-warp, shared and per task, with the other groups unfrozen: the published setting.",
    method: ditask({}, unfreezeAll),
    rates: { ...warpRates, ...fullRates },
  },
  {
    id: "ditask-index",
    label: "DiTASK, index-warp",
    note: "As the released code reads the method.",
    method: ditask({ reading: "index" }, unfreezeAll),
    rates: { ...warpRates, ...fullRates },
  },
  {
    id: "ditask-warps",
    label: "DiTASK, warps alone",
    note: "Value-warp and nothing unfrozen beside it.",
    method: ditask({}, unfreezeNone),
    rates: warpRates,
  },
  {
    id: "ditask-index-warps",
    label: "DiTASK, index-warps alone",
    note: "Index-warp and nothing unfrozen beside it.",
    method: ditask({ reading: "index" }, unfreezeNone),
    rates: warpRates,
  },
  {
    id: "ditask-shared",
    label: "DiTASK, shared warps",
    note: "No warps per task: every task sees the same features.",
    method: ditask({ streams: "shared" }, unfreezeAll),
    rates: { ...warpRates, ...fullRates },
  },
  {
    id: "ditask-task",
    label: "DiTASK, task warps",
    note: "Warps per task alone; the trunk keeps its spectra.",
    method: ditask({ streams: "task" }, unfreezeAll),
    rates: { ...warpRates, ...fullRates },
  },
  {
    id: "ditask-norms",
    label: "DiTASK, warps + norms",
    note: "Of the unfrozen groups the norms alone.",
    method: ditask({}, { ...unfreezeNone, norms: true }),
    rates: { ...warpRates, ...biasRates },
  },
  {
    id: "ditask-merging",
    label: "DiTASK, warps + merging",
    note: "Of the unfrozen groups patch merging alone.",
    method: ditask({}, { ...unfreezeNone, patchMerging: true }),
    rates: { ...warpRates, ...fullRates },
  },
  {
    id: "svft",
    label: "SVFT, diagonal",
    note: "Singular values shifted freely, streams and unfrozen groups as DiTASK's: what the warp's order and smoothness cost or gain.",
    method: svft("svft", unfreezeAll),
  },
  {
    id: "svft-alone",
    label: "SVFT, diagonal, alone",
    note: "Free shifts and nothing unfrozen beside them.",
    method: svft("svft", unfreezeNone),
  },
  {
    id: "svdiff",
    label: "SVDiff",
    note: "Shifts clipped at zero, unfrozen groups as DiTASK's.",
    method: svft("svdiff", unfreezeAll),
  },
  {
    id: "svdiff-alone",
    label: "SVDiff, alone",
    note: "Clipped shifts and nothing unfrozen beside them.",
    method: svft("svdiff", unfreezeNone),
  },
  {
    id: "lora",
    label: "LoRA",
    note: "Rank 8, shared by all tasks, nothing unfrozen beside it.",
    method: method("lora", { rank: 8, alpha: 16 }),
  },
  {
    id: "lora-free",
    label: "LoRA, groups unfrozen",
    note: "Rank 8 with the groups that DiTASK and MTLoRA unfreeze.",
    method: method("lora", { rank: 8, alpha: 16 }, unfreezeAll),
    rates: fullRates,
  },
  {
    id: "mtlora",
    label: "MTLoRA",
    note: "Rank 8 shared, 4 per task, mode matrix, groups unfrozen: the published setting at smaller ranks.",
    method: mtlora(),
  },
  {
    id: "mtlora-v2",
    label: "MTLoRA, matrixv2",
    note: "A task's output has the shared update too.",
    method: mtlora({ mode: "matrixv2" }),
  },
  {
    id: "mtlora-addition",
    label: "MTLoRA, addition",
    note: "The shared update is made from the tasks' outputs.",
    method: mtlora({ mode: "addition" }),
  },
  {
    id: "mtlora-loraonly",
    label: "MTLoRA, lora_only",
    note: "Shared updates alone.",
    method: mtlora({ mode: "lora_only" }),
  },
  {
    id: "mtlora-plus",
    label: "MTLoRA+",
    note: "Patch merging is adapted by low rank too, its weight frozen.",
    method: mtlora({ sites: ["qkv", "proj", "fc1", "fc2", "reduction"] }, { ...unfreezeAll, patchMerging: false }),
  },
  {
    id: "adapter",
    label: "Adapter",
    note: "Bottlenecks after attention and MLP, a quarter as wide as the layer, with trained norms.",
    method: method("bottleneck", {}, { ...unfreezeNone, norms: true }),
  },
  {
    id: "compacter",
    label: "Compacter",
    note: "Bottlenecks of Kronecker products, with trained norms.",
    method: method("compacter", {}, { ...unfreezeNone, norms: true }),
  },
  {
    id: "vpt-shallow",
    label: "VPT, shallow",
    note: "Eight learned tokens before the first block.",
    method: method("vpt", { depth: "shallow", tokens: 8 }),
  },
  {
    id: "vpt-deep",
    label: "VPT, deep",
    note: "Eight learned tokens before every block.",
    method: method("vpt", { depth: "deep", tokens: 8 }),
  },
  {
    id: "ditask-single",
    label: "DiTASK, single task",
    note: "One DiTASK model per task, groups unfrozen.",
    method: ditask({}, unfreezeAll),
    perTask: true,
    rates: { ...warpRates, ...fullRates },
  },
];

/** In the order of the tables. */
export const contestants: readonly Contestant[] = entries.map((entry) => ({
  ...entry,
  rates: { ...methodOf(entry.method).rates, ...entry.rates },
}));

/** @throws where an id is unknown, naming those that exist, or comes twice. */
export function findContestants(ids: readonly string[]): readonly Contestant[] {
  return ids.map((id, i) => {
    const found = contestants.find((c) => c.id === id);
    if (!found) throw new Error(`"${id}" is no method to compare; known: ${contestants.map((c) => c.id).join(", ")}.`);
    if (ids.indexOf(id) !== i) throw new Error(`The method "${id}" is named twice; name each once.`);
    return found;
  });
}

/** The configuration of a contestant's run: its method, and its rates times a factor. */
export function contestantConfig(base: RunConfig, contestant: Contestant, factor = 1): RunConfig {
  const { learningRate } = base.training;
  const rate = (key: "method" | "backbone"): number => factor * (contestant.rates?.[key] ?? learningRate[key]);
  return {
    ...base,
    method: contestant.method,
    training: {
      ...base.training,
      learningRate: { ...learningRate, method: rate("method"), backbone: rate("backbone") },
    },
  };
}
