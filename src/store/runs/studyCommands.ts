/** Several runs asked for at once: a race, a queue, a sweep, reference runs. */
import type { Catalogue, ContestantEntry } from "../../contracts/catalogue";
import type { StudyKind } from "../../contracts/run";
import type { RunConfig } from "../../contracts/runConfig";
import type { SessionContext, SessionPart } from "../sessionPart";
import { fitByTask, withValue } from "../setup/methodSettings";
import { withField } from "../setup/paths";
import { shownRun } from "./runsSlice";

export interface StudyCommands {
  /** Makes the runs; groups follow each other, the runs of one take their steps in turn. */
  study(kind: StudyKind, groups: readonly (readonly RunConfig[])[]): void;
  startStudy(study: string): void;
  pauseStudy(study: string): void;
  endStudy(study: string): void;
}

export interface StudyPart extends SessionPart {
  readonly commands: StudyCommands;
}

/** The configuration of a race's method: its own settings and rates, and no adapter of another one. */
export function contestantConfig({ adapter: _, ...base }: RunConfig, { method, rates }: ContestantEntry): RunConfig {
  const learningRate = { ...base.training.learningRate, ...rates };
  return { ...base, method, training: { ...base.training, learningRate } };
}

const withSeed = (config: RunConfig, seed: number): RunConfig => withField(config, "training.seed", seed);

/** For each seed one group of all methods, from the set-up's seed on. */
export const raceGroups = (
  base: RunConfig,
  contestants: readonly ContestantEntry[],
  seeds: number,
): readonly (readonly RunConfig[])[] =>
  Array.from({ length: seeds }, (_, i) =>
    contestants.map((contestant) => withSeed(contestantConfig(base, contestant), base.training.seed + i)),
  );

/** One after the other: a group for each value of one field, and for each seed. */
export const sweepGroups = (
  catalogue: Catalogue,
  base: RunConfig,
  path: string,
  values: readonly unknown[],
  seeds = 1,
): readonly (readonly RunConfig[])[] =>
  Array.from({ length: seeds }, (_, i) =>
    values.map((value) => [
      fitByTask(catalogue, withValue(catalogue, withSeed(base, base.training.seed + i), path, value)),
    ]),
  ).flat();

/** The configuration task by task: what Δm is measured against. */
export const referenceGroups = (catalogue: Catalogue, base: RunConfig): readonly (readonly RunConfig[])[] =>
  base.tasks.map((task) => [fitByTask(catalogue, { ...base, tasks: [task] })]);

export function createStudyCommands({ store, send, request, newRun }: SessionContext): StudyPart {
  const act = (study: string, type: "start" | "pause"): void => {
    const found = store.getState().runs.studies.get(study);
    const run = found?.groups[Math.min(found.group, found.groups.length - 1)]?.[0];
    if (run !== undefined) send({ type, run });
  };
  return {
    commands: {
      study(kind, configs) {
        const old = shownRun(store.getState().runs);
        const groups = configs.map((group) => group.map((config) => ({ run: newRun(), config })));
        const study = newRun();
        request({ type: "study", study, kind, groups });
        const first = groups[0]?.[0]?.run;
        if (first !== undefined) store.showRun(first);
        // Without another reference, the first method of a race is what the others are compared with.
        const { reference } = store.getState().runs;
        if (kind === "race" && reference.length === 0) store.pinRuns(groups.flatMap(([run]) => run?.run ?? []));
        if (old.id === undefined || old.run.step === 0 || old.run.state === "finished") return;
        const others = groups.flat().map(({ run }) => run);
        const text = "The run under way is paused. It stays in Runs.";
        store.showToast({ text, undo: "show", run: old.id, others, study });
      },
      startStudy: (study) => act(study, "start"),
      pauseStudy: (study) => act(study, "pause"),
      endStudy: (study) => send({ type: "end-study", study }),
    },
  };
}
