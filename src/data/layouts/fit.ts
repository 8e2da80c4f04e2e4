/** Holds the labels of a sample against its image and against the classes that there are. */
import { IGNORE, type LabelMap } from "../../contracts/sample";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const sameSize = (a: Size, b: Size): boolean => a.width === b.width && a.height === b.height;

/** How much wider a label may be than its image, made equally high: room for rounding, not for one that is turned or another image's. */
const MOST_STRETCH = 1.1;

/**
 * Whether a label can be used with its image: it has its size or, where labels are resized, its shape, so that what it shows stays where
 * it is. One pixel stands for a picture of one value.
 */
export function fits(label: Size, image: Size, resize: boolean): boolean {
  if (!resize || sameSize(label, image)) return sameSize(label, image);
  const stretch = (label.width * image.height) / (label.height * image.width);
  return label.width * label.height === 1 || (stretch <= MOST_STRETCH && stretch >= 1 / MOST_STRETCH);
}

/** Whether labels lie on the photograph as it is stored rather than as people see it: where they have that size alone. */
export const liesOnStored = (stored: Size, seen: Size, labels: readonly Size[]): boolean =>
  labels.length > 0 && labels.every((label) => sameSize(label, stored) && !sameSize(label, seen));

export const wrongSize = (label: Size, path: string, image: Size, imagePath: string): Error =>
  new Error(
    `${path} is ${label.width}×${label.height} but its image ${imagePath} is ${image.width}×${image.height}. ` +
      "Export labels at the size of their image.",
  );

/** @throws where a class map shows a class that does not exist. */
export function checkClasses(label: LabelMap, path: string, classCount: number): void {
  for (const index of label.data) {
    if (index < classCount || index === IGNORE) continue;
    throw new Error(
      `${path} has class ${index}, but there are ${classCount} classes (0 to ${classCount - 1}; ${IGNORE} is ignored). ` +
        "Correct the label, or the number of classes: classes.txt names those of semseg, customTasks counts those of your own tasks.",
    );
  }
}
