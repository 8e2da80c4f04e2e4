/** Draft of the data set-up: what a person looks at and edits, apart from the run's data until it is used. */
import type { Catalogue } from "../../contracts/catalogue";
import { fieldDefaults } from "../../contracts/fields";
import type { LabelEncoding } from "../../contracts/labelEncoding";
import type { DataConfig, RunConfig, TaskId } from "../../contracts/runConfig";
import type { Guess } from "../../contracts/survey";
import { fitByTask } from "../setup/methodSettings";
import { sameValue } from "../setup/paths";
import { presetOf } from "../setup/urlState";
import { fittingTasks, labelledTasks } from "./fitTasks";
import { leaveOut } from "./selection";

export interface Draft {
  /** Its `augment` is not looked at: random changes of images are the set-up's at once. */
  readonly data: DataConfig;
  readonly tasks: readonly TaskId[];
  /** By `guessKey`: the task's reading before the guess was followed. */
  readonly followed: Readonly<Record<string, LabelEncoding>>;
}

export const guessKey = (task: TaskId, { id }: Pick<Guess, "id">): string => `${task} ${id}`;

export const draftOf = ({ data, tasks }: RunConfig): Draft => ({ data, tasks, followed: {} });

/**
 * A source as it is first looked at: all of it, or as many images as the preset takes where it is the preset's own; files are read as they were
 * the last time that they were opened.
 */
export function freshDraft(known: Catalogue, preset: string, config: RunConfig, source: string): Draft {
  const usual = presetOf(known, preset).config.data;
  const { train, val } = usual.source === source ? usual : { train: 0, val: 0 };
  const usualData = fieldDefaults().data;
  const opened = known.data.find(({ id }) => id === source)?.opened ?? usualData;
  const { layout, valShare, labelEncodings } = opened;
  const data = { ...usualData, source, train, val, layout, valShare, labelEncodings, augment: config.data.augment };
  return { data, tasks: fittingTasks(known, config, source), followed: {} };
}

/** The configuration that a run would have with the draft. `broken`: ids of images that no run can read, which it leaves out. */
export function examinedConfig(
  known: Catalogue,
  config: RunConfig,
  draft: Draft | null,
  broken: readonly string[] = [],
): RunConfig {
  if (!draft && broken.length === 0) return config;
  const { data: looked, tasks: chosen } = draft ?? draftOf(config);
  const select = broken.length > 0 ? leaveOut(looked.select, broken) : looked.select;
  const data = { ...looked, select, augment: config.data.augment };
  const defined = [...known.tasks, ...config.customTasks].map(({ id }) => id);
  // A task of the user's own may have been taken back since.
  const tasks = chosen.filter((id) => defined.includes(id));
  return fitByTask(known, { ...config, data, tasks: tasks.length > 0 ? tasks : config.tasks });
}

/** The same with every task that the data has labels for, so that all of them are looked at. */
export function lookConfig(known: Catalogue, config: RunConfig, draft: Draft | null): RunConfig {
  const examined = examinedConfig(known, config, draft);
  const labelled = labelledTasks(known, examined);
  return labelled.length > 0 ? fitByTask(known, { ...examined, tasks: [...labelled] }) : examined;
}

/** Whether a run would be another one with what is looked at. */
export const isPending = (config: RunConfig, examined: RunConfig): boolean =>
  examined !== config && !(sameValue(examined.data, config.data) && sameValue(examined.tasks, config.tasks));

/** A reading that says nothing is not written down. */
export function withEncoding(draft: Draft, task: TaskId, reading: LabelEncoding): Draft {
  const { [task]: _, ...others } = draft.data.labelEncodings;
  const labelEncodings = Object.keys(reading).length > 0 ? { ...others, [task]: reading } : others;
  return { ...draft, data: { ...draft.data, labelEncodings: labelEncodings as DataConfig["labelEncodings"] } };
}

export function followGuess(draft: Draft, task: TaskId, guess: Guess): Draft {
  const before = draft.data.labelEncodings[task] ?? {};
  const next = withEncoding(draft, task, { ...before, ...guess.reading });
  return { ...next, followed: { ...draft.followed, [guessKey(task, guess)]: before } };
}

/** Back to the reading before; of a guess that was not followed here, what it sets is taken out. */
export function undoGuess(draft: Draft, task: TaskId, guess: Guess): Draft {
  const key = guessKey(task, guess);
  const { [key]: before, ...followed } = draft.followed;
  const set = Object.keys(guess.reading);
  const now = Object.entries(draft.data.labelEncodings[task] ?? {});
  const without = Object.fromEntries(now.filter(([name]) => !set.includes(name)));
  return { ...withEncoding(draft, task, before ?? without), followed };
}

/** Whether the draft's labelEncodings hold what the guess says. */
export function isFollowed(draft: Draft, task: TaskId, guess: Guess): boolean {
  if (guessKey(task, guess) in draft.followed) return true;
  const reading: Readonly<Record<string, unknown>> = draft.data.labelEncodings[task] ?? {};
  const set = Object.entries(guess.reading);
  return set.length > 0 && set.every(([name, value]) => sameValue(reading[name], value));
}
