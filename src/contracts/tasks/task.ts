/** A task as plain data: a built-in one, or a user's own (customTask.ts), which is parsed first. */
import type { ColourId, LabelKind, LossId, MetricId } from "../taskKinds";

interface Parts<Kind extends LabelKind> {
  readonly kind: Kind;
  /** Names the folder of labels, the loss and the metrics. */
  readonly id: string;
  readonly label: string;
  /** One sentence for people who choose. */
  readonly about?: string;
  readonly loss: LossId<Kind>;
  readonly metric: MetricId<Kind>;
  readonly colours: ColourId<Kind>;
  /** The loss's weight λ in the total. */
  readonly weight: number;
}

interface ClassesTask extends Parts<"classes"> {
  /** How many there are where the data does not say. */
  readonly classes: number;
  /** Of the classes, where they are always the same. */
  readonly names?: readonly string[];
}

interface RegressionTask extends Parts<"regression"> {
  readonly channels: 1 | 2 | 3;
  readonly scale: number;
  readonly offset: number;
  readonly unlabelled?: number | undefined;
  readonly flipX: boolean;
}

interface UnitTask extends Parts<"unit"> {
  readonly flipX: boolean;
}

export type TaskRecord = ClassesTask | Parts<"binary"> | Parts<"depth"> | RegressionTask | UnitTask;
