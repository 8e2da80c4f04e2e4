/** The parameters that a run starts from: those of its backbone, and fresh ones for all that is added to it. */
import type { RunConfig } from "../../../contracts/runConfig";
import { type NamePlan, planNames, pretrained } from "../../../core/checkpoint/importPlan";
import { importWeights } from "../../../core/checkpoint/importWeights";
import { fitPositions } from "../../../core/checkpoint/positions";
import { readSafetensors } from "../../../core/checkpoint/safetensors";
import { buildModel, type Model } from "../../../core/model/model";
import { initialWeights, type Weights } from "../../../core/nn/weights";
import type { Platform } from "../../platform/platform";
import { hashOfBackbone } from "./baseHash";
import { backboneSpec } from "./modelSpec";
import { FILE_BACKBONE, type OpenedBackbone } from "./openedBackbone";
import { chosenBackbone, needOpened, startingPoint } from "./startingPoints";

type Assets = Pick<Platform, "readAsset">;
export type Progress = (message: string, fraction: number) => void;

type BackboneSetting = Pick<RunConfig, "backbone" | "input" | "training">;

/** Where the user's own file has the parameters of a model; undefined where the backbone is built in. */
export function fileNames(
  { backbone }: BackboneSetting,
  { layout }: Model,
  opened: OpenedBackbone | undefined,
): NamePlan | undefined {
  if (backbone !== FILE_BACKBONE) return undefined;
  const { recognised, tensors } = needOpened(opened);
  return planNames(layout.parameters, recognised.naming, recognised.prefix, tensors);
}

/** Fresh parameters for what a method and the decoders add; those of the backbone from its file. */
export async function startingWeights(
  config: BackboneSetting,
  { layout }: Model,
  opened: OpenedBackbone | undefined,
  assets: Assets,
  onProgress: Progress,
): Promise<Weights> {
  const { seed } = config.training;
  if (config.backbone !== FILE_BACKBONE) {
    const weights = initialWeights(layout, seed);
    await loadBackbone(config, weights, assets);
    return weights;
  }
  const { recognised, tensors } = needOpened(opened);
  const filled = new Set(pretrained(layout.parameters).map(({ name }) => name));
  const weights = initialWeights(layout, seed, (name) => !filled.has(name));
  await importWeights(weights, recognised, tensors, (fraction) => onProgress("Reading the weights", 0.1 * fraction));
  return weights;
}

/** Puts the built-in weights over the random ones. Every number of the file must find its place, and every backbone weight its number. */
async function loadBackbone(config: BackboneSetting, weights: Weights, assets: Assets): Promise<void> {
  const asset = startingPoint(config.backbone).asset;
  if (!asset) return;
  const { tensors } = readSafetensors(await assets.readAsset(asset));
  const pretrained = weights.layout.parameters.filter(({ group }) => group !== "theta" && group !== "method");
  const wanted = new Set(pretrained.map(({ name }) => name).filter((name) => name.startsWith("backbone.")));
  for (const [name, tensor] of tensors) {
    const full = `backbone.${name}`;
    if (!wanted.delete(full))
      throw new Error(
        `${asset} holds "${name}", which the backbone ${config.backbone} does not have. Make it again: npm run pretrain.`,
      );
    weights.set(full, fitPositions(full, tensor.data as Float32Array, tensor.shape, weights.shape(full)));
  }
  if (wanted.size > 0)
    throw new Error(
      `${asset} lacks ${[...wanted].slice(0, 3).join(", ")} and so on, ${wanted.size} in all. Make it again: npm run pretrain.`,
    );
}

/** The hash of the backbone alone that runs of this configuration start from: what their adapters belong to. @throws where there is none. */
export async function backboneHash(
  config: BackboneSetting,
  opened: OpenedBackbone | undefined,
  assets: Assets,
): Promise<string> {
  const spec = backboneSpec(config, chosenBackbone(config.backbone, opened));
  const model = buildModel({ ...spec, method: { id: "full" }, tasks: [{ id: "sal" }] });
  return hashOfBackbone(model, await startingWeights(config, model, opened, assets, () => {}));
}
