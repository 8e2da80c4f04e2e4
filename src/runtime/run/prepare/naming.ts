/** The names that a family of backbones was first released under: what exports use. */
import { resolveBackbone } from "../../../core/backbones/registry";
import { familyOf } from "../../../core/checkpoint/families/registry";
import type { Model } from "../../../core/model/model";

export function originalNaming({ spec }: Model): string {
  const { family, settings } = resolveBackbone(spec.backbone, spec.backboneSettings);
  return familyOf(family).original(settings);
}
