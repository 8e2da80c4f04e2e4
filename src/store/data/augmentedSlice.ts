/** A training image as it is, and as a run would augment it. */
import type { RunEvent } from "../../contracts/runEvent";
import type { Thumbnail } from "../../contracts/survey";

export interface AugmentedSlice {
  /** Id of the chosen image, or its place among the training images that a run takes. */
  readonly image: string | number;
  readonly waiting: boolean;
  readonly plain: Thumbnail | null;
  readonly changed: readonly Thumbnail[];
  /** Why there is nothing to show. */
  readonly problem: string;
}

export const noAugmented: AugmentedSlice = { image: 0, waiting: false, plain: null, changed: [], problem: "" };

/** `asked`: the event answers the opening of other files. */
export function foldAugmented(slice: AugmentedSlice, event: RunEvent, asked: boolean): AugmentedSlice {
  switch (event.type) {
    case "data":
      return asked ? noAugmented : slice;
    case "augmented":
      return { ...slice, waiting: false, plain: event.plain, changed: event.changed, problem: "" };
    case "failed":
      return event.of === "augment-preview"
        ? { ...slice, waiting: false, plain: null, changed: [], problem: event.message }
        : slice;
    default:
      return slice;
  }
}
