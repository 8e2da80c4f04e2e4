/**
 * The import doctor's look through a data set: every file is read once, one at a time, and told of as it is. What cannot be used is named
 * with the reason and stops nothing.
 */
import type { CustomTask } from "../../contracts/customTask";
import type { SampleSurvey, Survey, TaskSurvey } from "../../contracts/survey";
import { random } from "../../core/math/random";
import type { FileNote, OpenedData } from "../layouts";
import type { LabelSet } from "../layouts/labelSet";
import type { Stop } from "../stop";
import { fingerprint } from "./fingerprint";
import { LabelStatistics } from "./labelStatistics";
import { guesses } from "./rules";
import { lookAtSample, type Place } from "./sample";

export interface SurveyOptions {
  /** Tasks of the user's own, whose label folders are looked through too. */
  readonly customTasks?: readonly CustomTask[];
  /** Heard between files. */
  readonly signal?: Stop;
  readonly onProgress?: (done: number, total: number) => void;
  /** Awaited between files, so that others have their turn. */
  readonly pause?: () => Promise<void>;
  /** Samples whose files are read, spread over all; absent: every one. */
  readonly most?: number;
}

/** Of histograms: classes are told one by one, other numbers in bins once they are more. */
const MOST_SINGLE = { classes: 257, others: 32 } as const;
const SPREAD_SEED = 0;

/** Resolves where files are broken too. @throws where it is stopped, and where the files cannot even be listed. */
export async function surveyData(opened: OpenedData, options: SurveyOptions = {}): Promise<Survey> {
  const { source, contents, layout, seen, report } = opened;
  const sets = [...contents.labels, ...contents.ownLabels(options.customTasks ?? [])];
  const statistics = sets.map((set) => new LabelStatistics(set));
  const places = (["train", "val"] as const).flatMap((split) =>
    contents.split[split].map((id): Place => ({ id, split })),
  );
  const chosen = spread(places.length, options.most ?? places.length);
  const problems: FileNote[] = [...report];
  const samples = places.map((place) => unread(place, sets));
  const between = async (): Promise<void> => {
    await options.pause?.();
    options.signal?.throwIfAborted();
  };
  let done = 0;
  options.onProgress?.(done, chosen.length);
  for (const index of chosen) {
    const { survey, notes } = await lookAtSample(contents, statistics, places[index]!, between);
    samples[index] = survey;
    problems.push(...notes);
    options.onProgress?.(++done, chosen.length);
  }
  return {
    name: source.name,
    fingerprint: await fingerprint(contents.tree),
    layout,
    seen,
    tasks: statistics.map((found) => taskSurvey(found, places)),
    samples,
    read: chosen.length,
    problems,
  };
}

const labelsOf = (sets: readonly LabelSet[], id: string): readonly string[] =>
  sets.filter(({ paths }) => paths.has(id)).map(({ data }) => data.task);

const unread = ({ id, split }: Place, sets: readonly LabelSet[]): SampleSurvey => ({
  id,
  split,
  labels: labelsOf(sets, id),
});

/** `most` of `count` places in ascending order: one drawn from each of as many equal parts. */
function spread(count: number, most: number): readonly number[] {
  const parts = Math.min(Math.max(most, 1), count);
  const draw = random(SPREAD_SEED, "survey");
  return Array.from({ length: parts }, (_, part) => {
    const from = Math.floor((part * count) / parts);
    return from + draw.int(Math.floor(((part + 1) * count) / parts) - from);
  });
}

function taskSurvey(statistics: LabelStatistics, places: readonly Place[]): TaskSurvey {
  const { set, counts, content, unlabelled } = statistics;
  const { task, classes } = set.data;
  const filesOf = (wanted: Place["split"]): number =>
    places.filter(({ id, split }) => split === wanted && set.paths.has(id)).length;
  return {
    task,
    files: { train: filesOf("train"), val: filesOf("val") },
    content: [...content].map(([what, files]) => ({ what, files })).sort((a, b) => b.files - a.files),
    histogram: counts.histogram(set.format.kind === "classes" ? MOST_SINGLE.classes : MOST_SINGLE.others),
    unlabelled,
    guesses: guesses(statistics),
    ...(classes && { classes }),
  };
}
