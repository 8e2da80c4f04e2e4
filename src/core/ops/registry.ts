/** Every composite and host op, one line each. */
import type { OpDef } from "../graph/node";
import type { OpCases } from "./cases";

export interface OpEntry {
  readonly def: OpDef;
  readonly cases: OpCases;
}

export const ops: readonly OpEntry[] = [];
