/** --adapter: a run that starts from what another run exported has its configuration from there. */

import { heldConfig } from "../../contracts/changes";
import type { RunConfig } from "../../contracts/runConfig";
import { presets } from "../../runtime/products/catalogue/presets";
import { contradictions, describeContradiction } from "../../runtime/run/prepare/startFromAdapter";
import { readAdapter } from "../../runtime/session/node/nodeAdapter";
import { optionOf } from "./commands";
import { isOwnData } from "./fieldOptions";

export type GivenAdapter = Awaited<ReturnType<typeof readAdapter>> & {
  /** What the person wrote. */
  readonly given: string;
};

interface AdapterFlags {
  readonly adapter?: string | undefined;
  readonly preset?: string | undefined;
  readonly data?: string | undefined;
  readonly backbone?: string | undefined;
}

/** The adapter that the options name; null where they name none. @throws where it cannot be read, or other options contradict it. */
export async function givenAdapter({ adapter, preset }: AdapterFlags): Promise<GivenAdapter | null> {
  if (adapter === undefined) return null;
  if (preset !== undefined)
    throw new Error(
      `--preset ${preset} cannot be given with --adapter: the set-up is the adapter's. Leave --preset out.`,
    );
  return { ...(await readAdapter(adapter)), given: adapter };
}

/** What a run on an adapter is configured as, before other options: as the run that trained it was at its end, on whatever device there is. */
export function adaptersConfig({ config, given }: GivenAdapter, { data, backbone }: AdapterFlags): RunConfig {
  const ownData = config.data.source !== "scenes";
  if (ownData && data === undefined)
    throw new Error(`The adapter ${given} was trained on files of its user's own; give data with --data DIR|ZIP.`);
  if (config.backbone === "file" && backbone === undefined)
    throw new Error(`The adapter ${given} belongs to weights from a file; give that file with --backbone FILE.`);
  const { adapter: _, ...own } = heldConfig(config);
  const sameKind = data === undefined || ownData === isOwnData(data);
  return { ...own, device: "auto", ...(!sameKind && { data: presets[0]!.config.data }) };
}

/** @throws where the run's configuration says something else than the adapter's in what both must share, or names another adapter. */
export function checkAdapter(config: RunConfig, { config: own, given }: GivenAdapter, file: string | undefined): void {
  const [first] = contradictions(config, own);
  if (!first) return;
  throw new Error(
    describeContradiction(first, file ? `${first.path} (${file} or an option)` : optionOf(first.path), given),
  );
}

/** @throws where a run file starts from an adapter, and another one is given. */
export function checkSameAdapter(named: RunConfig["adapter"], { ref, given }: GivenAdapter): void {
  if (!named || named.sha256 === ref.sha256) return;
  throw new Error(
    `--adapter ${given} has the SHA-256 ${ref.sha256}, but the run file starts from ${named.name} with ${named.sha256}. Give that adapter.`,
  );
}
