/** The model of a golden file, read off its sizes and its state dict, with the file's weights and batch. */

import { type ForeignTensor, importReference, referenceNames } from "../../../core/checkpoint/names";
import { type DitaskSettings, FLOW_TIME } from "../../../core/methods/ditask";
import type { MtloraSettings } from "../../../core/methods/mtlora";
import type { MethodChoice } from "../../../core/methods/registry";
import type { Evaluation } from "../../../core/methods/spectralLinear";
import { inputs } from "../../../core/model/graphs";
import { buildModel, type Model, type ModelSpec } from "../../../core/model/model";
import { decomposeSites } from "../../../core/model/spectra";
import { type ParameterGroup, parameterGroups } from "../../../core/nn/parameters";
import type { SiteKind } from "../../../core/nn/site";
import { initialWeights, type Weights } from "../../../core/nn/weights";
import type { GoldenCase } from "./golden";
import { channelsLast } from "./maps";
import { modeOf } from "./mtlora";
import type { NumberFeeds } from "./runner";

export interface GoldenModel {
  readonly golden: GoldenCase;
  readonly model: Model;
  readonly weights: Weights;
  readonly feeds: NumberFeeds;
  /** B */
  readonly batch: number;
  readonly tasks: readonly string[];
  /** Tensors of the state dict that reach no output, under the reference's names. */
  readonly dead: readonly string[];
}

const STATE = "state.";

/** How the reference's names of the sites end. */
const siteNames: Readonly<Record<SiteKind, string>> = {
  qkv: "attn.qkv",
  proj: "attn.proj",
  fc1: "mlp.fc1",
  fc2: "mlp.fc2",
  reduction: "downsample.reduction",
};

const adaptedSites = (states: readonly string[]): SiteKind[] =>
  (Object.keys(siteNames) as SiteKind[]).filter((kind) =>
    states.some((name) => name.includes(`.${siteNames[kind]}.lora_`)),
  );

/** What the first tensor with `part` in its name says; `fallback` where there is none. */
function sizeAt(golden: GoldenCase, part: string, axis: number, fallback: number): number {
  const name = golden.names(STATE).find((key) => key.includes(part));
  return name ? golden.tensor(name).shape[axis]! : fallback;
}

function ditaskChoice(
  golden: GoldenCase,
  tasks: readonly string[],
  evaluation: DitaskSettings["evaluation"],
): MethodChoice {
  const states = golden.names(STATE);
  const has = (part: string): boolean => states.some((name) => name.includes(part));
  const cells = (part: string): number => sizeAt(golden, part, 1, 1) + 1;
  const settings: Partial<DitaskSettings> = {
    reading: "index",
    streams: !has(".lora_tasks_A.") ? "shared" : has(".lora_shared_A") ? "both" : "task",
    sharedCells: cells(".lora_shared_A"),
    taskCells: Object.fromEntries(tasks.map((task) => [task, cells(`.lora_tasks_A.${task}`)])),
    sites: adaptedSites(states),
    evaluation,
    reference: true,
  };
  return { id: "ditask", settings };
}

function mtloraChoice(golden: GoldenCase, tasks: readonly string[]): MethodChoice {
  const scale = golden.find("sizes.scale");
  const settings: Partial<MtloraSettings> = {
    mode: modeOf(golden),
    rankShared: sizeAt(golden, ".lora_shared_A", 0, 1),
    rankTask: Object.fromEntries(tasks.map((task) => [task, sizeAt(golden, `.lora_tasks_A.${task}`, 0, 1)])),
    sites: adaptedSites(golden.names(STATE)),
    reference: true,
    ...(typeof scale === "number" ? { scale } : {}),
  };
  return { id: "mtlora", settings };
}

