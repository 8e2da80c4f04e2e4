/** One sample's files, read one after the other: what is in them, and what is wrong. */
import type { LabelMap, Split } from "../../contracts/sample";
import type { SampleSurvey } from "../../contracts/survey";
import { classesOf } from "../classes";
import { resizeLabel } from "../formats/resize";
import { swapsSides, UPRIGHT } from "../io/exif";
import { decodePhotograph } from "../io/image";
import type { Raster } from "../io/raster";
import type { Contents, FileNote } from "../layouts";
import { checkClasses, fits, liesOnStored, type Size, sameSize, wrongSize } from "../layouts/fit";
import { type LabelSet, readFile, reasonFor } from "../layouts/labelSet";
import type { LabelStatistics } from "./labelStatistics";

/** A sample by its id and split. */
export interface Place {
  readonly id: string;
  readonly split: Split;
}

/** A label file's size, and what it says where it can be read. */
interface Looked {
  readonly set: LabelSet;
  readonly size: Size;
  readonly label: LabelMap | undefined;
}

/** Adds what the labels show to the statistics of their tasks. What cannot be read becomes a note; only `between`, awaited after each file, may reject. */
export async function lookAtSample(
  contents: Contents,
  statistics: readonly LabelStatistics[],
  { id, split }: Place,
  between: () => Promise<void>,
): Promise<{ readonly survey: SampleSurvey; readonly notes: readonly FileNote[] }> {
  const notes: FileNote[] = [];
  const note = (path: string, reason: string) => notes.push({ path, reason });
  const present = statistics.filter(({ set }) => set.paths.has(id));
  const image = await photographSize(contents, id, note);
  await between();
  const looked: Looked[] = [];
  for (const found of present) {
    const label = await lookAtLabel(found, id, note);
    if (label) looked.push(label);
    await between();
  }
  const size = image && (contents.asPublished ? image.stored : seenSize(image, looked));
  const doubts = image && !contents.asPublished ? doubtsOfTurning(contents.images.get(id)!, image, looked) : [];
  if (size) noteSizes(contents, id, size, looked, note);
  const classes = Object.fromEntries(
    looked.flatMap(({ set, label }) => (label && isOfClasses(set) ? [[set.data.task, shown(set, label, size)]] : [])),
  );
  const survey: SampleSurvey = {
    id,
    split,
    ...(size && { size: [size.width, size.height] }),
    labels: present.map(({ set }) => set.data.task),
    ...(Object.keys(classes).length > 0 && { classes }),
    ...(notes.length > 0 && { problem: notes.map(({ path, reason }) => `${path}: ${reason}`).join(" ") }),
  };
  return { survey, notes: [...notes, ...doubts] };
}

const isOfClasses = ({ format }: LabelSet): boolean => format.kind === "classes";

/** The classes that a label shows where it is used, at its image's size. */
const shown = ({ format }: LabelSet, label: LabelMap, image: Size | undefined): readonly number[] =>
  classesOf(image && !sameSize(label, image) ? resizeLabel(label, format, image.width, image.height) : label);

type Note = (path: string, reason: string) => void;

/** As the file stores it and as people see it. */
interface ImageSize {
  readonly stored: Size;
  readonly seen: Size;
  /** The EXIF tag. */
  readonly orientation: number;
}

async function photographSize({ tree, images }: Contents, id: string, note: Note): Promise<ImageSize | undefined> {
  const path = images.get(id)!;
  try {
    const { stored, orientation } = await readFile(tree, path, decodePhotograph);
    const { width, height } = stored;
    const seen = swapsSides(orientation) ? { width: height, height: width } : { width, height };
    return { stored: { width, height }, seen, orientation };
  } catch (error) {
    note(path, reasonFor(path, error));
    return undefined;
  }
}

async function lookAtLabel(statistics: LabelStatistics, id: string, note: Note): Promise<Looked | undefined> {
  const { set } = statistics;
  const path = set.paths.get(id)!;
  let file: Raster;
  try {
    file = await set.raw(id);
  } catch (error) {
    note(path, reasonFor(path, error));
    return undefined;
  }
  const { width, height } = file;
  let label: LabelMap | undefined;
  try {
    label = await set.decode(file, id);
    if (set.data.classCount !== undefined) checkClasses(label, path, set.data.classCount);
  } catch (error) {
    note(path, reasonFor(path, error));
  }
  statistics.look(file, label);
  return { set, size: { width, height }, label };
}

/** Where a photograph is turned and its labels would lie on the stored one as well, nothing but a look at them tells which is meant. */
function doubtsOfTurning(
  path: string,
  { stored, seen, orientation }: ImageSize,
  looked: readonly Looked[],
): FileNote[] {
  if (orientation === UPRIGHT || looked.length === 0 || !sameSize(stored, seen)) return [];
  const reason =
    "is rotated or flipped by its EXIF tag, and its labels have the size of both. They are taken to lie on the picture as it is seen; " +
    "where they lie on the stored one, remove the tag from the file";
  return [{ path, reason }];
}

const seenSize = ({ stored, seen }: ImageSize, looked: readonly Looked[]): Size =>
  liesOnStored(
    stored,
    seen,
    looked.map(({ size }) => size),
  )
    ? stored
    : seen;

function noteSizes(
  { images, asPublished }: Contents,
  id: string,
  image: Size,
  looked: readonly Looked[],
  note: Note,
): void {
  for (const { set, size } of looked) {
    const path = set.paths.get(id)!;
    if (!fits(size, image, asPublished ?? false))
      note(path, reasonFor(path, wrongSize(size, path, image, images.get(id)!)));
  }
}
