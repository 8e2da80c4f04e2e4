/**
 * The images of a comparison: the same training images for every seed, validation images that are reported, and others, held out from
 * both, that learning rates are chosen on. Each is loaded once and kept.
 */
import type { DataSource, Split } from "../../../contracts/sample";
import { random } from "../../../core/math/random";
import { chosenSamples } from "../../../data/chosen";
import { keepSamples } from "../../../data/keepSamples";

export interface Views {
  /** Training images, and the reported ones as its validation images. */
  readonly reported: DataSource;
  /** The same training images, and the choosing ones as its validation images. */
  readonly choosing: DataSource;
}

export interface ViewSizes {
  /** Training images; 0: all. */
  readonly train: number;
  /** Reported images; 0: all that are not for choosing. */
  readonly reported: number;
  readonly choosing: number;
}

/** Which images are taken does not depend on a run's seed: runs of several seeds learn from and are measured on the same ones. */
const CHOICE_SEED = 0;

/** @throws where the data set has too few images. */
export function makeViews(source: DataSource, { train, reported, choosing }: ViewSizes): Views {
  const need = reported + choosing + (reported === 0 ? 1 : 0);
  if (source.size.val < need)
    throw new Error(
      `${source.name} has ${source.size.val} validation images, but ${reported} to report and ${choosing} to choose rates on were asked for. Ask for ${source.size.val} in all or fewer.`,
    );
  if (source.size.train < train)
    throw new Error(`${source.name} has ${source.size.train} training images; ${train} were asked for. Ask for fewer.`);
  const order = (split: Split): Uint32Array => random(CHOICE_SEED, "compare", split).permutation(source.size[split]);
  const val = order("val");
  const kept = keepSamples(source);
  const trained = order("train").slice(0, train > 0 ? train : source.size.train);
  const own = reported > 0 ? reported : source.size.val - choosing;
  return {
    reported: chosenSamples(kept, { train: trained, val: val.slice(0, own) }),
    choosing: chosenSamples(kept, { train: trained, val: val.slice(own, own + choosing) }),
  };
}
