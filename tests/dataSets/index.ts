/** Scenes in every layout that is read. */
import { cityscapes } from "./cityscapes";
import type { MadeDataSet, MakeOptions } from "./dataSet";
import { mtanCityscapes, mtanNyud } from "./mtan";
import { nyud } from "./nyud";
import { pascal } from "./pascal";
import { plainArrays, plainPictures, plainSingleTask } from "./plain";
import { taskonomy } from "./taskonomy";

export type { MadeDataSet, MadeSample, MakeOptions } from "./dataSet";

/** By the name of the folder that scripts/make-data-fixtures.mjs writes. */
export const dataSets: Readonly<Record<string, (options: MakeOptions) => MadeDataSet>> = {
  pascal_mt: pascal,
  "nyud_mt-astmt": (options) => nyud("astmt", options),
  "nyud_mt-mti": (options) => nyud("mtiNet", options),
  "nyud_mt-atrc": (options) => nyud("atrc", options),
  taskonomy,
  cityscapes,
  "mtan-nyuv2": mtanNyud,
  "mtan-cityscapes": mtanCityscapes,
  "plain-pictures": plainPictures,
  "plain-arrays": plainArrays,
  "plain-depth": plainSingleTask,
};
