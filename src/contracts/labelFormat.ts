/** How a task's label files are read and what its label maps hold: all that the data side knows of a task. */
import { type BuiltInTask, builtInTasks } from "./tasks";

/**
 * classes: class indices. binary: 0 or 1. depth: metres, from 16-bit millimetres. regression: `channels` numbers, file · scale +
 * offset. unit: directions of length 1. `flipX`: the first number changes its sign in a flipped picture, and the first two rotate with a
 * rotated one. `yUp`: the second number points up in the picture; absent: down, as in NYUD, PASCAL and Taskonomy.
 * A task of the user's own (customTask.ts) is a label format too.
 */
export type LabelFormat =
  | { readonly kind: "classes" | "binary" | "depth" }
  | {
      readonly kind: "regression";
      readonly channels: 1 | 2 | 3;
      readonly scale: number;
      readonly offset: number;
      readonly unlabelled?: number | undefined;
      readonly flipX: boolean;
    }
  | { readonly kind: "unit"; readonly flipX: boolean; readonly yUp?: boolean };

/** Of the built-in tasks. */
export const builtInFormats: Readonly<Record<BuiltInTask, LabelFormat>> = builtInTasks;

/** Numbers of a label a pixel. */
export function labelChannels(format: LabelFormat): number {
  if (format.kind === "unit") return 3;
  return format.kind === "regression" ? format.channels : 1;
}
