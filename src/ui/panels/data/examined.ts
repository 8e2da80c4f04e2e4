/** What the parts of the data view look at: the draft, or the set-up's data where there is none. */
import { useMemo } from "react";
import type { DataEntry } from "../../../contracts/catalogue";
import type { DataConfig, RunConfig, TaskId } from "../../../contracts/runConfig";
import type { Split } from "../../../contracts/sample";
import type { SampleSurvey, Survey } from "../../../contracts/survey";
import { type Draft, draftOf, examinedConfig, isPending } from "../../../store/data/draft";
import { labelledTasks } from "../../../store/data/fitTasks";
import { brokenImages } from "../../../store/data/surveySlice";
import { thumbnailKey } from "../../../store/data/thumbnailSlice";
import { useCatalogue, useSlice } from "../../parts/context";

export interface Examined {
  /** As a run would have it: without the images that cannot be read. */
  readonly config: RunConfig;
  /** As a person chose it. */
  readonly data: DataConfig;
  readonly draft: Draft;
  readonly entry: DataEntry;
  /** Tasks that the data has labels for. */
  readonly labelled: readonly TaskId[];
  /** Tasks that a run would train. */
  readonly tasks: readonly TaskId[];
  /** The user's own files, which can be surveyed. */
  readonly own: boolean;
  /** Of these files, where one was completed. */
  readonly survey: Survey | null;
  /** Whether a run would be another one with this data. */
  readonly pending: boolean;
}

/** null until the catalogue is known, or where the source is not in it. */
export function useExamined(): Examined | null {
  const known = useSlice((state) => state.catalogue.known);
  const catalogue = useCatalogue();
  const opened = useSlice((state) => state.catalogue.opened?.entry.id);
  const set = useSlice((state) => state.setup.config);
  const draft = useSlice((state) => state.data.draft);
  const looked = useSlice((state) => state.data.survey);
  return useMemo(() => {
    if (!known || !catalogue || !set) return null;
    const now = draft ?? draftOf(set);
    const own = now.data.source === opened;
    const config = examinedConfig(known, set, draft, own ? brokenImages(looked) : []);
    const entry = catalogue.data.find(({ id }) => id === config.data.source);
    if (!entry) return null;
    return {
      config,
      data: { ...now.data, augment: set.data.augment },
      draft: now,
      entry,
      labelled: labelledTasks(known, config),
      tasks: config.tasks,
      own,
      survey: own ? looked.survey : null,
      pending: isPending(set, config),
    };
  }, [known, catalogue, opened, set, draft, looked]);
}

/** A sample of the data set by its place in the list of all: the training images first. */
export interface Listed {
  readonly place: number;
  readonly split: Split;
  /** Place in the split. */
  readonly index: number;
  /** Where a survey tells of it. */
  readonly facts: SampleSurvey | null;
}

/** Every sample, training first; by a survey only while it is of the splits that the data has now. */
export function listSamples(
  { train, val }: Pick<DataEntry, "train" | "val">,
  survey: Survey | null,
): readonly Listed[] {
  const inTraining = survey?.samples.filter(({ split }) => split === "train").length ?? 0;
  const fits = survey && inTraining === train && survey.samples.length === train + val;
  return Array.from({ length: train + val }, (_, place) => ({
    place,
    split: place < train ? ("train" as const) : ("val" as const),
    index: place < train ? place : place - train,
    facts: fits ? (survey.samples[place] ?? null) : null,
  }));
}

/** By the survey, or by the picture that came. */
export const nameOf = (names: ReadonlyMap<string, string>, { split, index, facts }: Listed): string | undefined =>
  facts?.id ?? names.get(thumbnailKey(split, index));

export type Fate = "taken" | "broken" | "byHand" | "byClass";

/** What the selection makes of a sample, before the numbers of images are limited. Classes that are not known yet leave it in. */
export function fateOf({ select }: DataConfig, { facts, split }: Listed, name: string | undefined, picks: Picks): Fate {
  if (facts?.problem) return "broken";
  if (name !== undefined && picks.without.has(name)) return "byHand";
  if (split === "train" && picks.only && name !== undefined && !picks.only.has(name)) return "byHand";
  const wanted = Object.entries(select.classes ?? {}).filter(([, classes]) => classes.length > 0);
  if (wanted.length === 0 || !facts?.classes) return "taken";
  const shown = facts.classes;
  return wanted.some(([task, classes]) => classes.some((index) => shown[task]?.includes(index))) ? "taken" : "byClass";
}

export interface Picks {
  readonly only: ReadonlySet<string> | null;
  readonly without: ReadonlySet<string>;
}

export const picksOf = ({ select }: DataConfig): Picks => ({
  only: select.only ? new Set(select.only) : null,
  without: new Set(select.without ?? []),
});

/** Ids of images that a person left out. A selection that was used names the broken ones too. */
export function leftOutByHand({ data: { select }, survey }: Pick<Examined, "data" | "survey">): readonly string[] {
  const broken = new Set(survey?.samples.filter(({ problem }) => problem !== undefined).map(({ id }) => id));
  return (select.without ?? []).filter((id) => !broken.has(id));
}
