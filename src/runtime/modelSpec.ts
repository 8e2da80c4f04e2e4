/** A run's configuration as a model: which method with which settings on which backbone, for the classes that the data has. */
import type { RunConfig } from "../contracts/runConfig";
import type { DataSource } from "../contracts/sample";
import { type AdapterChoice, type AdapterId, adapters } from "../core/adapters/registry";
import type { ModelSpec } from "../core/model/model";
import { startingPoint } from "./startingPoints";

/** A field of the run file with a value that does not exist, and what does. */
const unknown = (field: string, value: string, known: readonly string[]): Error =>
  new Error(`${field} is "${value}"; known: ${known.join(", ")}.`);

function adapterChoice({ id, warp, cellsShared, cellsTask, streams, init }: RunConfig["method"]): AdapterChoice {
  if (!(id in adapters)) throw unknown("method.id", id, Object.keys(adapters));
  if (id !== "ditask") return { id: id as Exclude<AdapterId, "ditask"> };
  return {
    id: "ditask",
    settings: { reading: warp, sharedCells: cellsShared, taskCells: cellsTask, streams, start: init },
  };
}

export function modelSpec(config: RunConfig, source: DataSource): ModelSpec {
  const offered = source.tasks.map(({ task }) => task);
  const missing = config.tasks.filter((id) => !offered.includes(id));
  if (missing.length > 0)
    throw new Error(`${source.name} has no labels for ${missing.join(", ")}. It has: ${offered.join(", ")}.`);
  const { free } = config.method;
  const freed = {
    norm: free.norms,
    patch_merging: free.patchMerging,
    position_bias: free.positionBias,
    patch_embed: free.patchEmbed,
  };
  return {
    backbone: startingPoint(config.backbone).backbone,
    backboneSettings: { dropPath: config.training.dropPath },
    adapter: adapterChoice(config.method),
    tasks: config.tasks.map((id) => {
      const classes = source.tasks.find(({ task }) => task === id)?.classCount;
      return classes === undefined ? { id } : { id, classes };
    }),
    // What the method trains by itself (everything, or decoders only) is not for the switches of the warps' companions.
    ...(config.method.id === "ditask" ? { train: freed } : {}),
    losses: "masked",
  };
}
