/** The names that a family of backbones was first released under: what exports use. */

import { type BackboneChoice, resolveBackbone } from "../../../core/backbones/registry";
import type { NamingId } from "../../../core/checkpoint/nameTables/registry";
import type { Model } from "../../../core/model/model";

/** By family and settings; ViTs with registers are DINOv2's. */
const originals: Readonly<Record<string, (settings: object) => NamingId>> = {
  swin: () => "swin",
  vit: (settings) => ((settings as { readonly registers?: number }).registers ? "dinov2" : "vit"),
};

export const familyOf = (choice: BackboneChoice): string => resolveBackbone(choice).family;

/** @throws for a family that has no names of its own yet. */
export function originalNaming({ spec }: Model): NamingId {
  const { family, settings } = resolveBackbone(spec.backbone, spec.backboneSettings);
  const naming = originals[family]?.(settings);
  if (!naming) throw new Error(`Backbones of the family ${family} have no names to be exported under.`);
  return naming;
}
