/** Which learning rate and which weight decay every trained number gets. */

/** A run of the flat parameter vector that is treated alike. */
export interface TrainedSlice<Rate extends string = string> {
  readonly offset: number;
  readonly size: number;
  /** The learning rate it follows, by name: for example "theta", "backbone", "decoders". */
  readonly rate: Rate;
  readonly decayed: boolean;
}

export interface GroupTable<Rate extends string = string> {
  /** The group of each parameter: [P]. Numbers of no slice (padding) are in group 0; their gradient is 0, so they stay 0. */
  readonly groupOf: Int32Array;
  /** [G] */
  readonly groups: readonly { readonly rate: Rate; readonly decay: number }[];
}

/** Makes the table of a flat vector of `size` numbers; slices with equal rate and decay share a group. */
export function groupTable<Rate extends string>(
  size: number,
  slices: readonly TrainedSlice<Rate>[],
  weightDecay: number,
): GroupTable<Rate> {
  const groups: { rate: Rate; decay: number }[] = [];
  const groupOf = new Int32Array(size);
  for (const slice of slices) {
    if (slice.offset < 0 || slice.offset + slice.size > size) {
      throw new Error(
        `A trained slice [${slice.offset}, ${slice.offset + slice.size}) leaves the ${size} parameters; build the table from their layout.`,
      );
    }
    const decay = slice.decayed ? weightDecay : 0;
    let group = groups.findIndex((g) => g.rate === slice.rate && g.decay === decay);
    if (group < 0) group = groups.push({ rate: slice.rate, decay }) - 1;
    groupOf.fill(group, slice.offset, slice.offset + slice.size);
  }
  if (groups.length === 0)
    throw new Error("Nothing is trained: no slice was given. Free at least one parameter group.");
  return { groupOf, groups };
}

/** The learning rate of each group: peak rate of its name times the schedule's factor. [G] */
export const groupRates = <Rate extends string>(
  table: GroupTable<Rate>,
  peak: Readonly<Record<Rate, number>>,
  factor: number,
): Float32Array => Float32Array.from(table.groups, ({ rate }) => peak[rate] * factor);

/** The rule of the DiTASK and MTLoRA code: vectors and biases are not decayed; theta ([1,d]) and position bias tables are. */
export const decaysInReference = (name: string, shape: readonly number[]): boolean =>
  shape.length !== 1 && !name.endsWith(".bias");
