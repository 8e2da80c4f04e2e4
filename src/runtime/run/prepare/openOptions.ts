/** How a run's configuration has the user's own files opened. */

import type { FileOptions } from "../../../contracts/dataOrigin";
import type { DataConfig } from "../../../contracts/runConfig";

/** Which images are held out does not hang on the run's seed: runs of several seeds are measured on the same ones. */
const SPLIT_SEED = 0;

export type Reading = Pick<DataConfig, "layout" | "valShare" | "labelEncodings">;

/** Nobody has said anything of the files. */
export const asItIs: Reading = { layout: "auto", valShare: 0, labelEncodings: {} };

export const openOptions = (name: string, { layout, valShare, labelEncodings }: Reading): FileOptions => ({
  name,
  seed: SPLIT_SEED,
  layout,
  valShare,
  labelEncodings,
});
