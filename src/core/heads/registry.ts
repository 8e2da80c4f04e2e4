import { hrnet } from "./hrnet";

export const heads = { hrnet } as const;

export type HeadId = keyof typeof heads;
