/** Configurations that cannot run, told by name before anything is allocated. */
import type { RunConfig } from "../../../contracts/runConfig";
import type { DataSource } from "../../../contracts/sample";
import { buildModel, type Model } from "../../../core/model/model";
import type { Inputs } from "../inputs";
import { modelSpec } from "./modelSpec";
import { chosenBackbone } from "./startingPoints";

/** What a configuration asks for does not exist or does not fit; the message names field, value and what is allowed. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** @throws Refusal where `look` throws. */
export function refusing<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal((error as Error).message, { cause: error });
  }
}

/** `refusing` for what takes its time. */
export async function refusingLater<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal((error as Error).message, { cause: error });
  }
}

/**
 * The model that a run would train: shapes and names alone, no weights, no device, no data read.
 * @throws Refusal where there is none.
 */
export const checkedModel = (config: RunConfig, source: DataSource, { weights }: Inputs): Model =>
  refusing(() => buildModel(modelSpec(config, source, chosenBackbone(config.backbone, weights))));
