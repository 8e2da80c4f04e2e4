/**
 * What a comparison or a race sets side by side: a method with settings, what is freed beside it, and the rates around which its sweep
 * turns. A new contestant is one entry here. Plain data: the page lists them too.
 */
import type { Companions, RunConfig } from "../../contracts/runConfig";
import { allCompanions, noCompanions } from "../../core/adapters/adapter";

export interface Contestant {
  readonly id: string;
  readonly label: string;
  /** What it is, in a sentence. */
  readonly note: string;
  readonly method: RunConfig["method"];
  /** One model for each task in place of one for all. */
  readonly perTask?: true;
  /** Peak rates in the middle of its sweep; absent: the configuration's. The decoders' rate is the same for all and not swept. */
  readonly rates?: Partial<Readonly<Record<"adapter" | "backbone", number>>>;
}

const method = (
  id: string,
  settings: RunConfig["method"]["settings"] = {},
  free: Companions = noCompanions,
): RunConfig["method"] => ({ id, settings, free });

/** DiTASK with the cells of the default run. */
const ditask = (settings: RunConfig["method"]["settings"], free: Companions): RunConfig["method"] =>
  method("ditask", { sharedCells: 32, taskCells: 16, ...settings }, free);

/** Weights that all move need smaller steps than norms and biases. */
const fullRates = { backbone: 3e-4 } as const;

/** What Δm is measured against. */
export const REFERENCE = "single-full";

/** In the order of the tables. */
export const contestants: readonly Contestant[] = [
  {
    id: REFERENCE,
    label: "Single task, full",
    note: "One whole model per task, every number trained: what Δm is measured against.",
    method: method("full"),
    perTask: true,
    rates: fullRates,
  },
  {
    id: "full",
    label: "Full fine-tuning",
    note: "One model for all tasks, every number trained.",
    method: method("full"),
    rates: fullRates,
  },
  { id: "decoders", label: "Decoders only", note: "The backbone stays as it is.", method: method("decoderOnly") },
  {
    id: "norms",
    label: "Norms",
    note: "Scales and shifts of the layer norms.",
    method: method("decoderOnly", {}, { ...noCompanions, norms: true }),
  },
  {
    id: "companions",
    label: "DiTASK's companions alone",
    note: "What DiTASK frees beside its warps (norms, patch merging, position bias, patch embedding), and no warp.",
    method: method("decoderOnly", {}, allCompanions),
  },
  {
    id: "ditask",
    label: "DiTASK",
    note: "Value-warp, shared and per task, with its companions freed: the published setting.",
    method: ditask({}, allCompanions),
  },
  {
    id: "ditask-index",
    label: "DiTASK, index-warp",
    note: "As the released code reads the method.",
    method: ditask({ reading: "index" }, allCompanions),
  },
  {
    id: "ditask-warps",
    label: "DiTASK, warps alone",
    note: "Value-warp and nothing freed beside it.",
    method: ditask({}, noCompanions),
  },
  {
    id: "ditask-index-warps",
    label: "DiTASK, index-warps alone",
    note: "Index-warp and nothing freed beside it.",
    method: ditask({ reading: "index" }, noCompanions),
  },
  {
    id: "ditask-shared",
    label: "DiTASK, shared warps",
    note: "No warps per task: every task sees the same features.",
    method: ditask({ streams: "shared" }, allCompanions),
  },
  {
    id: "ditask-task",
    label: "DiTASK, task warps",
    note: "Warps per task alone; the trunk keeps its spectra.",
    method: ditask({ streams: "task" }, allCompanions),
  },
  {
    id: "ditask-norms",
    label: "DiTASK, warps + norms",
    note: "Of the companions the norms alone.",
    method: ditask({}, { ...noCompanions, norms: true }),
  },
  {
    id: "ditask-merging",
    label: "DiTASK, warps + merging",
    note: "Of the companions patch merging alone.",
    method: ditask({}, { ...noCompanions, patchMerging: true }),
  },
  {
    id: "ditask-single",
    label: "DiTASK, single task",
    note: "One DiTASK model per task, companions freed.",
    method: ditask({}, allCompanions),
    perTask: true,
  },
];

/** @throws where an id is unknown, naming those that exist, or comes twice. */
export function findContestants(ids: readonly string[]): readonly Contestant[] {
  return ids.map((id, i) => {
    const found = contestants.find((c) => c.id === id);
    if (!found) throw new Error(`"${id}" is no contestant; known: ${contestants.map((c) => c.id).join(", ")}.`);
    if (ids.indexOf(id) !== i) throw new Error(`The contestant "${id}" is named twice; name each once.`);
    return found;
  });
}

/** The configuration of a contestant's run: its method, and its rates times a factor. */
export function contestantConfig(base: RunConfig, contestant: Contestant, factor = 1): RunConfig {
  const { learningRate } = base.training;
  const rate = (key: "adapter" | "backbone"): number => factor * (contestant.rates?.[key] ?? learningRate[key]);
  return {
    ...base,
    method: contestant.method,
    training: {
      ...base.training,
      learningRate: { ...learningRate, adapter: rate("adapter"), backbone: rate("backbone") },
    },
  };
}
