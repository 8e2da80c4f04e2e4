/** Which sites a method adapts: a setting that most methods have. */
import { type SiteKind, siteKinds } from "../nn/site";
import type { MethodSetting } from "./method";

/** The sites of every published comparison: all linear layers of the blocks. */
export const blockSites: readonly SiteKind[] = ["qkv", "proj", "fc1", "fc2"];

const siteHelp: Readonly<Record<SiteKind, readonly [string, string]>> = {
  qkv: ["queries, keys, values", "The attention's first map."],
  proj: ["attention output", "The attention's last map."],
  fc1: ["MLP in", "The MLP's first map, to the wide layer."],
  fc2: ["MLP out", "The MLP's second map, back from the wide layer."],
  reduction: ["patch merging", "The map between stages; its own weight then stays frozen."],
};

/** The control of a setting `sites`. */
export const sitesSetting = (kinds: readonly SiteKind[] = siteKinds): MethodSetting<"sites"> => ({
  key: "sites",
  kind: "choices",
  label: "Adapted layers",
  help: "Which linear layers of the backbone get the method. The others keep their weights.",
  advanced: true,
  choices: kinds.map((id) => ({ id, label: siteHelp[id][0], help: siteHelp[id][1] })),
});
