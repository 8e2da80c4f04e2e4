/** How the values of a task's label files are to be understood, where that differs from what the files alone say. */
export interface LabelReading {
  /** Values of the file that mark pixels without a label. */
  readonly ignore?: readonly number[];
  /** Classes: added to each value, for example -1 where the file counts from 1. */
  readonly shift?: number;
  /** Classes: the class of each value by its place; what is beyond the list, or `IGNORE` in it, has no label. */
  readonly classMap?: readonly number[];
  /** Depth: metres per unit of the file. Absent: 0.001 for integers (millimetres), 1 for floats. */
  readonly scale?: number;
  /** Directions: 1 or -1 for x, y and z. */
  readonly signs?: readonly [number, number, number];
}
