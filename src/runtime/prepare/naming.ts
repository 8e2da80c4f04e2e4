/** The names that a family of backbones was first released under: what exports use. */

import { type BackboneChoice, resolveBackbone } from "../../core/backbones/registry";
import type { NamingId } from "../../core/checkpoint/nameTables/registry";
import type { Model } from "../../core/model/model";

const originals: Readonly<Record<string, NamingId>> = { swin: "swin", vit: "vit" };

export const familyOf = (choice: BackboneChoice): string => resolveBackbone(choice).family;

/** @throws for a family that has no names of its own yet. */
export function originalNaming({ spec }: Model): NamingId {
  const naming = originals[familyOf(spec.backbone)];
  if (!naming)
    throw new Error(`Backbones of the family ${familyOf(spec.backbone)} have no names to be exported under.`);
  return naming;
}
