/**
 * A field of the configuration, declared once: the validator, the command line, the catalogue, links and forms read it here. Its place in
 * the tree of index.ts is its path in the run file.
 */
import * as v from "valibot";
import type { Control, Entry, NumberControl, PerTask } from "./control";

/** What a change needs. feed: nothing, the next step has it. graph: a new run. data: a new run, whose images are others. */
export type Effect = "data" | "graph" | "feed";

interface About {
  /** At most three words. */
  readonly label: string;
  /** At most two sentences, the first without jargon. */
  readonly help: string;
  readonly effect: Effect;
  /** Which part of the set-up's form has it; absent: none, or a form of its own. */
  readonly group?: "data" | "method" | "training";
  /** Whether the form shows it only on demand. */
  readonly advanced?: boolean;
  /** Whether a run file may leave it out, which then has the default. */
  readonly optional?: boolean;
  /** Whether links leave it out. */
  readonly unlinked?: boolean;
}

/** One of a list of the catalogue, which is known only where the registries are. */
export type List = "backbones" | "decoders" | "methods" | "data" | "layouts";

type Kind =
  | Control
  | { readonly kind: "listed"; readonly list: List }
  /** Ids of tasks. */
  | { readonly kind: "tasks" }
  /** What no single control shows: JSON on the command line. */
  | { readonly kind: "object" };

export type Field<T = unknown> = About &
  Kind & {
    readonly default: T;
    readonly schema: v.GenericSchema<unknown, T>;
    /** A number of images has that of the data as the end of its slider. */
    readonly images?: "train" | "val";
    readonly perTask?: PerTask;
  };

type NumberAbout = About &
  Pick<NumberControl, "min" | "max" | "step"> &
  Partial<Pick<NumberControl, "unit" | "logarithmic" | "zero" | "suggested">> & {
    readonly default: number;
    readonly images?: "train" | "val";
  };

const numberField = (integer: boolean, about: NumberAbout): Field<number> => ({
  kind: "number",
  unit: "",
  logarithmic: false,
  integer,
  ...about,
  schema: rangeSchema({ ...about, integer }),
});

const rangeSchema = ({ min, max, integer }: Pick<NumberControl, "min" | "max" | "integer">) =>
  integer
    ? v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))
    : v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max));

export const number = (about: NumberAbout): Field<number> => numberField(false, about);
export const whole = (about: NumberAbout): Field<number> => numberField(true, about);

/** A number for each task that is named; for the others {@link About.help} says which. */
export const numberByTask = (about: Omit<NumberAbout, "default">): Field<Record<string, number>> => ({
  kind: "number",
  unit: "",
  logarithmic: false,
  integer: false,
  perTask: "always",
  ...about,
  default: {},
  schema: v.record(v.string(), rangeSchema({ ...about, integer: false })),
});

export const flag = (about: About & { readonly default: boolean }): Field<boolean> => ({
  kind: "flag",
  ...about,
  schema: v.boolean(),
});

export const choice = <Id extends string>(
  choices: readonly Entry<Id>[],
  about: About & { readonly default: NoInfer<Id> },
): Field<Id> => ({
  kind: "choice",
  choices,
  ...about,
  schema: v.picklist(choices.map(({ id }) => id)) as v.GenericSchema<unknown, Id>,
});

export const listed = (list: List, about: About & { readonly default: string }): Field<string> => ({
  kind: "listed",
  list,
  ...about,
  schema: v.string(),
});

export const taskList = (
  schema: v.GenericSchema<unknown, string[]>,
  about: About & { readonly default: string[] },
): Field<string[]> => ({ kind: "tasks", ...about, schema });

export const object = <T>(
  schema: v.GenericSchema<unknown, T>,
  about: About & { readonly default: NoInfer<T> },
): Field<T> => ({ kind: "object", ...about, schema });
