import type { GoldenCase } from "./golden";
import type { Ledger } from "./ledger";
import type { GraphRunner } from "./runner";

/** One kind of golden case: which cases it is for, and how they are computed and compared. */
export interface CaseKind {
  /** What the names of its cases start with, before "_". */
  readonly prefix: string;
  /** Computes the case on `runner` and enters every error into `ledger`. @throws where the case lacks something. */
  check(golden: GoldenCase, runner: GraphRunner, ledger: Ledger): Promise<void>;
}
