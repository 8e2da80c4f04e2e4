/**
 * Everything that is needed to repeat a run: the run file. Parsed once at the edge (files, URLs, messages); trusted inside.
 * Units are in the names; fractions are of the whole run.
 */

import * as v from "valibot";
import { ChangesSchema } from "./changes";
import { type FieldValues, fieldSchemas } from "./fields";
import { renamedPaths } from "./fields/renamed";
import { taskIds } from "./tasks";

export type { Selection } from "./fields/data";
export { deviceChoices, type SettingValue } from "./fields/model";
export { currentPath } from "./fields/renamed";

/** Id of a built-in task or of one that the run defines. */
export type TaskId = string;

/** An exported adapter, by the name of its file and by content. */
const AdapterRefSchema = v.strictObject({
  name: v.string(),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "expected a SHA-256 of 64 hexadecimal digits.")),
});
export type AdapterRef = v.InferOutput<typeof AdapterRefSchema>;

const RunConfigSchema = v.strictObject({
  version: v.literal(4),
  /** What the run starts from beside its backbone: what another run trained. Absent: nothing is trained yet. */
  adapter: v.exactOptional(AdapterRefSchema),
  ...fieldSchemas,
  /** What changes in mid-run. */
  changes: v.optional(ChangesSchema, []),
});

export type RunConfig = FieldValues & {
  version: 4;
  adapter?: AdapterRef;
  changes: v.InferOutput<typeof ChangesSchema>;
};
export type DataConfig = RunConfig["data"];
export type AugmentConfig = DataConfig["augment"];
export type Unfreeze = RunConfig["method"]["unfreeze"];
export type LearningRates = RunConfig["training"]["learningRate"];
export type DeviceChoice = RunConfig["device"];

/** Parses a run file of any version. Throws an Error that names every wrong field, what came, and what is allowed. */
export function parseRunConfig(value: unknown): RunConfig {
  const result = v.safeParse(RunConfigSchema, migrate(value));
  const config = result.output as RunConfig;
  const lines = result.success ? contradictionsIn(config) : result.issues.map(lineOf);
  if (lines.length === 0) return config;
  throw new Error(`The run configuration is not usable:\n  ${lines.join("\n  ")}`);
}

function lineOf({ path, type, expected, message }: v.BaseIssue<unknown>): string {
  const keys = path?.map(({ key }) => String(key)) ?? [];
  const where = keys.join(".") || "(whole file)";
  return type === "strict_object" && expected === "never"
    ? `${where}: unknown field; known here: ${Object.keys(entriesOf(keys.slice(0, -1))).join(", ")}.`
    : `${where}: ${message}`;
}

/** Where fields that are right by themselves do not fit each other. */
function contradictionsIn({ tasks, customTasks, training, changes, data }: RunConfig): string[] {
  const known = [...taskIds, ...customTasks.map(({ id }) => id)];
  const unknown = (path: string, ids: readonly string[]): string[] =>
    ids
      .filter((id) => !known.includes(id))
      .slice(0, 1)
      .map((id) => `${path}: "${id}" is unknown; known: ${known.join(", ")}. Define tasks of your own in customTasks.`);
  const { scaleMin, scaleMax, scales } = data.augment;
  const late = changes.findIndex(({ step }) => step >= training.steps);
  return [
    ...unknown("tasks", tasks),
    ...unknown("training.taskWeights", Object.keys(training.taskWeights)),
    ...changes.flatMap(({ field, value }, i) =>
      field === "training.taskWeights" ? unknown(`changes.${i}`, Object.keys(value as object)) : [],
    ),
    ...(scales.length === 0 && scaleMin > scaleMax
      ? [
          `data.augment: scaleMin is ${scaleMin}, but scaleMax is ${scaleMax}; the smallest zoom must not exceed the largest.`,
        ]
      : []),
    ...(late >= 0
      ? [
          `changes.${late}.step is ${changes[late]!.step}, but the run has ${training.steps} steps; allowed: below that.`,
        ]
      : []),
  ];
}

/** The fields that the object at `path` of a run file may have. */
function entriesOf(path: readonly string[]): object {
  let entries: Record<string, unknown> = RunConfigSchema.entries;
  for (const key of path) entries = (entries[key] as { entries?: Record<string, unknown> } | undefined)?.entries ?? {};
  return entries;
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** Each brings a run file of one version to the next. */
const migrations: readonly ((file: Fields) => Fields)[] = [fromVersion1, fromVersion2, fromVersion3];

const lastKey = (path: string): string => path.slice(path.lastIndexOf(".") + 1);

/** A copy in which the field at `path` is called `name`. */
function renamedField(file: Fields, path: readonly string[], name: string): Fields {
  const [key, ...rest] = path;
  if (key === undefined || !Object.hasOwn(file, key)) return file;
  const value = file[key];
  if (rest.length > 0) return isFields(value) ? { ...file, [key]: renamedField(value, rest, name) } : file;
  const { [key]: _, ...others } = file;
  return { ...others, [name]: value };
}

const migrate = (value: unknown): unknown =>
  isFields(value) ? migrations.reduce((file, step) => step(file), value) : value;

/** The fields of DiTASK became settings of the method, "theta" the adapter's rate. */
function fromVersion1(file: Fields): Fields {
  const { method, training } = file;
  if (file["version"] !== 1 || !isFields(method) || !isFields(training)) return file;
  if (!isFields(training["learningRate"])) return file;
  const { id, free, warp, streams, cellsShared, cellsTask, init } = method;
  const { theta, ...rates } = training["learningRate"];
  return {
    ...file,
    version: 2,
    input: { imageSize: 0, window: 0 },
    head: "hrnet",
    method: {
      id,
      settings:
        id === "ditask" ? { reading: warp, streams, sharedCells: cellsShared, taskCells: cellsTask, start: init } : {},
      free,
    },
    training: { ...training, learningRate: { method: theta, ...rates } },
  };
}

/** The random changes of images became a group. */
function fromVersion2(file: Fields): Fields {
  if (file["version"] !== 2 || !isFields(file["data"])) return file;
  const { flip, ...data } = file["data"];
  return { ...file, version: 3, data: { ...data, augment: { flip } } };
}

/** Fields got the field's words. */
function fromVersion3(file: Fields): Fields {
  if (file["version"] !== 3) return file;
  const renames = Object.entries(renamedPaths);
  const renamed = renames.reduce((done, [from, to]) => renamedField(done, from.split("."), lastKey(to)), file);
  return { ...renamed, version: 4 };
}
