import { bitfit } from "./bitfit";
import { bottleneck } from "./bottleneck";
import { compacter } from "./compacter";
import { decoderOnly } from "./decoderOnly";
import { ditask } from "./ditask";
import { full } from "./full";
import { lora } from "./lora";
import { mtlora } from "./mtlora";
import { normsOnly } from "./normsOnly";
import { svdiff } from "./svdiff";
import { svft } from "./svft";
import { vpt } from "./vpt";

/** Every method, in the order in which the page offers them. */
export const methods = {
  ditask,
  svft,
  svdiff,
  mtlora,
  lora,
  bottleneck,
  compacter,
  vpt,
  bitfit,
  normsOnly,
  full,
  decoderOnly,
} as const;

export type MethodId = keyof typeof methods;
export type MethodSettings<Id extends MethodId> = (typeof methods)[Id]["defaults"];
/** A method and the settings that differ from its defaults. */
export type MethodChoice = {
  [Id in MethodId]: { readonly id: Id; readonly settings?: Partial<MethodSettings<Id>> };
}[MethodId];
