/** Runs of a study that differ in nothing but their seed. */
import type { StudyPlace } from "../../contracts/run";
import type { RunConfig } from "../../contracts/runConfig";

interface Placed {
  readonly config: RunConfig;
  readonly place?: StudyPlace;
}

/** The same text for runs of one study that differ in their seed alone; of a run outside of a study, undefined. */
export function variantKey({ config, place }: Placed): string | undefined {
  const { seed: _, ...training } = config.training;
  return place && `${place.study} ${JSON.stringify({ ...config, training })}`;
}

export interface Variant<R extends Placed> {
  readonly key: string;
  /** By seed. */
  readonly runs: readonly R[];
}

/** Variants of a study in the order in which its runs were asked for. */
export function variantsOf<R extends Placed>(runs: readonly R[]): readonly Variant<R>[] {
  const keys = [...new Set(runs.map((run) => variantKey(run) ?? ""))];
  return keys.map((key) => ({
    key,
    runs: runs
      .filter((run) => (variantKey(run) ?? "") === key)
      .toSorted((a, b) => a.config.training.seed - b.config.training.seed),
  }));
}
