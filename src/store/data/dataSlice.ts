/** Everything about data that is looked at before a run uses it, and the changes that a person makes there. */
import type { RunConfig, TaskId } from "../../contracts/runConfig";
import type { RunEvent } from "../../contracts/runEvent";
import type { CatalogueSlice } from "../catalogueSlice";
import type { SetupSlice } from "../setup/setupSlice";
import { type AugmentedSlice, foldAugmented, noAugmented } from "./augmentedSlice";
import { type Draft, draftOf, examinedConfig, freshDraft, lookConfig } from "./draft";
import { foldSubset, noSubset, type SubsetSlice } from "./subsetSlice";
import { brokenImages, foldSurvey, noSurvey, type SurveySlice } from "./surveySlice";
import { foldThumbnails, noThumbnails, type ThumbnailSlice } from "./thumbnailSlice";

export interface DataSlice {
  /** null: the data is looked at as the set-up has it. */
  readonly draft: Draft | null;
  readonly survey: SurveySlice;
  readonly thumbnails: ThumbnailSlice;
  readonly subset: SubsetSlice;
  readonly augmented: AugmentedSlice;
}

export const noData: DataSlice = {
  draft: null,
  survey: noSurvey,
  thumbnails: noThumbnails(),
  subset: noSubset,
  augmented: noAugmented,
};

type Around = { readonly catalogue: CatalogueSlice; readonly setup: SetupSlice };
type WithData = { readonly data: DataSlice };

/** `asked`: files were handed over and not answered yet. What is then opened is looked at, and used when a person says so. */
export function foldData(slice: DataSlice, event: RunEvent, { catalogue, setup }: Around, asked: boolean): DataSlice {
  const { known } = catalogue;
  const opened = event.type === "data" && asked && known && setup.config;
  return {
    draft: opened ? freshDraft(known, setup.preset, setup.config, event.entry.id) : slice.draft,
    survey: foldSurvey(slice.survey, event, asked),
    thumbnails: foldThumbnails(slice.thumbnails, event),
    subset: foldSubset(slice.subset, event),
    augmented: foldAugmented(slice.augmented, event, asked),
  };
}

/** Another source is looked at: the set-up's own as the set-up has it, any other all of it. */
export function examineSource(slice: DataSlice, { catalogue: { known }, setup }: Around, source: string): DataSlice {
  const { config, preset } = setup;
  if (!known || !config) return slice;
  return {
    ...slice,
    draft: config.data.source === source ? null : freshDraft(known, preset, config, source),
    thumbnails: noThumbnails(slice.thumbnails.generation + 1),
    subset: noSubset,
    augmented: noAugmented,
  };
}

/**
 * The configuration that a run would have with the data that is looked at, without the images that were found broken; null until there is one.
 * The set-up's own, the very object, where that changes nothing.
 */
export function configLookedAt({ catalogue: { known, opened }, setup: { config }, data }: Around & WithData) {
  if (!known || !config) return null;
  const source = data.draft?.data.source ?? config.data.source;
  return examinedConfig(known, config, data.draft, source === opened?.entry.id ? brokenImages(data.survey) : []);
}

/** The same with every task that the data has labels for, and with images that no run can read: all of it is to be seen. */
export function labelsLookedAt({ catalogue: { known }, setup: { config }, data }: Around & WithData) {
  return known && config ? lookConfig(known, config, data.draft) : null;
}

/** Changes the draft; begins one where there is none. */
export function editDraft(slice: DataSlice, config: RunConfig | null, edit: (draft: Draft) => Draft): DataSlice {
  return config ? { ...slice, draft: edit(slice.draft ?? draftOf(config)) } : slice;
}

/** At least one task stays. */
export const withTasks = (draft: Draft, tasks: readonly TaskId[]): Draft =>
  tasks.length > 0 ? { ...draft, tasks } : draft;
