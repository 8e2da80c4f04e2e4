/** What `npm run plan` is asked for. */
import { parseRunConfig, type RunConfig } from "../../contracts/runConfig";
import { presets } from "../../runtime/products/catalogue/presets";
import type { PlanRequest } from "../../runtime/products/plan/plannedStep";
import { configured, type Flags } from "./commands";

/** The default run, changed by the options as npm run finetune changes it. */
export const planConfig = (flags: Flags<"plan">): RunConfig => configured(parseRunConfig(presets[0]!.config), flags);

/** As much of a run as decides what a step costs. */
export function planRequest({ backbone, input, training, method, decoder, tasks }: RunConfig): PlanRequest {
  const image = input.imageSize === 0 ? {} : { image: input.imageSize };
  return { backbone, ...image, batch: training.batchSize, method: method.id, decoder, tasks };
}
