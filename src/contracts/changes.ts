/** Changes of fields in mid-run, as the run file records them, so that the run can be repeated. */
import * as v from "valibot";
import { fieldList, fieldOf } from "./fields";
import { currentPath } from "./fields/renamed";

const live = fieldList.filter(({ effect }) => effect === "feed").map(({ path }) => path);

const ChangeSchema = v.pipe(
  v.strictObject({
    /** How many steps were done before it: the next one is the first that has it. */
    step: v.pipe(v.number(), v.integer(), v.minValue(0)),
    /** The dotted path of a field whose effect is "feed". */
    field: v.pipe(
      v.string(),
      v.transform(currentPath),
      v.check(
        (field) => live.includes(field),
        ({ input }) => `"${input}" cannot change in mid-run; these can: ${live.join(", ")}.`,
      ),
    ),
    value: v.unknown(),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { field, value } = dataset.value;
    const issues = v.safeParse(fieldOf(field)!.schema, value).issues ?? [];
    for (const { message } of issues) addIssue({ message: `the value of ${field} does not fit: ${message}` });
  }),
);
export type Change = v.InferOutput<typeof ChangeSchema>;

export const ChangesSchema = v.pipe(
  v.array(ChangeSchema),
  v.check(
    (changes) => changes.every(({ step }, i) => i === 0 || changes[i - 1]!.step <= step),
    "changes come in the order of their steps.",
  ),
);

/** The configuration with one more change, which takes the place of one of the same field at the same step. */
export const withChange = <Config extends { readonly changes: readonly Change[] }>(
  config: Config,
  { step, field, value }: Change,
): Config => ({
  ...config,
  changes: [
    ...config.changes.filter((other) => other.step <= step && (other.step !== step || other.field !== field)),
    { step, field, value },
    ...config.changes.filter((other) => other.step > step),
  ],
});

type Fields = { readonly [key: string]: unknown };

function replaced(tree: Fields, [key, ...rest]: readonly string[], value: unknown): Fields {
  if (key === undefined) return tree;
  return { ...tree, [key]: rest.length === 0 ? value : replaced(tree[key] as Fields, rest, value) };
}

/** The configuration that holds once `step` steps are done: with the changes up to there, the later of two of one field last. */
export const configAt = <Config extends { readonly changes: readonly Change[] }>(
  config: Config,
  step: number,
): Config =>
  config.changes
    .filter((change) => change.step <= step)
    .reduce<Fields>((held, { field, value }) => replaced(held, field.split("."), value), config as Fields) as Config;

/** The configuration as it is after all its changes, for a run that begins with it. */
export const heldConfig = <Config extends { readonly changes: readonly Change[] }>(config: Config): Config => ({
  ...configAt(config, Number.POSITIVE_INFINITY),
  changes: [],
});
