import { aspp } from "./aspp";
import { hrnet } from "./hrnet";
import { segformer } from "./segformer";

/** Every decoder, in the order in which the page offers them. */
export const heads = { hrnet, segformer, aspp } as const;

export type HeadId = keyof typeof heads;
/** A decoder and the settings that differ from its defaults. */
export type HeadChoice = {
  [Id in HeadId]: { readonly id: Id; readonly settings?: Partial<(typeof heads)[Id]["defaults"]> };
}[HeadId];
