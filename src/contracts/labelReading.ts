/** How the values of a task's label files are to be understood, where that differs from what the files alone say. */
import * as v from "valibot";

const numbers = v.array(v.pipe(v.number(), v.finite()));
const sign = v.picklist([1, -1]);

export const LabelReadingSchema = v.strictObject({
  /** Values of the file that mark pixels without a label. */
  ignore: v.exactOptional(numbers),
  /** Classes: added to each value, for example -1 where the file counts from 1. */
  shift: v.exactOptional(v.pipe(v.number(), v.integer())),
  /** Classes: the class of each value by its place; what is beyond the list, or `IGNORE` in it, has no label. */
  classMap: v.exactOptional(numbers),
  /** Depth: metres per unit of the file. Absent: 0.001 for integers (millimetres), 1 for floats. */
  scale: v.exactOptional(v.pipe(v.number(), v.finite(), v.gtValue(0))),
  /** Directions: 1 or -1 for x, y and z. */
  signs: v.exactOptional(v.tuple([sign, sign, sign])),
});

type Immutable<T> = { readonly [K in keyof T]: T[K] extends (infer I)[] ? readonly I[] : T[K] };
export type LabelReading = Immutable<v.InferOutput<typeof LabelReadingSchema>>;
