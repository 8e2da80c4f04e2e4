import type { CustomTask } from "../../contracts/customTask";
import { type BuiltInTask, builtInTasks, isBuiltIn } from "../../contracts/tasks";
import { taskFrom } from "./fromRecord";
import type { Task } from "./task";

/** Every built-in task, in the order in which the page offers them. */
export const tasks = Object.fromEntries(
  Object.values(builtInTasks).map((record) => [record.id, taskFrom(record)]),
) as Readonly<Record<BuiltInTask, Task>>;

/** The task of an id. @throws where it is neither built in nor defined; the message lists those that exist. */
export function taskOf(id: string, custom: readonly CustomTask[] = []): Task {
  if (isBuiltIn(id)) return tasks[id];
  const definition = custom.find((task) => task.id === id);
  if (definition) return taskFrom(definition);
  const known = [...Object.keys(tasks), ...custom.map((task) => task.id)];
  throw new Error(`Task "${id}" is unknown; known: ${known.join(", ")}. Define tasks of your own in customTasks.`);
}
