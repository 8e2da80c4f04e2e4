/**
 * What `adapter_config.json` says. Its fields are those of Hugging Face PEFT where PEFT has them. A LoRA run that trains nothing else in
 * the backbone is of PEFT's own type; the other methods have types of their own, which PEFT refuses by name.
 */
import { normalisations } from "../../../contracts/normalisation";
import { resolveBackbone } from "../../../core/backbones/registry";
import { familyOf } from "../../../core/checkpoint/families/registry";
import { planNames } from "../../../core/checkpoint/importPlan";
import type { LoraSettings } from "../../../core/methods/lora";
import { resolveSettings } from "../../../core/methods/settings";
import { methodOf } from "../../run/prepare/modelSpec";
import { originalNaming } from "../../run/prepare/naming";
import type { PreparedRun } from "../../run/prepare/preparedRun";

type Settings = Readonly<Record<string, unknown>>;

const withoutPrefix = (name: string): string => name.replace(/^backbone\./, "");

function adaptedSites({ parts: { model, weights } }: PreparedRun): readonly string[] {
  const own = (site: string) => (name: string) =>
    name.startsWith(`${site}.`) && !["weight", "bias"].includes(name.slice(site.length + 1));
  return model.backbone.sites.map(({ name }) => name).filter((site) => weights.names.some(own(site)));
}

export function peftType({ parts: { config, model } }: PreparedRun): string {
  const { id } = config.method;
  const alone = model.layout.parameters.every(
    ({ name, trainable, group }) => !trainable || group === "method" || !name.startsWith("backbone."),
  );
  if (id === "ditask") return "DITASK";
  return id === "lora" && alone ? "LORA" : `DITASK_STUDIO_${id.toUpperCase()}`;
}

const loraFields = ({ rank, alpha }: LoraSettings): Settings => ({
  r: rank,
  lora_alpha: alpha,
  lora_dropout: 0,
  fan_in_fan_out: false,
  modules_to_save: null,
});

/** Which theta warps which site for which stream, for the Python loader. */
function warpFields({ parts: { model } }: PreparedRun): Settings {
  const { curves } = model.method;
  const sites = new Map<string, { name: string; parts: number; streams: Record<string, Settings> }>();
  for (const { site, stream, theta, cells } of curves) {
    const known = sites.get(site.name) ?? { name: withoutPrefix(site.name), parts: site.parts, streams: {} };
    known.streams[stream] = { name: theta, cells };
    sites.set(site.name, known);
  }
  return { reading: curves[0]!.reading, boundary: curves[0]!.boundary, sites: [...sites.values()] };
}

/** By original name, the names that the backbone's own file has for it; the rows of several follow one another. */
function baseNames({ parts: { model, fileNames } }: PreparedRun): Settings {
  if (!fileNames) return {};
  const keys = new Map(fileNames.tensors.map((tensor) => [tensor.ours, tensor.keys]));
  const original = planNames(model.layout.parameters, originalNaming(model)).tensors;
  return { base_names: Object.fromEntries(original.map(({ ours, keys: [name] }) => [name!, keys.get(ours)!])) };
}

export interface AdapterAbout {
  /** Of the pretrained backbone. */
  readonly hash: string;
  /** What the run calls it. */
  readonly backbone: string;
  /** The expected outputs are every so many pixels. */
  readonly stride: number;
}

export function adapterConfig(run: PreparedRun, { hash, backbone, stride }: AdapterAbout): Settings {
  const { config, model } = run.parts;
  const def = methodOf(config.method);
  const settings = resolveSettings(def, config.method.settings);
  const { family, settings: sizes } = resolveBackbone(model.spec.backbone, model.spec.backboneSettings);
  const architecture = familyOf(family).forPython?.(sizes);
  const { mean, deviation } = normalisations[config.input.normalisation];
  return {
    peft_type: peftType(run),
    task_type: null,
    base_model_name_or_path: backbone,
    base_model_sha256: hash,
    inference_mode: true,
    bias: "none",
    target_modules: adaptedSites(run).map(withoutPrefix),
    ...(def.id === "lora" ? loraFields(settings as LoraSettings) : {}),
    method: { id: def.id, settings, free: config.method.unfreeze },
    tasks: config.tasks,
    head: config.decoder,
    family,
    image_size: model.imageSize,
    image_mean: mean,
    image_std: deviation,
    stride,
    ...(architecture && { ...architecture, ...baseNames(run) }),
    ...(model.method.curves.length > 0 ? warpFields(run) : {}),
  };
}
