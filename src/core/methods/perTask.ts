/** Settings that hold one number for all tasks, or one by task. */
export type PerTask = number | Readonly<Record<string, number>>;

/**
 * The number of one of the run's tasks.
 * @throws where numbers are given by task and one is missing or belongs to no task of the run; `field` is the setting's place in it.
 */
export function numberOfTask(field: string, value: PerTask, task: string, tasks: readonly string[]): number {
  if (typeof value === "number") return value;
  const strange = Object.keys(value).find((name) => !tasks.includes(name));
  const own = value[task];
  if (strange === undefined && own !== undefined) return own;
  const problem =
    strange === undefined ? `has no number for ${task}` : `names the task ${strange}, which this run does not have`;
  throw new Error(`${field} ${problem}; give one number for all, or one for each of ${tasks.join(", ")}.`);
}

/** The tasks in their order, cut into runs of neighbours with an equal number: what can be computed as one batch. */
export function neighboursOfEqual(
  tasks: readonly string[],
  numberOf: (task: string) => number,
): readonly (readonly [number, readonly string[]])[] {
  const runs: [number, string[]][] = [];
  for (const task of tasks) {
    const last = runs.at(-1);
    if (last?.[0] === numberOf(task)) last[1].push(task);
    else runs.push([numberOf(task), [task]]);
  }
  return runs;
}
