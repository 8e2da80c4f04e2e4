/** How the values of a task's label files are to be understood, where that differs from what the files alone say. */
import * as v from "valibot";

const finite = v.pipe(v.number(), v.finite());
const numbers = v.array(finite);
const byte = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));
const sign = v.picklist([1, -1]);

export const LabelEncodingSchema = v.strictObject({
  /** Values of the file that mark pixels without a label. */
  ignore: v.exactOptional(numbers),
  /** Classes: added to each value, for example -1 where the file counts from 1. */
  shift: v.exactOptional(v.pipe(v.number(), v.integer())),
  /**
   * Classes: the class of each value by its place; what is beyond the list, or `IGNORE` in it, has no label. A list of 256 says of 255 too what
   * it means, which has no label else.
   */
  classMap: v.exactOptional(numbers),
  /** Classes that files show as colours: the class of each colour (red, green, blue; 0 to 255) by its place; others have no label. */
  colours: v.exactOptional(v.array(v.tuple([byte, byte, byte]))),
  /**
   * Masks: the values that mean no and yes. Directions: those that mean -1 and 1. Absent: 0 and white, or as arrays -1 and 1 for directions,
   * 0 and 1 for masks.
   */
  range: v.exactOptional(
    v.pipe(
      v.tuple([finite, finite]),
      v.check(([from, to]) => from !== to, "range needs two different values."),
    ),
  ),
  /** Depth: metres per unit of the file. Absent: 0.001 for integers (millimetres), 1 for floats. */
  scale: v.exactOptional(v.pipe(finite, v.gtValue(0))),
  /** Directions: 1 or -1 for x, y and z. */
  signs: v.exactOptional(v.tuple([sign, sign, sign])),
});

type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;
export type LabelEncoding = Immutable<v.InferOutput<typeof LabelEncodingSchema>>;
