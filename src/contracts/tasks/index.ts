/**
 * The tasks that are built in, by id, in the order in which the page offers them; a run file may define others beside them (customTask.ts).
 * Weights, losses and metrics are those of the DiTASK and MTLoRA code.
 */
import { depth } from "./depth";
import { edge } from "./edge";
import { humanParts } from "./humanParts";
import { normals } from "./normals";
import { saliency } from "./saliency";
import { semseg } from "./semseg";
import type { TaskRecord } from "./task";

const records = [semseg, humanParts, saliency, normals, depth, edge] as const;

export type BuiltInTask = (typeof records)[number]["id"];

export const builtInTasks = Object.fromEntries(records.map((task) => [task.id, task])) as Readonly<
  Record<BuiltInTask, TaskRecord>
>;

export const taskIds = Object.keys(builtInTasks) as BuiltInTask[];

export const isBuiltIn = (id: string): id is BuiltInTask => Object.hasOwn(builtInTasks, id);
