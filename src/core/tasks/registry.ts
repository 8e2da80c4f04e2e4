import type { BuiltInTask } from "../../contracts/taskIds";
import { depth } from "./depth";
import { edge } from "./edge";
import { humanParts } from "./humanParts";
import { normals } from "./normals";
import { saliency } from "./saliency";
import { semseg } from "./semseg";
import type { Task } from "./task";

/** Every built-in task, in the order in which the page offers them. */
export const tasks = {
  semseg,
  human_parts: humanParts,
  sal: saliency,
  normals,
  depth,
  edge,
} as const satisfies Record<BuiltInTask, Task>;

export type TaskId = keyof typeof tasks;
