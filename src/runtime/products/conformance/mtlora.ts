/** Linear layers under MTLoRA, and on the same data under LoRA ("lora.") and plain ("linear."). */
import { full } from "../../../core/methods/full";
import { lora } from "../../../core/methods/lora";
import { type MtloraSettings, mtlora } from "../../../core/methods/mtlora";
import type { GoldenCase } from "./golden";
import type { CaseKind } from "./kind";
import { checkLayer, goldenLayer, type LayerSetting } from "./layer";
import type { Ledger } from "./ledger";
import type { GraphRunner } from "./runner";

const modes: readonly MtloraSettings["mode"][] = ["matrix", "matrixv2", "addition", "lora_only"];

/** The frozen weight and bias stand under "linear." there. */
const theirs = (parameter: string): string =>
  parameter === "weight" || parameter === "bias" ? `linear.${parameter}` : parameter;

/** The mode is named among the sizes, or else in words: "shared_mode 'matrix'". */
export function modeOf(golden: GoldenCase): MtloraSettings["mode"] {
  const named = golden.find("sizes.shared_mode") ?? golden.find("sizes.mode");
  const found = named ?? /shared_mode '(\w+)'/.exec(golden.entry.what)?.[1] ?? "matrix";
  const mode = modes.find((known) => known === found);
  if (!mode) throw new Error(`The mode of ${golden.name} is "${found}"; known: ${modes.join(", ")}.`);
  return mode;
}

const rankOf = (golden: GoldenCase, tensor: string): number => golden.tensor(tensor).shape[0]!;

function mtloraSetting(golden: GoldenCase): LayerSetting<MtloraSettings> {
  const tasks = golden.find("sizes.tasks") ? golden.texts("sizes.tasks") : Object.keys(golden.record("sizes.r_task"));
  const settings: MtloraSettings = {
    ...mtlora.defaults,
    mode: modeOf(golden),
    rankShared: golden.has("param.lora_shared_A") ? rankOf(golden, "param.lora_shared_A") : 1,
    rankTask: Object.fromEntries(tasks.map((task) => [task, rankOf(golden, `param.lora_tasks_A.${task}`)])),
    scale: golden.number("sizes.scale"),
    reference: true,
  };
  return {
    golden,
    prefix: "",
    method: mtlora,
    settings,
    tasks,
    parts: 1,
    source: (parameter) => `param.${theirs(parameter)}`,
    gradientOf: (parameter) => `grad.${theirs(parameter)}`,
    tolerance: golden.number("tolerances.f32_rel"),
  };
}

/** The shared input and its G alone: what a layer that knows no tasks computes. */
async function checkLora(golden: GoldenCase, runner: GraphRunner, ledger: Ledger): Promise<void> {
  const own = golden.has("lora.param.linear.weight") ? "lora.param" : "param";
  const setting: LayerSetting<typeof lora.defaults> = {
    golden,
    prefix: "lora.",
    method: lora,
    settings: {
      ...lora.defaults,
      rank: rankOf(golden, "lora.param.lora_A"),
      alpha: golden.number("sizes.lora_alpha"),
    },
    tasks: [],
    parts: 1,
    source: (parameter) => (parameter.startsWith("lora_") ? `lora.param.${parameter}` : `${own}.${theirs(parameter)}`),
    gradientOf: (parameter) => `grad.${theirs(parameter)}`,
    tolerance: golden.number("tolerances.f32_rel"),
  };
  await checkLayer(setting, goldenLayer(setting), runner, ledger);
}

async function checkLinear(golden: GoldenCase, runner: GraphRunner, ledger: Ledger): Promise<void> {
  const setting: LayerSetting<object> = {
    golden,
    prefix: "linear.",
    method: full,
    settings: full.defaults,
    tasks: [],
    parts: 1,
    source: (parameter) => `param.linear.${parameter}`,
    gradientOf: (parameter) => `grad.${parameter}`,
    tolerance: golden.number("tolerances.f32_rel"),
  };
  await checkLayer(setting, goldenLayer(setting), runner, ledger);
}

export const mtloraKind: CaseKind = {
  prefix: "mtlora",
  check: async (golden, runner, ledger) => {
    const setting = mtloraSetting(golden);
    await checkLayer(setting, goldenLayer(setting), runner, ledger);
    if (golden.names("lora.").length > 0) await checkLora(golden, runner, ledger);
    if (golden.names("linear.").length > 0) await checkLinear(golden, runner, ledger);
  },
};
