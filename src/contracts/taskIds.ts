/** The tasks that are built in; a run file may define others beside them (customTask.ts). */
export const taskIds = ["semseg", "human_parts", "sal", "normals", "depth", "edge"] as const;
export type BuiltInTask = (typeof taskIds)[number];
