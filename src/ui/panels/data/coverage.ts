/** Which images have which labels, as columns of a strip: one image each, or several alike where there are more than columns. */
import type { TaskId } from "../../../contracts/runConfig";
import type { Split } from "../../../contracts/sample";
import type { Survey } from "../../../contracts/survey";

export interface Column {
  readonly split: Split;
  /** Places [from, to) in the list of samples. */
  readonly from: number;
  readonly to: number;
  /** Of these images, how many have a label, by task. */
  readonly labelled: ReadonlyMap<TaskId, number>;
  /** How many of them cannot be used. */
  readonly broken: number;
}

/** At most `most` columns (and at least one a split), none of which holds images of both splits. */
export function coverageColumns({ samples, tasks }: Pick<Survey, "samples" | "tasks">, most: number): Column[] {
  const inTraining = samples.filter(({ split }) => split === "train").length;
  const columns: Column[] = [];
  for (const [split, start, end] of [
    ["train", 0, inTraining],
    ["val", inTraining, samples.length],
  ] as const) {
    const images = end - start;
    if (images === 0) continue;
    const share = samples.length <= most ? images : Math.max(1, Math.floor((most * images) / samples.length));
    for (let i = 0; i < share; i++) {
      const from = start + Math.floor((i * images) / share);
      const to = start + Math.floor(((i + 1) * images) / share);
      const part = samples.slice(from, to);
      const labelled = new Map(
        tasks.map(({ task }) => [task, part.filter(({ labels }) => labels.includes(task)).length] as const),
      );
      const broken = part.filter(({ problem }) => problem !== undefined).length;
      columns.push({ split, from, to, labelled, broken });
    }
  }
  return columns;
}

/** Neighbouring columns that look alike. */
interface Run {
  readonly from: number;
  readonly to: number;
  /** Part of the images that is so, 0 to 1. */
  readonly share: number;
}

/** Runs of columns with the same share, those with none left out. */
export function runsOf(columns: readonly Column[], shareOf: (column: Column) => number): Run[] {
  const runs: Run[] = [];
  columns.forEach((column, i) => {
    const share = shareOf(column);
    const last = runs.at(-1);
    if (share === 0) return;
    if (last && last.to === i && last.share === share) runs[runs.length - 1] = { ...last, to: i + 1 };
    else runs.push({ from: i, to: i + 1, share });
  });
  return runs;
}

/** What a column stands for, as a sentence. */
export function columnText(
  { samples }: Pick<Survey, "samples">,
  { from, to, split, labelled, broken }: Column,
  task: TaskId | null,
): string {
  const part = split === "train" ? "training" : "validation";
  const first = samples[from];
  if (to - from === 1 && first) {
    if (task === null) return first.problem ? `${first.id}: ${first.problem}` : `${first.id} (${part})`;
    return `${first.id} (${part}): ${labelled.get(task) ? "labelled" : "no label"}`;
  }
  const what = `${first?.id} to ${samples[to - 1]?.id} (${part})`;
  if (task === null) return `${what}: ${broken} of ${to - from} cannot be used`;
  return `${what}: ${labelled.get(task) ?? 0} of ${to - from} labelled`;
}
