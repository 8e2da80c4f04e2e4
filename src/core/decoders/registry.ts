import { aspp } from "./aspp";
import { hrnet } from "./hrnet";
import { segformer } from "./segformer";

/** Every decoder, in the order in which the page offers them. */
export const decoders = { hrnet, segformer, aspp } as const;

export type DecoderId = keyof typeof decoders;
/** A decoder and the settings that differ from its defaults. */
export type DecoderChoice = {
  [Id in DecoderId]: { readonly id: Id; readonly settings?: Partial<(typeof decoders)[Id]["defaults"]> };
}[DecoderId];
