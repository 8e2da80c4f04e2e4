/** Reducers of the data view, for changes by a person or by the session on their behalf. */
import type { LabelEncoding } from "../../contracts/labelEncoding";
import type { DataConfig, RunConfig, TaskId } from "../../contracts/runConfig";
import type { Guess } from "../../contracts/survey";
import type { CatalogueSlice } from "../catalogueSlice";
import type { SetupSlice } from "../setup/setupSlice";
import { configLookedAt, type DataSlice, editDraft, examineSource, withTasks } from "./dataSlice";
import { type Draft, followGuess, undoGuess, withEncoding } from "./draft";
import { askSurvey } from "./surveySlice";
import { touchThumbnails } from "./thumbnailSlice";

export interface DataChanges {
  /** Looks at another source. */
  examine(source: string): void;
  editData(change: Partial<DataConfig>): void;
  editTasks(tasks: readonly TaskId[]): void;
  setEncoding(task: TaskId, reading: LabelEncoding): void;
  followGuess(task: TaskId, guess: Guess): void;
  undoGuess(task: TaskId, guess: Guess): void;
  /** Forgets what was changed since the set-up's data. */
  dropDraft(): void;
  /** The data that was looked at becomes the set-up's. */
  takeData(): void;
  /** Whose random changes are shown: by its id, or by its place among the training images that a run takes. */
  chooseImage(image: string | number): void;
  markSurveying(): void;
  markCounting(config: RunConfig): void;
  markPreviewing(): void;
  touchThumbnails(keys: readonly string[]): void;
}

/** The slices that are read and changed here. */
interface Looked {
  readonly catalogue: CatalogueSlice;
  readonly setup: SetupSlice;
  readonly data: DataSlice;
}

export function createDataChanges(
  get: () => Looked,
  change: (part: Partial<Pick<Looked, "setup" | "data">>) => void,
): DataChanges {
  const set = (part: Partial<DataSlice>): void => change({ data: { ...get().data, ...part } });
  const edit = (how: (draft: Draft) => Draft): void => change({ data: editDraft(get().data, get().setup.config, how) });
  return {
    examine: (source) => change({ data: examineSource(get().data, get(), source) }),
    editData: (part) => edit((draft) => ({ ...draft, data: { ...draft.data, ...part } })),
    editTasks: (tasks) => edit((draft) => withTasks(draft, tasks)),
    setEncoding: (task, reading) => edit((draft) => withEncoding(draft, task, reading)),
    followGuess: (task, guess) => edit((draft) => followGuess(draft, task, guess)),
    undoGuess: (task, guess) => edit((draft) => undoGuess(draft, task, guess)),
    dropDraft: () => set({ draft: null }),
    takeData() {
      const { setup, data } = get();
      const config = configLookedAt(get());
      if (config) change({ setup: { ...setup, notices: [], config }, data: { ...data, draft: null } });
    },
    chooseImage: (image) => set({ augmented: { ...get().data.augmented, image } }),
    markSurveying: () => set({ survey: askSurvey(get().data.survey) }),
    markCounting: (config) => set({ subset: { ...get().data.subset, asked: config, problem: "" } }),
    markPreviewing: () => set({ augmented: { ...get().data.augmented, waiting: true, problem: "" } }),
    touchThumbnails: (keys) => set({ thumbnails: touchThumbnails(get().data.thumbnails, keys) }),
  };
}
