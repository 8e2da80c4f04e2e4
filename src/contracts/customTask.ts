/**
 * A task that the user defines as plain data: what its labels are, by which loss it trains, by which metric it is judged and how it
 * is shown. The lists here say what fits each kind of label; core/losses, core/metrics and core/tasks hold one entry for each id, and
 * do not compile where one is missing.
 */
import * as v from "valibot";
import { colourIds, lossIds, metricIds, type TaskKind, taskKinds } from "./taskKinds";
import { taskIds } from "./tasks";

export type { ColourId, LossId, MetricId, TaskKind } from "./taskKinds";
export { taskKinds } from "./taskKinds";

/**
 * Words that name something else beside tasks: the folder of images, the stream of all tasks, the sum of all losses, and what every object of
 * the language has, where things are kept by task.
 */
const reserved: readonly string[] = ["images", "shared", "total", "constructor", ...taskIds];

const IdSchema = v.pipe(
  v.string(),
  v.regex(
    /^[a-z][a-z0-9_-]{0,31}$/,
    ({ input }) => `"${input}" is no id: use a to z, 0 to 9, _ and -, a letter first.`,
  ),
  v.check(
    (id) => !reserved.includes(id),
    ({ input }) => `"${input}" is taken; choose another id than ${reserved.join(", ")}.`,
  ),
);

/** Whether a folder of labels may be a task's: whether a task may have its name as id. */
export const isCustomTaskId = (id: string): boolean => v.is(IdSchema, id);

const finite = v.pipe(v.number(), v.finite());
const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

/** One of the ids that fit the kind. */
const fitting = <const Ids extends readonly string[]>(what: string, kind: TaskKind, ids: Ids) =>
  v.picklist(
    ids,
    ({ input }) => `${what} ${JSON.stringify(input)} does not fit the kind "${kind}"; fitting: ${ids.join(", ")}.`,
  );

/** What every kind has. */
const common = <const K extends TaskKind>(kind: K) => ({
  kind: v.literal(kind),
  /** Name of the folder of labels, of the loss and of the metrics. */
  id: IdSchema,
  label: v.pipe(v.string(), v.nonEmpty("a label is needed: the task's name for people.")),
  loss: fitting("loss", kind, lossIds[kind]),
  metric: fitting("metric", kind, metricIds[kind]),
  colours: fitting("colours", kind, colourIds[kind]),
  /** The loss's weight λ in the total. */
  weight: v.pipe(finite, v.minValue(0), v.maxValue(1000)),
});

/** Label files hold class indices from 0; 255 is ignored, so that 255 classes are the most. */
const ClassesSchema = v.strictObject({ ...common("classes"), classes: whole(2, 255) });

/** Label files are white for yes. */
const BinarySchema = v.strictObject(common("binary"));

const RegressionSchema = v.strictObject({
  ...common("regression"),
  channels: v.picklist([1, 2, 3]),
  /** A label's number is (number in the file) · scale + offset. */
  scale: v.optional(
    v.pipe(
      finite,
      v.check((scale) => scale !== 0, "scale must not be 0."),
    ),
    1,
  ),
  offset: v.optional(finite, 0),
  /** The number in the file that marks a pixel without label; absent: every pixel is labelled. */
  unlabelled: v.optional(whole(0, 65535)),
  /** Whether the first number is a horizontal displacement, which changes its sign in a flipped picture and rotates with the second, downward one. */
  flipX: v.optional(v.boolean(), false),
});

const UnitSchema = v.strictObject({
  ...common("unit"),
  /** Whether x points along the picture's width and y down, so that x changes its sign in a flipped picture and both rotate in a rotated one. */
  flipX: v.optional(v.boolean(), true),
});

const CustomTaskSchema = v.variant("kind", [ClassesSchema, BinarySchema, RegressionSchema, UnitSchema], ({ input }) => {
  const kind = typeof input === "object" && input !== null ? (input as { kind?: unknown }).kind : input;
  return `kind ${JSON.stringify(kind)} is unknown; known: ${taskKinds.join(", ")}.`;
});

export type CustomTask = v.InferOutput<typeof CustomTaskSchema>;

/** Up to 16 tasks of a run's own, each with an id of its own. */
export const CustomTasksSchema = v.pipe(
  v.array(CustomTaskSchema),
  v.maxLength(16, ({ received }) => `${received} tasks are defined; 16 are the most.`),
  v.check((tasks) => new Set(tasks.map(({ id }) => id)).size === tasks.length, "two tasks have the same id."),
);