/** By the state dict: low-rank pairs are MTLoRA's, single vectors DiTASK's. */
function methodOf(
  golden: GoldenCase,
  tasks: readonly string[],
  evaluation: DitaskSettings["evaluation"],
): MethodChoice {
  const states = golden.names(STATE);
  if (states.some((name) => /\.lora_(shared|tasks)_B/.test(name))) return mtloraChoice(golden, tasks);
  if (states.some((name) => name.includes(".lora_"))) return ditaskChoice(golden, tasks, evaluation);
  return { id: "full" };
}

function specOf(golden: GoldenCase, tasks: readonly string[], adapter: MethodChoice): ModelSpec {
  const outputs = golden.record("sizes.outputs");
  return {
    backbone: "swin-t",
    backboneSettings: {
      patch: golden.number("sizes.patch"),
      embed: golden.number("sizes.embed"),
      depths: golden.numbers("sizes.depths"),
      heads: golden.numbers("sizes.heads"),
      window: golden.number("sizes.window"),
      mlpRatio: golden.number("sizes.mlp_ratio"),
      dropPath: 0,
      featuresBeforeMerging: false,
    },
    imageSize: golden.number("sizes.img"),
    method: adapter,
    decoder: { id: "hrnet", settings: { widths: golden.numbers("sizes.decoder") } },
    tasks: tasks.map((id) => ({ id, classes: Number(outputs[id]) })),
    losses: "reference",
  };
}

/** The backbone's own groups train where the file has a gradient for one of their parameters. */
function trainedGroups(golden: GoldenCase, model: Model): Partial<Record<ParameterGroup, boolean>> {
  const names = referenceNames(
    model,
    initialWeights(model.layout, 0, () => false),
  );
  const own: readonly ParameterGroup[] = ["norm", "patch_embed", "patch_merging", "position_bias", "linear"];
  return Object.fromEntries(
    parameterGroups
      .filter((group) => own.includes(group))
      .map((group) => [
        group,
        model.layout.parameters.some((p) => p.group === group && golden.has(`grad.${names.get(p.name)!.name}`)),
      ]),
  );
}

function feedsOf(golden: GoldenCase, model: Model, tasks: readonly string[]): NumberFeeds {
  const labels = tasks.map((id) => [inputs.label(id), channelsLast(golden.tensor(`label.${id}`)).data] as const);
  return {
    [inputs.image]: channelsLast(golden.tensor("image")).data,
    ...Object.fromEntries(labels),
    [inputs.taskWeights]: tasks.map((id) => golden.number(`values.loss_weights.${id}`)),
    [inputs.accumulate]: [0],
    ...(model.method.curves.length > 0 ? { [FLOW_TIME]: [1] } : {}),
  };
}

/** @throws where the state dict lacks a parameter of the model, or has one that the model has no place for. */
export function goldenModel(golden: GoldenCase, evaluation: Evaluation | "auto" = "auto"): GoldenModel {
  const tasks = golden.texts("sizes.tasks");
  const adapter = methodOf(golden, tasks, evaluation);
  const spec = specOf(golden, tasks, adapter);
  const model = buildModel({ ...spec, train: trainedGroups(golden, buildModel(spec)) });
  const weights = initialWeights(model.layout, 1, () => false);
  const state = new Map<string, ForeignTensor>(
    golden.names(STATE).map((name) => [name.slice(STATE.length), golden.tensor(name)]),
  );
  const { missing, unknown } = importReference(model, weights, state);
  if (missing.length > 0)
    throw new Error(`Tensors are missing from the state of ${golden.name}: ${missing.join(", ")}.`);
  // The released DiTASK gives qkv task warps whose output it discards.
  const strange = unknown.filter((name) => !name.includes("qkv.lora_tasks_A."));
  if (strange.length > 0)
    throw new Error(`${golden.name} has state that no parameter here takes: ${strange.join(", ")}.`);
  decomposeSites(model, weights);
  const batch = golden.tensor("image").shape[0]!;
  return { golden, model, weights, feeds: feedsOf(golden, model, tasks), batch, tasks, dead: unknown };
}
