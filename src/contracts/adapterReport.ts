/** What an exported adapter turned out to be, and whether the backbone that is there is the one that it belongs to. */
import type { AdapterRef, RunConfig } from "./runConfig";

export interface AdapterReport {
  /** What a run that starts from it names. */
  readonly ref: AdapterRef;
  /** Of the run that wrote it. */
  readonly config: RunConfig;
  /** How many values it holds: trained parameters and running statistics. */
  readonly numbers: number;
  /** The backbone that it belongs to, by content and as its run called it. */
  readonly base: { readonly sha256: string; readonly label: string };
  /** The backbone that a run on it would start from now: what RunConfig.backbone says, and its hash. null: there is none to compare. */
  readonly found: { readonly backbone: string; readonly label: string; readonly sha256: string } | null;
  /** Why no run can start from it now; empty: one can. */
  readonly problem: string;
}
